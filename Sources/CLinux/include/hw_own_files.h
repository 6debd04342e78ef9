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
#endif
