// Folders that are ours alone, and files that are replaced as a whole. Every function returns -errno on failure.
#ifndef HW_OWN_FILES_H
#define HW_OWN_FILES_H

#include <stddef.h>
#include <stdint.h>

/// Makes the folder `path` with mode 0700 unless it is there, and checks that it is a folder, no link, that it is this user's
/// and that nobody else may enter it: 0, -ENOTDIR, -EPERM (somebody else's), -EACCES (open to others) or another -errno.
int hw_own_folder(const char *path);

/// Replaces the regular file `name` in `folder`, or makes it with `mode`, by one rename(2): readers see all of the old or all
/// of the new one. Mode and owner stay as they were. -ELOOP if it is a link, -EINVAL if it is anything else. 0 or -errno.
int hw_replace_file(const char *folder, const char *name, const void *bytes, size_t count, uint32_t mode);

/// Removes the file at `path`. 0 or -errno.
int hw_remove_file(const char *path);

/// The effective user id.
uint32_t hw_user_id(void);

/// A file that is made beside another one and takes its place when it is whole.
struct hw_fresh_file {
  /// The folder; -1 where what is there is written to directly: a device or a FIFO.
  int folder;
  int file;
  /// Whether `fresh` is there.
  int is_named;
  char name[256];
  char fresh[300];
};

/// Begins to write what shall be at `path`: a new file of mode 0600, without a name where the file system can do that.
/// -ELOOP if there is a link, -EISDIR for a folder, -EPERM for a FIFO that belongs to neither root nor this user.
int hw_fresh_begin(const char *path, struct hw_fresh_file *fresh);

/// Gives the file its name, in the place of what was there.
int hw_fresh_finish(struct hw_fresh_file *fresh);

/// Closes it, and removes it if it was not finished.
void hw_fresh_end(struct hw_fresh_file *fresh);

/// Opens descriptors 0, 1 and 2 that this process was started without, so that no file gets their numbers: what is written
/// to standard output would go there.
void hw_open_standard(void);
#endif
