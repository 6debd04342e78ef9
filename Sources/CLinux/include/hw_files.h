// Reads directories, links and the identities of files. Functions return -errno on failure unless their comment says
// otherwise.
#ifndef HW_FILES_H
#define HW_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Calls `entry` for every entry of the directory `path` except `.` and `..`, until it returns false. `name` ends with
/// a zero byte. `directory` is true if the file system says that the entry is a directory; some file systems don't say.
/// Returns 0 or -errno.
int hw_list_directory(
    const char *path, bool (*entry)(void *context, const char *name, uint64_t inode, bool directory), void *context);

/// Calls `link` for every symbolic link in the directory `path` until it returns false. `target` is what the link
/// points to: `length` bytes, at most 4096, without a zero byte at the end. A link that disappears meanwhile is
/// skipped; a link that may not be read is an error. Returns 0 or -errno.
int hw_list_links(
    const char *path, bool (*link)(void *context, const char *name, const char *target, size_t length), void *context);

/// Opens `path`, reads up to `capacity` bytes from its start and closes it. Returns the number of bytes, or -errno.
long hw_read_file(const char *path, void *bytes, size_t capacity);

/// Overwrites memory with zeros. The compiler does not remove this, even if nobody reads the memory later
/// (explicit_bzero(3)).
void hw_erase(void *bytes, size_t count);

/// Stores in `*inode` the inode of the network namespace that `path` names. statfs(2) must say that it is on nsfs, and
/// ioctl_ns(2) that it is a network namespace. Returns 0 or -errno; -EINVAL for any other file.
int hw_network_namespace(const char *path, uint64_t *inode);

/// Sends bytes on a stream socket without SIGPIPE. Returns the number of bytes, or -errno.
long hw_send(int fd, const void *bytes, size_t count);
/// Closes the sending direction of a stream socket. Returns 0 or -errno.
int hw_shutdown_write(int fd);
/// Opens the root of the cgroup v2 hierarchy through a mount of its own that appears nowhere in the file system.
/// Returns a descriptor or -errno.
int hw_cgroup2_open(void);

#endif
