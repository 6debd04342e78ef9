#define _GNU_SOURCE
#include "hw_root_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hw_linux.h"

int hw_open_folder(const char *path) {
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

struct hw_mount_root {
  const char *path;
  int result;
};

// Runs on a thread of its own, whose root and working directory nobody else shares.
static void hw_enter_mount_root(void *context) {
  struct hw_mount_root *wanted = context;
  int namespace = open(wanted->path, O_RDONLY | O_CLOEXEC);
  if (namespace < 0 || unshare(CLONE_FS) < 0 || setns(namespace, CLONE_NEWNS) < 0) wanted->result = -errno;
  else wanted->result = hw_open_folder("/");  // setns(2) has changed the root
  if (namespace >= 0) close(namespace);
}

int hw_open_mount_root(const char *path) {
  struct hw_mount_root wanted = {path, -EINVAL};
  int error = hw_run_on_thread(hw_enter_mount_root, &wanted);
  return error < 0 ? error : wanted.result;
}

int hw_find_in_root(int root, const char *path) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  for (int attempt = 0;; attempt++) {
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return fd;
    // EAGAIN: something was renamed meanwhile, so that `..` could not be proven to stay inside. Who owns the folders
    // can go on renaming, so there is an end to it.
    if (errno != EINTR && (errno != EAGAIN || attempt >= 16)) return -errno;
  }
}

// Takes over `found`, an O_PATH descriptor or -errno: what it holds can't be exchanged between the look and the opening.
static int hw_open_found(int found, struct hw_file_facts *facts) {
  if (found < 0) return found;
  struct stat status;
  int fd = -1, error = 0;
  if (fstat(found, &status) < 0) {
    error = errno;
  } else if (!S_ISREG(status.st_mode)) {
    error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  } else {
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", found);
    fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) error = errno;
    facts->modified_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    facts->size = (uint64_t)status.st_size;
    facts->owner = status.st_uid;
    facts->mode = status.st_mode & 07777;
  }
  close(found);
  return error ? -error : fd;
}

int hw_open_in_root(int root, const char *path, struct hw_file_facts *facts) {
  return hw_open_found(hw_find_in_root(root, path), facts);
}
