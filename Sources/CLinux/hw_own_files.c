#define _GNU_SOURCE
#include "hw_own_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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

static int hw_fresh_here(const struct stat *old, struct hw_fresh_file *fresh) {
  if (S_ISLNK(old->st_mode)) return -ELOOP;
  if (S_ISDIR(old->st_mode)) return -EISDIR;
  if (S_ISSOCK(old->st_mode)) return -EINVAL;
  // Whoever made the FIFO reads it.
  if (S_ISFIFO(old->st_mode) && old->st_uid != 0 && old->st_uid != geteuid()) return -EPERM;
  fresh->file = openat(fresh->folder, fresh->name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
  if (fresh->file < 0) return -errno;
  struct stat now;
  if (fstat(fresh->file, &now) < 0 || now.st_dev != old->st_dev || now.st_ino != old->st_ino) return -EAGAIN;
  close(fresh->folder);
  fresh->folder = -1;
  return 0;
}

static int hw_fresh_name(struct hw_fresh_file *fresh) {
  uint64_t number;
  if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) return -EAGAIN;
  snprintf(fresh->fresh, sizeof fresh->fresh, ".%.200s.%016llx", fresh->name, (unsigned long long)number);
  return 0;
}

int hw_fresh_begin(const char *path, struct hw_fresh_file *fresh) {
  memset(fresh, 0, sizeof *fresh);
  fresh->folder = fresh->file = -1;
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return -EISDIR;
  if (strlen(name) >= sizeof fresh->name) return -ENAMETOOLONG;
  strcpy(fresh->name, name);
  char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
  if (!folder) return -ENOMEM;
  fresh->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(folder);
  if (fresh->folder < 0) return -errno;
  struct stat old;
  if (fstatat(fresh->folder, fresh->name, &old, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!S_ISREG(old.st_mode)) return hw_fresh_here(&old, fresh);
  } else if (errno != ENOENT) {
    return -errno;
  }
  fresh->file = openat(fresh->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (fresh->file >= 0) return 0;
  int error = hw_fresh_name(fresh);
  if (error) return error;
  fresh->file = openat(fresh->folder, fresh->fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fresh->file < 0) return -errno;
  fresh->is_named = 1;
  return 0;
}

int hw_fresh_finish(struct hw_fresh_file *fresh) {
  if (fresh->folder < 0) return 0;
  if (fsync(fresh->file) < 0) return -errno;
  if (!fresh->is_named) {
    int error = hw_fresh_name(fresh);
    if (error) return error;
    char self[40];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fresh->file);
    if (linkat(AT_FDCWD, self, fresh->folder, fresh->fresh, AT_SYMLINK_FOLLOW) < 0) return -errno;
    fresh->is_named = 1;
  }
  if (renameat(fresh->folder, fresh->fresh, fresh->folder, fresh->name) < 0) return -errno;
  fresh->is_named = 0;
  fsync(fresh->folder);
  return 0;
}

void hw_fresh_end(struct hw_fresh_file *fresh) {
  if (fresh->is_named && fresh->folder >= 0) unlinkat(fresh->folder, fresh->fresh, 0);
  if (fresh->file >= 0) close(fresh->file);
  if (fresh->folder >= 0) close(fresh->folder);
  fresh->folder = fresh->file = -1;
  fresh->is_named = 0;
}

// Those of the descriptors 0, 1 and 2 that this process was started without, a bit for each.
static unsigned missing_at_start;

static int argument_count;
static char **argument_list;

// The C library passes the arguments to constructors. Swift's runtime reads them from /proc, which may not be there.
__attribute__((constructor)) static void keep_arguments(int count, char **list) {
  argument_count = count;
  argument_list = list;
}

const char *hw_argument(int number) {
  return argument_list && number >= 0 && number < argument_count ? argument_list[number] : NULL;
}

// Before main: runtimes open descriptors of their own (libdispatch an eventfd) before the program's first statement.
__attribute__((constructor)) static void open_standard(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    missing_at_start |= 1u << fd;
    // The lowest free number is given out: this one. Standard output can't be written to, so that an answer that nobody
    // can read is an error; messages are only lost.
    if (open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY) < 0) open("/", O_RDONLY | O_DIRECTORY);
  }
}

bool hw_was_open(int fd) { return fd < 0 || fd > 2 || !(missing_at_start & 1u << fd); }
