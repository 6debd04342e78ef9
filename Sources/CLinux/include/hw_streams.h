// Reads files of any size from start to end, also while they grow; and allocates large memory. Functions return -errno
// on failure unless their comment says otherwise.
#ifndef HW_STREAMS_H
#define HW_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HW_REGULAR = 1, HW_FOLDER = 2, HW_PIPE = 3, HW_OTHER_FILE = 4 };

/// What stat(2) reports about a file.
struct hw_stream_facts {
  uint64_t device, inode, size;
  /// When its content last changed, in nanoseconds since the epoch.
  int64_t modified_ns;
  /// The type: HW_REGULAR, HW_FOLDER, HW_PIPE or HW_OTHER_FILE.
  uint32_t kind;
};

/// Finds the file that `path` leads to, with links followed. Below /proc/PID/root the path is looked up as that process
/// would: no link leads out of its root (openat2(2), since Linux 5.6; -ENOSYS before). Returns a descriptor with
/// O_PATH, or -errno.
int hw_find_path(const char *path);
/// Stores the facts about the file that `hw_find_path` finds. Returns 0 or -errno.
int hw_path_facts(const char *path, struct hw_stream_facts *facts);
/// Stores the present facts about an open file. Returns 0 or -errno.
int hw_descriptor_facts(int fd, struct hw_stream_facts *facts);
/// Opens a regular file or a pipe for reading. Returns a descriptor; -EISDIR for a folder; -EINVAL for devices and
/// sockets. Opening never waits; reading from a pipe does.
int hw_open_stream(const char *path, struct hw_stream_facts *facts);
/// Duplicates a descriptor, close-on-exec. Returns the new descriptor or -errno.
int hw_duplicate(int fd);
/// Reads at `offset`. Returns the number of bytes, 0 at the end, or -errno.
long hw_read_at(int fd, void *bytes, size_t count, uint64_t offset);
/// Sets the position at which the next read begins. Returns 0 or -errno.
int hw_seek(int fd, uint64_t offset);

/// Allocates memory for large tables that are read in random order. It is in huge pages if the kernel has them, so that
/// reading needs fewer page-table lookups. All bytes are 0, and pages that are never touched take no memory. Returns
/// NULL if there is no memory.
void *hw_allocate_large(size_t bytes);
/// Grows memory from `before` to `bytes` bytes; the added bytes are 0. Large memory is moved without copying. Returns
/// NULL if there is no memory; the old memory is unchanged then.
void *hw_grow_large(void *memory, size_t before, size_t bytes);
/// Frees memory of `bytes` bytes.
void hw_free_large(void *memory, size_t bytes);

/// Returns how many seconds the local time zone is ahead of UTC when its clocks show `local_seconds` (the local time,
/// counted as if it were UTC).
long hw_zone_offset(int64_t local_seconds);

#endif
