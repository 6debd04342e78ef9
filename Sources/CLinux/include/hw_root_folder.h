// Files as a process with another root sees them. Every function returns -errno on failure.
#ifndef HW_ROOT_FOLDER_H
#define HW_ROOT_FOLDER_H

/// Opens the folder `path` without reading it (O_PATH): a descriptor.
int hw_open_folder(const char *path);

/// The root folder of the mount namespace at `path` (/proc/PID/ns/mnt), also where its processes have changed their
/// root: a descriptor (O_PATH). Needs CAP_SYS_ADMIN and CAP_SYS_CHROOT.
int hw_open_mount_root(const char *path);

/// Resolves `path` below the folder `root` as if that were `/`: absolute links and `..` stay inside (openat2(2) with
/// RESOLVE_IN_ROOT, Linux 5.6; -ENOSYS before). A descriptor (O_PATH), for /proc/self/fd/N.
int hw_open_below(int root, const char *path);
#endif
