// Files that are read from start to end, however large or growing. Every function returns -errno on failure
// unless it says otherwise.
#ifndef HW_STREAMS_H
#define HW_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HW_REGULAR = 1, HW_FOLDER = 2, HW_PIPE = 3, HW_OTHER_FILE = 4 };

/// What stat(2) says of a file.
struct hw_stream_facts {
  uint64_t device, inode, size;
  /// When its content last changed, since the epoch.
  int64_t modified_ns;
  /// HW_REGULAR, HW_FOLDER, HW_PIPE or HW_OTHER_FILE.
  uint32_t kind;
};

/// What the path leads to, links followed: an O_PATH descriptor or -errno. Below /proc/PID/root it is looked up as that
/// process would: links of its files never lead out of there (openat2(2), since Linux 5.6; -ENOSYS before).
int hw_find_path(const char *path);
/// What the path leads to, found as by `hw_find_path`: 0 or -errno.
int hw_path_facts(const char *path, struct hw_stream_facts *facts);
/// What the open file is now: 0 or -errno.
int hw_descriptor_facts(int fd, struct hw_stream_facts *facts);
/// Opens a regular file or a pipe for reading: a descriptor. -EISDIR for a folder, -EINVAL for devices and sockets. Opening
/// never waits; reading from a pipe does.
int hw_open_stream(const char *path, struct hw_stream_facts *facts);
/// Another descriptor of the same open file, close-on-exec, or -errno.
int hw_duplicate(int fd);
/// Reads at a place: how many bytes, 0 at the end, or -errno.
long hw_read_at(int fd, void *bytes, size_t count, uint64_t offset);
/// Where the open file's reading stands from now on: 0 or -errno.
int hw_seek(int fd, uint64_t offset);

/// Memory for large tables that are read here and there: in huge pages where the kernel gives them, so that reading costs no
/// look-up of its page. All zeros; what is never touched costs nothing. NULL if there is none.
void *hw_allocate_large(size_t bytes);
/// Makes it `bytes` long where it was `before`, nothing copied where it is large; what is added is zeros. NULL if there is
/// no memory; then the old one is as it was.
void *hw_grow_large(void *memory, size_t before, size_t bytes);
/// `bytes` is how long it is.
void hw_free_large(void *memory, size_t bytes);

/// How many seconds the local time zone is ahead of UTC when its clocks show `local_seconds` (as if it were UTC).
long hw_zone_offset(int64_t local_seconds);

#endif
