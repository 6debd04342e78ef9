// Folders that only this user can enter, and files that are replaced as a whole. Functions return -errno on failure.
#ifndef HW_OWN_FILES_H
#define HW_OWN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Makes the folder `path` with mode 0700 if it does not exist. Then it checks that the path is a folder and no link,
/// belongs to this user, and is closed to everybody else. Returns 0, -ENOTDIR, -EPERM (another user's), -EACCES (open
/// to others) or another -errno.
int hw_own_folder(const char *path);

/// Replaces the regular file `name` in `folder` with one rename(2), so that readers see all of the old content or all
/// of the new. Mode and owner stay as they were; a file that does not exist is made with `mode`. Returns 0 or -errno;
/// -ELOOP for a link, -EINVAL for anything else that is no regular file.
int hw_replace_file(const char *folder, const char *name, const void *bytes, size_t count, uint32_t mode);

/// Removes the file at `path`. Returns 0 or -errno.
int hw_remove_file(const char *path);

/// Returns the effective user id.
uint32_t hw_user_id(void);

/// A file that is written beside the file that it will replace.
struct hw_fresh_file {
  /// The folder; -1 if `file` is an existing device or FIFO, which is written to directly.
  int folder;
  int file;
  /// Whether the file has the name `fresh` in the folder, so that it must be removed if it is not finished.
  int is_named;
  char name[256];
  char fresh[300];
};

/// Begins to write a file that will be at `path`: a new file of mode 0600. It has no name until it is finished, if the
/// file system supports that (O_TMPFILE). Returns 0 or -errno; -ELOOP for a link, -EISDIR for a folder, -EPERM for a
/// FIFO that belongs to neither root nor this user.
int hw_fresh_begin(const char *path, struct hw_fresh_file *fresh);

/// Moves the file to its path and replaces what was there.
int hw_fresh_finish(struct hw_fresh_file *fresh);

/// Closes the file, and removes it if it was not finished.
void hw_fresh_end(struct hw_fresh_file *fresh);

/// Whether this process was started with `fd` (0, 1 or 2) open. Those that it was started without lead to /dev/null from
/// before main on: otherwise the next file would get such a number, and output would be written to it. Standard output can't
/// be written to then.
bool hw_was_open(int fd);

/// The word `number` of the command line, 0 for the program's name; NULL beyond the last. It stays valid.
const char *hw_argument(int number);
#endif
