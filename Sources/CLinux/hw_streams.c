#define _GNU_SOURCE
#include "hw_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hw_root_folder.h"

int hw_find_path(const char *path) {
  unsigned pid;
  int length = 0;
  if (sscanf(path, "/proc/%u/root%n", &pid, &length) != 1 || length == 0 || (path[length] != '/' && path[length])) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
  }
  char folder[40];
  snprintf(folder, sizeof folder, "/proc/%u/root", pid);
  int root = hw_open_folder(folder);
  if (root < 0) return root;
  while (path[length] == '/') length++;
  int fd = hw_find_in_root(root, path[length] ? path + length : ".");
  close(root);
  return fd;
}

static void hw_fill(const struct stat *status, struct hw_stream_facts *facts) {
  facts->device = status->st_dev;
  facts->inode = status->st_ino;
  facts->size = status->st_size > 0 ? (uint64_t)status->st_size : 0;
  facts->modified_ns = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
  facts->kind = S_ISREG(status->st_mode)    ? HW_REGULAR
                : S_ISDIR(status->st_mode)  ? HW_FOLDER
                : S_ISFIFO(status->st_mode) ? HW_PIPE
                                            : HW_OTHER_FILE;
}

int hw_path_facts(const char *path, struct hw_stream_facts *facts) {
  int fd = hw_find_path(path);
  if (fd < 0) return fd;
  int result = hw_descriptor_facts(fd, facts);
  close(fd);
  return result;
}

int hw_descriptor_facts(int fd, struct hw_stream_facts *facts) {
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  hw_fill(&status, facts);
  return 0;
}

int hw_open_stream(const char *path, struct hw_stream_facts *facts) {
  // Opening a device may do something, so it is looked at first; what was looked at is what is opened then.
  int found = hw_find_path(path);
  if (found < 0) return found;
  int fd = -1;
  int result = hw_descriptor_facts(found, facts);
  if (result == 0 && facts->kind == HW_FOLDER) result = -EISDIR;
  if (result == 0 && facts->kind == HW_OTHER_FILE) result = -EINVAL;
  if (result == 0) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", found);
    while ((fd = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0 && errno == EINTR) {}
    if (fd < 0) result = -errno;
  }
  close(found);
  if (result == 0 && facts->kind == HW_PIPE) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) result = -errno;
  }
  if (result < 0) {
    if (fd >= 0) close(fd);
    return result;
  }
  return fd;
}

int hw_duplicate(int fd) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? -errno : copy;
}

long hw_read_at(int fd, void *bytes, size_t count, uint64_t offset) {
  for (;;) {
    ssize_t length = pread(fd, bytes, count, (off_t)offset);
    if (length >= 0) return length;
    if (errno != EINTR) return -errno;
  }
}

int hw_seek(int fd, uint64_t offset) { return lseek(fd, (off_t)offset, SEEK_SET) < 0 ? -errno : 0; }

long hw_zone_offset(int64_t local_seconds) {
  time_t seconds = (time_t)local_seconds;
  struct tm broken;
  if (!gmtime_r(&seconds, &broken)) return 0;
  broken.tm_isdst = -1;
  time_t real = mktime(&broken);
  if (real == (time_t)-1) return 0;
  return (long)(local_seconds - (int64_t)real);
}

enum { hw_huge = 2 << 20 };

static bool hw_is_large(size_t bytes) { return bytes >= 2 * (size_t)hw_huge; }

static size_t hw_rounded(size_t bytes) { return (bytes + hw_huge - 1) & ~((size_t)hw_huge - 1); }

// `length` bytes of address space that begin where a huge page can.
static void *hw_reserve(size_t length, int protection) {
  char *space = mmap(NULL, length + hw_huge, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED) return NULL;
  char *begin = (char *)hw_rounded((size_t)space);
  if (begin > space) munmap(space, (size_t)(begin - space));
  size_t behind = (size_t)(space + length + hw_huge - (begin + length));
  if (behind > 0) munmap(begin + length, behind);
  return begin;
}

void *hw_allocate_large(size_t bytes) {
  if (!hw_is_large(bytes)) return calloc(1, bytes);
  if (bytes > SIZE_MAX / 2) return NULL;
  void *memory = hw_reserve(hw_rounded(bytes), PROT_READ | PROT_WRITE);
  if (memory) madvise(memory, hw_rounded(bytes), MADV_HUGEPAGE);
  return memory;
}

void *hw_grow_large(void *memory, size_t before, size_t bytes) {
  if (!hw_is_large(before) || bytes > SIZE_MAX / 2) {
    void *larger = hw_allocate_large(bytes);
    if (!larger) return NULL;
    memcpy(larger, memory, before);
    hw_free_large(memory, before);
    return larger;
  }
  // To where huge pages can move to as they are.
  void *place = hw_reserve(hw_rounded(bytes), PROT_NONE);
  if (!place) return NULL;
  void *larger = mremap(memory, hw_rounded(before), hw_rounded(bytes), MREMAP_MAYMOVE | MREMAP_FIXED, place);
  if (larger != MAP_FAILED) return larger;
  munmap(place, hw_rounded(bytes));
  return NULL;
}

void hw_free_large(void *memory, size_t bytes) {
  if (hw_is_large(bytes)) munmap(memory, hw_rounded(bytes));
  else free(memory);
}
