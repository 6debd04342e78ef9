#define _GNU_SOURCE
#include "hw_own_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t hw_user_id(void) { return geteuid(); }

int hw_own_folder(const char *path) {
  if (mkdir(path, 0700) < 0 && errno != EEXIST) return -errno;
  struct stat facts;
  if (lstat(path, &facts) < 0) return -errno;
  if (!S_ISDIR(facts.st_mode)) return -ENOTDIR;
  if (facts.st_uid != geteuid()) return -EPERM;
  if (facts.st_mode & 077) return -EACCES;
  return 0;
}

static int write_all(int file, const char *bytes, size_t count) {
  while (count) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    bytes += written;
    count -= (size_t)written;
  }
  return 0;
}

int hw_replace_file(const char *folder, const char *name, const void *bytes, size_t count, uint32_t mode) {
  int place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (place < 0) return -errno;
  struct stat old;
  int error = 0, is_there = fstatat(place, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_there && errno != ENOENT) error = -errno;
  if (is_there && S_ISLNK(old.st_mode)) error = -ELOOP;
  if (is_there && !error && !S_ISREG(old.st_mode)) error = -EINVAL;
  char fresh[256];
  if (!error && snprintf(fresh, sizeof fresh, ".%s.%d", name, (int)getpid()) >= (int)sizeof fresh) error = -ENAMETOOLONG;
  if (!error) {
    int file = openat(place, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
      error = -errno;
    } else {
      if (is_there && (old.st_uid != geteuid() || old.st_gid != getegid()) && fchown(file, old.st_uid, old.st_gid) < 0)
        error = -errno;
      if (!error && fchmod(file, is_there ? old.st_mode & 07777 : mode) < 0) error = -errno;
      if (!error) error = write_all(file, bytes, count);
      if (!error && fsync(file) < 0) error = -errno;
      if (close(file) < 0 && !error) error = -errno;
      if (!error && renameat(place, fresh, place, name) < 0) error = -errno;
      if (error) unlinkat(place, fresh, 0);
    }
  }
  if (!error) fsync(place);
  close(place);
  return error;
}

int hw_remove_file(const char *path) { return unlink(path) < 0 ? -errno : 0; }
