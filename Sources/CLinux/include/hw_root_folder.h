// Files as a process with another root sees them. Every function returns -errno on failure.
#ifndef HW_ROOT_FOLDER_H
#define HW_ROOT_FOLDER_H

#include <stdint.h>

/// Opens the folder `path` without reading it (O_PATH): a descriptor.
int hw_open_folder(const char *path);

/// The root folder of the mount namespace at `path` (/proc/PID/ns/mnt), also where its processes have changed their
/// root: a descriptor (O_PATH). Needs CAP_SYS_ADMIN and CAP_SYS_CHROOT.
int hw_open_mount_root(const char *path);

/// Finds whatever is at `path` below the folder `root`, a socket too, without opening it: absolute paths and links begin
/// at `root` again, `..` does not leave it, and links of /proc/PID that jump elsewhere are refused (-ELOOP). openat2(2)
/// with RESOLVE_IN_ROOT, since Linux 5.6; -ENOSYS before. A descriptor (O_PATH), for /proc/self/fd/N.
int hw_find_in_root(int root, const char *path);

/// What stat(2) says of a file that was opened.
struct hw_file_facts {
  /// When its content last changed, since the epoch.
  int64_t modified_ns;
  /// In bytes; 0 for files of /proc.
  uint64_t size;
  uint32_t owner;
  /// The permission bits.
  uint32_t mode;
};

/// Opens the regular file `path` below `root` for reading, found as by `hw_find_in_root`: a descriptor. -EISDIR for a
/// folder, -EINVAL for anything else, which is not touched: opening a device or a FIFO may do something or wait.
int hw_open_in_root(int root, const char *path, struct hw_file_facts *facts);
#endif
