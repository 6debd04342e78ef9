#define _GNU_SOURCE
#include "hw_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static DIR *hw_open_directory(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return NULL;
  DIR *directory = fdopendir(fd);
  if (!directory) {
    int saved = errno;
    close(fd);
    errno = saved;
  }
  return directory;
}

static bool hw_is_dots(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

int hw_list_directory(
    const char *path, bool (*entry)(void *context, const char *name, uint64_t inode, bool directory), void *context) {
  DIR *directory = hw_open_directory(path);
  if (!directory) return -errno;
  struct dirent *found;
  for (errno = 0; (found = readdir(directory)); errno = 0) {
    if (hw_is_dots(found->d_name)) continue;
    if (!entry(context, found->d_name, found->d_ino, found->d_type == DT_DIR)) break;
  }
  int error = found ? 0 : errno;
  closedir(directory);
  return -error;
}

int hw_list_links(
    const char *path, bool (*link)(void *context, const char *name, const char *target, size_t length), void *context) {
  DIR *directory = hw_open_directory(path);
  if (!directory) return -errno;
  struct dirent *found;
  char target[4096];
  for (errno = 0; (found = readdir(directory)); errno = 0) {
    if (found->d_type != DT_LNK && found->d_type != DT_UNKNOWN) continue;
    ssize_t length = readlinkat(dirfd(directory), found->d_name, target, sizeof target);
    // Closed, or not a link at all.
    if (length < 0 && (errno == ENOENT || errno == ESRCH || errno == EINVAL)) continue;
    if (length < 0) {
      found = NULL;
      break;
    }
    if (!link(context, found->d_name, target, (size_t)length)) break;
  }
  int error = found ? 0 : errno;
  closedir(directory);
  return -error;
}

long hw_read_file(const char *path, void *bytes, size_t capacity) {
  // Without O_NONBLOCK a FIFO in the place of the file would block for ever.
  int fd;
  while ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
    if (errno != EINTR) return -errno;
  size_t count = 0;
  int error = 0;
  while (count < capacity) {
    ssize_t length = read(fd, (char *)bytes + count, capacity - count);
    if (length == 0) break;
    if (length > 0) {
      count += (size_t)length;
    } else if (errno != EINTR) {
      error = errno;
      break;
    }
  }
  close(fd);
  return count == 0 && error ? -error : (long)count;
}

void hw_erase(void *bytes, size_t count) { explicit_bzero(bytes, count); }

int hw_network_namespace(const char *path, uint64_t *inode) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  struct statfs system;
  struct stat status;
  int error = 0;
  if (fstatfs(fd, &system) < 0 || fstat(fd, &status) < 0) error = errno;
  else if (system.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) error = EINVAL;
  else *inode = status.st_ino;
  close(fd);
  return -error;
}

long hw_send(int fd, const void *bytes, size_t count) {
  for (;;) {
    ssize_t length = send(fd, bytes, count, MSG_NOSIGNAL);
    if (length >= 0) return length;
    if (errno != EINTR) return -errno;
  }
}

int hw_shutdown_write(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -errno : 0; }

int hw_cgroup2_open(void) {
  // fsopen, fsconfig and fsmount (since Linux 5.2) make a mount that is attached nowhere.
  int context = (int)syscall(SYS_fsopen, "cgroup2", 1 /* FSOPEN_CLOEXEC */);
  if (context < 0) return -errno;
  int mount = -1;
  if (syscall(SYS_fsconfig, context, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0) == 0)
    mount = (int)syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, 0);
  int error = errno;
  close(context);
  return mount < 0 ? -error : mount;
}
