#define _GNU_SOURCE
#include "hw_rooted_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int hw_open_rooted(const char *root, const char *path, bool directory) {
  int base = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (base < 0) return -errno;
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  int place = (int)syscall(SYS_openat2, base, path, &how, sizeof how);
  int error = errno;
  close(base);
  if (place < 0) return -error;

  // What was found is held by O_PATH, so it can't be exchanged between the look and the opening.
  struct stat status;
  int fd = -1;
  if (fstat(place, &status) < 0) {
    error = errno;
  } else if (directory ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)) {
    error = directory ? ENOTDIR : S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  } else {
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", place);
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | (directory ? O_DIRECTORY : 0));
    error = errno;
  }
  close(place);
  return fd < 0 ? -error : fd;
}
