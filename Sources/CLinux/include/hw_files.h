// Directories, links and identities of files. Every function returns -errno on failure unless it says otherwise.
#ifndef HW_FILES_H
#define HW_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Calls `entry` for every entry of the directory `path` except `.` and `..`, until it returns false. `name` ends with a
/// zero byte; `directory` says that the entry is one, as far as the file system tells. 0 or -errno.
int hw_list_directory(
    const char *path, bool (*entry)(void *context, const char *name, uint64_t inode, bool directory), void *context);

/// Calls `link` for every symbolic link in the directory `path` with what it points to (not zero-terminated, cut at 4096
/// bytes), until it returns false. A link that goes away meanwhile is passed over; one that may not be read is an error. 0 or
/// -errno.
int hw_list_links(
    const char *path, bool (*link)(void *context, const char *name, const char *target, size_t length), void *context);

/// Opens, reads up to `capacity` bytes from the start, and closes; how many, or -errno.
long hw_read_file(const char *path, void *bytes, size_t capacity);

/// Overwrites memory, also where nobody reads it any more (explicit_bzero(3)).
void hw_erase(void *bytes, size_t count);

/// The inode of the network namespace that `path` is a file of (statfs(2) says nsfs, ioctl_ns(2) says NEWNET), or -errno:
/// -EINVAL if it is anything else.
int hw_network_namespace(const char *path, uint64_t *inode);

/// Sends on a stream socket without SIGPIPE: how many bytes, or -errno.
long hw_send(int fd, const void *bytes, size_t count);
/// Ends the sending direction of a stream socket: 0 or -errno.
int hw_shutdown_write(int fd);
/// The root of the cgroup v2 hierarchy as a mount that is attached nowhere: a descriptor, or -errno.
int hw_cgroup2_open(void);

#endif
