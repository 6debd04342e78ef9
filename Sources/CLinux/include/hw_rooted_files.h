// Files as a process with another root directory sees them.
#ifndef HW_ROOTED_FILES_H
#define HW_ROOTED_FILES_H

#include <stdbool.h>

/// Opens `path` for reading as if `root` were `/`: absolute symbolic links and `..` stay inside (openat2(2) with
/// RESOLVE_IN_ROOT, since Linux 5.6). Only a regular file, or with `directory` only a directory, is opened; devices and
/// FIFOs are not touched. A descriptor, or -errno.
int hw_open_rooted(const char *root, const char *path, bool directory);

#endif
