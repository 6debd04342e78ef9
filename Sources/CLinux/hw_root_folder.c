#define _GNU_SOURCE
#include "hw_root_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
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

int hw_open_below(int root, const char *path) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  for (;;) {
    long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return (int)fd;
    // EAGAIN: something was renamed meanwhile.
    if (errno != EINTR && errno != EAGAIN) return -errno;
  }
}
