// Finds files as a process with another root folder sees them. Functions return -errno on failure.
#ifndef HW_ROOT_FOLDER_H
#define HW_ROOT_FOLDER_H

#include <stdint.h>

/// Opens the folder `path` without the right to read it (O_PATH). Returns a descriptor.
int hw_open_folder(const char *path);

/// Opens the root folder of the mount namespace at `path` (/proc/PID/ns/mnt), even if its processes have changed their
/// root. Returns a descriptor with O_PATH. Needs CAP_SYS_ADMIN and CAP_SYS_CHROOT.
int hw_open_mount_root(const char *path);

/// Finds a file of any type, also a socket, at `path` below the folder `root`, without opening it. Absolute paths and
/// absolute links begin at `root`, `..` does not leave `root`, and links of /proc/PID to files elsewhere are refused
/// (-ELOOP). It uses openat2(2) with RESOLVE_IN_ROOT, which Linux has since 5.6; -ENOSYS before. Returns a descriptor
/// with O_PATH, to be used through /proc/self/fd/N.
int hw_find_in_root(int root, const char *path);

/// What stat(2) reports about an opened file.
struct hw_file_facts {
  /// When its content last changed, in nanoseconds since the epoch.
  int64_t modified_ns;
  /// The size in bytes; 0 for files of /proc.
  uint64_t size;
  uint32_t owner;
  /// The permission bits.
  uint32_t mode;
};

/// Opens the regular file `path` below `root` for reading, found as by `hw_find_in_root`. Returns a descriptor; -EISDIR
/// for a folder; -EINVAL for anything else, which is not opened, because opening a device or a FIFO may wait or have an
/// effect.
int hw_open_in_root(int root, const char *path, struct hw_file_facts *facts);
#endif
