// One file for one walk: whatever is opened or connected to with another's rights goes along its path step by step
// (`hw_walk_to`), with what was found on the way in `struct hw_walk`. In parts, each step could be called without the ones that make
// it safe.
#define _GNU_SOURCE
#include "hw_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "hw_linux.h"

enum { hw_overrides = 1u << CAP_DAC_OVERRIDE, hw_reads = 1u << CAP_DAC_READ_SEARCH };
static const uint64_t hw_file_capabilities = hw_overrides | hw_reads;

// MARK: Taking rights over

// How a file is opened as somebody would.
enum hw_manner {
  hw_as_we_are,
  // On a thread that has become that user. The kernel decides.
  hw_as_them,
  // On a thread without our own power over files; the user is the same.
  hw_powerless,
  // By comparing modes, since we may not become another user.
  hw_by_modes,
};

// Who may override modes may read as well.
static uint64_t hw_power(const struct hw_rights *rights) {
  uint64_t power = rights->capabilities & hw_file_capabilities;
  return power & hw_overrides ? power | hw_reads : power;
}

static enum hw_manner hw_manner_for(const struct hw_rights *rights) {
  uint64_t own = hw_effective_capabilities();
  bool becomes = own & 1u << CAP_SETUID && own & 1u << CAP_SETGID;
  uint64_t too_much = own & hw_file_capabilities & ~hw_power(rights);
  bool is_own = rights->uid == geteuid();
  if (is_own && !too_much && (!becomes || rights->capabilities & hw_overrides)) return hw_as_we_are;
  if (becomes) return hw_as_them;
  return is_own ? hw_powerless : hw_by_modes;
}

// Sets the effective capabilities that have to do with files to `wanted`, as far as they are permitted.
static int hw_set_file_capabilities(uint64_t wanted, bool and_no_others) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  if (syscall(SYS_capget, &header, data) < 0) return -errno;
  uint32_t others = and_no_others ? 0 : data[0].effective & ~(uint32_t)hw_file_capabilities;
  data[0].effective = others | ((uint32_t)(wanted & hw_file_capabilities) & data[0].permitted);
  if (and_no_others) data[1].effective = 0;
  return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

// Raw calls change this thread alone; the C library's would change all threads. The real and the saved user stay ours, so
// that the other user can neither trace nor signal this process.
static int hw_become(const struct hw_rights *rights) {
  uint32_t none = 0;
  const uint32_t *groups = rights->group_count ? rights->groups : &none;
  if (syscall(SYS_setgroups, rights->group_count, groups) < 0) return -errno;
  if (syscall(SYS_setresgid, -1, rights->gid, -1) < 0) return -errno;
  if (syscall(SYS_setresuid, -1, rights->uid, -1) < 0) return -errno;
  return hw_set_file_capabilities(hw_power(rights), true);
}

struct hw_rights_call {
  const struct hw_rights *rights;
  enum hw_manner manner;
  void (*body)(void *);
  void *context;
  int error;
};

static void hw_rights_thread(void *argument) {
  struct hw_rights_call *call = argument;
  if (call->manner == hw_as_them) call->error = hw_become(call->rights);
  else call->error = hw_set_file_capabilities(hw_power(call->rights), false);
  if (call->error == 0) call->body(call->context);
}

static int hw_run_in_manner(
    const struct hw_rights *rights, enum hw_manner manner, void (*body)(void *), void *context) {
  if (manner == hw_as_we_are || manner == hw_by_modes) {
    body(context);
    return 0;
  }
  struct hw_rights_call call = {rights, manner, body, context, 0};
  int error = hw_run_on_thread(hw_rights_thread, &call);
  return error < 0 ? error : call.error;
}

int hw_run_with_rights(const struct hw_rights *rights, void (*body)(void *context), void *context) {
  enum hw_manner manner = hw_manner_for(rights);
  if (manner == hw_by_modes) return -EPERM;
  return hw_run_in_manner(rights, manner, body, context);
}

// MARK: Modes

static bool hw_in_group(const struct hw_rights *rights, uint32_t gid) {
  if (rights->gid == gid) return true;
  for (size_t i = 0; i < rights->group_count; i++)
    if (rights->groups[i] == gid) return true;
  return false;
}

// Whether somebody with `rights` may do `wanted` (4 reads, 2 writes, 1 searches) with what `fd` leads to.
static bool hw_modes_allow(const struct hw_rights *rights, int fd, const struct stat *status, unsigned wanted) {
  if (rights->capabilities & hw_overrides) return true;
  if (rights->capabilities & hw_reads && !(wanted & 2)) return true;
  if (status->st_uid == rights->uid) return (status->st_mode >> 6 & wanted) == wanted;
  char self[32];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  // An access list may give less than the modes show: what they give to everybody is in no doubt then, nearly.
  if (getxattr(self, "system.posix_acl_access", NULL, 0) > 0)
    return (status->st_mode >> 3 & status->st_mode & wanted) == wanted;
  unsigned mode = hw_in_group(rights, status->st_gid) ? status->st_mode >> 3 : status->st_mode;
  return (mode & wanted) == wanted;
}

// MARK: The way to a file

enum { hw_depth = 256, hw_link_limit = 40, hw_stranger_limit = 4 };

struct hw_walk {
  const struct hw_rights *rights;
  bool by_modes;
  // Those whose link is on the way, or who may have given the file the name by which it was found.
  uint32_t strangers[hw_stranger_limit];
  int stranger_count;
  // Whether root alone could have put it there.
  bool is_roots;
  // Where the way must not be open to others: who may own what is on it besides root.
  struct hw_distrust *distrust;
  uint32_t user;
  int64_t own_group;
  // The folders down to the one at hand; the first is the root, which belongs to somebody else.
  int folders[hw_depth];
  int depth;
};

static int hw_add_stranger(struct hw_walk *walk, uint32_t uid) {
  for (int i = 0; i < walk->stranger_count; i++)
    if (walk->strangers[i] == uid) return 0;
  if (walk->stranger_count == hw_stranger_limit) return -EACCES;
  walk->strangers[walk->stranger_count++] = uid;
  return 0;
}

static bool hw_is_of_system(int fd, bool *is_proc) {
  struct statfs system;
  if (fstatfs(fd, &system) < 0) return true;
  if (is_proc) *is_proc = system.f_type == PROC_SUPER_MAGIC;
  switch ((unsigned long)system.f_type) {
    case PROC_SUPER_MAGIC: case SYSFS_MAGIC: case DEBUGFS_MAGIC: case TRACEFS_MAGIC: case SECURITYFS_MAGIC:
    case CGROUP_SUPER_MAGIC: case CGROUP2_SUPER_MAGIC: case SELINUX_MAGIC: case BPF_FS_MAGIC: case NSFS_MAGIC:
    case EFIVARFS_MAGIC: case PSTOREFS_MAGIC: case DEVPTS_SUPER_MAGIC: case BINFMTFS_MAGIC:
    case 0x62656570 /* configfs */: case 0x65735543 /* fusectl */: case 0x19800202 /* mqueue */:
      return true;
    default: return false;
  }
}

// The name that comes next in `rest`, which is moved behind it: its length, 0 at the end, or -errno.
static int hw_next_name(const char **rest, char name[256]) {
  while (**rest == '/') (*rest)++;
  size_t length = strcspn(*rest, "/");
  if (length > 255) return -ENAMETOOLONG;
  memcpy(name, *rest, length);
  name[length] = 0;
  *rest += length;
  return (int)length;
}

static void hw_leave(struct hw_walk *walk, int depth) {
  while (walk->depth > depth) close(walk->folders[walk->depth--]);
}

// Whether nobody but root and `walk->user` can change what `fd` leads to.
static bool hw_is_trusted(struct hw_walk *walk, int fd, const struct stat *status) {
  bool is_theirs = status->st_uid == 0 || status->st_uid == walk->user;
  unsigned open_to = S_ISLNK(status->st_mode) ? 0 : status->st_mode & 022;
  if (S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX) open_to = 0;
  if (open_to == 020 && walk->own_group >= 0 && status->st_gid == walk->own_group) open_to = 0;
  if (is_theirs && !open_to) return true;
  char self[32];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(self, walk->distrust->path, sizeof walk->distrust->path - 1);
  walk->distrust->path[length < 0 ? 0 : length] = 0;
  walk->distrust->owner = status->st_uid;
  walk->distrust->mode = status->st_mode & 07777;
  return false;
}

// Checks what was found in the folder at hand, and notes who had a hand in it.
static int hw_look(struct hw_walk *walk, int fd, const struct stat *status, bool is_last) {
  if (walk->distrust) return hw_is_trusted(walk, fd, status) ? 0 : -EACCES;
  bool is_link = S_ISLNK(status->st_mode);
  if (status->st_uid != 0 || (!is_link && status->st_mode & 022)) walk->is_roots = false;
  if (is_link) {
    if (status->st_uid != 0 && status->st_uid != walk->rights->uid) return hw_add_stranger(walk, status->st_uid);
    return 0;
  }
  if (!is_last || !S_ISREG(status->st_mode) || status->st_nlink < 2) return 0;
  // Whoever may write a folder could have put another's file into it (link(2); fs.protected_hardlinks).
  struct stat folder;
  if (fstat(walk->folders[walk->depth], &folder) < 0) return -errno;
  if (folder.st_uid != 0 && folder.st_uid != walk->rights->uid) {
    int error = hw_add_stranger(walk, folder.st_uid);
    if (error) return error;
  }
  return folder.st_mode & 022 ? hw_add_stranger(walk, 65534) : 0;
}

// Finds `path` below `root`: a descriptor (O_PATH) or -errno. Only names are opened, one after the other, and links are read
// as text, so that nothing that is exchanged meanwhile leads anywhere else.
static int hw_walk_to(struct hw_walk *walk, int root, const char *path) {
  if (!*path) return -ENOENT;
  if (strlen(path) >= PATH_MAX) return -ENAMETOOLONG;
  char text[2 * PATH_MAX], target[PATH_MAX], name[256];
  strcpy(text, path);
  const char *rest = text;
  walk->folders[0] = root;
  walk->depth = 0;
  int links = 0, length, result = -EAGAIN;
  struct stat status;
  for (;;) {
    length = hw_next_name(&rest, name);
    if (length < 0) { result = length; break; }
    if (length == 0) {
      result = openat(walk->folders[walk->depth], ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (result < 0) result = -errno;
      break;
    }
    if (walk->by_modes) {
      if (fstat(walk->folders[walk->depth], &status) < 0) { result = -errno; break; }
      if (!hw_modes_allow(walk->rights, walk->folders[walk->depth], &status, 1)) { result = -EACCES; break; }
    }
    if (strcmp(name, ".") == 0) continue;
    if (strcmp(name, "..") == 0) {
      if (walk->depth > 0) hw_leave(walk, walk->depth - 1);
      continue;
    }
    int fd = openat(walk->folders[walk->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) { result = -errno; break; }
    int error = fstat(fd, &status) < 0 ? -errno : 0;
    bool is_last = *rest == 0;
    if (!error) error = hw_look(walk, fd, &status, is_last);
    if (!error && S_ISLNK(status.st_mode)) {
      bool is_proc = true;
      hw_is_of_system(fd, &is_proc);
      ssize_t count = is_proc || ++links > hw_link_limit ? -1 : readlinkat(fd, "", target, sizeof target - 1);
      size_t left = strlen(rest);
      if (count < 0) error = is_proc || links > hw_link_limit ? -ELOOP : -errno;
      else if (count == 0) error = -ENOENT;
      else if ((size_t)count + left >= sizeof text) error = -ENAMETOOLONG;
      if (!error) {
        memmove(text + count, rest, left + 1);
        memcpy(text, target, (size_t)count);
        rest = text;
        if (text[0] == '/') hw_leave(walk, 0);
      }
      close(fd);
    } else if (!error && is_last) {
      result = fd;
      break;
    } else if (!error) {
      if (!S_ISDIR(status.st_mode)) error = -ENOTDIR;
      else if (walk->depth + 1 == hw_depth) error = -ENAMETOOLONG;
      else walk->folders[++walk->depth] = fd;
      if (error) close(fd);
    } else {
      close(fd);
    }
    if (error) { result = error; break; }
  }
  hw_leave(walk, 0);
  return result;
}

// Opens anew, for what is wanted, what `found` (O_PATH) leads to.
static int hw_open_found_for(enum hw_wish wish, int found, struct hw_file_facts *facts) {
  struct stat status;
  if (fstat(found, &status) < 0) return -errno;
  if (facts) {
    facts->modified_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
    facts->size = (uint64_t)status.st_size;
    facts->owner = status.st_uid;
    facts->mode = status.st_mode & 07777;
  }
  int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (wish == HW_LIST) {
    if (!S_ISDIR(status.st_mode)) return -ENOTDIR;
    flags |= O_DIRECTORY;
  } else {
    if (S_ISDIR(status.st_mode)) return -EISDIR;
    if (!S_ISREG(status.st_mode) || hw_is_of_system(found, NULL)) return -EINVAL;
  }
  char self[32];
  snprintf(self, sizeof self, "/proc/self/fd/%d", found);
  int fd = open(self, flags);
  return fd < 0 ? -errno : fd;
}

struct hw_opening {
  const struct hw_rights *rights;
  int root;
  const char *path;
  enum hw_wish wish;
  struct hw_file_facts *facts;
  bool by_modes;
  struct hw_walk *walk;
  int found;
  int result;
};

static void hw_open_here(void *argument) {
  struct hw_opening *opening = argument;
  opening->walk->rights = opening->rights;
  opening->walk->by_modes = opening->by_modes;
  opening->walk->stranger_count = 0;
  opening->walk->is_roots = true;
  opening->found = hw_walk_to(opening->walk, opening->root, opening->path);
  opening->result = opening->found;
  if (opening->found < 0 || opening->wish == HW_FIND) return;
  struct stat status;
  if (opening->by_modes
      && (fstat(opening->found, &status) < 0 || !hw_modes_allow(opening->rights, opening->found, &status, 4))) {
    opening->result = -EACCES;
    return;
  }
  opening->result = hw_open_found_for(opening->wish, opening->found, opening->facts);
}

// Opens once, with exactly these rights. Gives both the name that was found (O_PATH) and what was opened.
static int hw_open_once(struct hw_opening *opening) {
  opening->found = opening->result = -EPERM;
  enum hw_manner manner = hw_manner_for(opening->rights);
  opening->by_modes = manner == hw_by_modes;
  int error = hw_run_in_manner(opening->rights, manner, hw_open_here, opening);
  if (error < 0) opening->result = error;
  if (opening->result < 0 && opening->found >= 0) close(opening->found);
  return opening->result;
}

static void hw_close_opening(struct hw_opening *opening) {
  if (opening->result >= 0 && opening->result != opening->found) close(opening->result);
  if (opening->found >= 0) close(opening->found);
}

static bool hw_is_same(int one, int other) {
  struct stat first, second;
  return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev
         && first.st_ino == second.st_ino;
}

// Whether `uid`, in no group, could have opened the same.
static int hw_stranger_may(const struct hw_opening *opened, uint32_t uid) {
  struct hw_walk *walk = calloc(1, sizeof *walk);
  if (!walk) return -ENOMEM;
  struct hw_rights rights = {.uid = uid, .gid = 65534};
  struct hw_opening opening = {
      .rights = &rights, .root = opened->root, .path = opened->path, .wish = opened->wish, .walk = walk};
  int error = hw_open_once(&opening) < 0 ? -EACCES : 0;
  if (!error) {
    if (!hw_is_same(opening.found, opened->found)) error = -EACCES;
    hw_close_opening(&opening);
  }
  free(walk);
  return error;
}

static int hw_open_and_find(struct hw_opening *opening) {
  struct hw_walk *walk = calloc(1, sizeof *walk);
  if (!walk) return -ENOMEM;
  opening->walk = walk;
  int result = hw_open_once(opening);
  for (int i = 0; result >= 0 && i < walk->stranger_count; i++) {
    int error = hw_stranger_may(opening, walk->strangers[i]);
    if (error) {
      hw_close_opening(opening);
      result = error;
    }
  }
  free(walk);
  return result;
}

int hw_open_as(
    const struct hw_rights *rights, int root, const char *path, enum hw_wish wish, struct hw_file_facts *facts) {
  struct hw_opening opening = {.rights = rights, .root = root, .path = path, .wish = wish, .facts = facts};
  int result = hw_open_and_find(&opening);
  if (result >= 0 && result != opening.found) close(opening.found);
  return result;
}

int hw_open_of_root(int root, const char *path, struct hw_file_facts *facts) {
  struct hw_walk *walk = calloc(1, sizeof *walk);
  if (!walk) return -ENOMEM;
  struct hw_rights rights = {0};
  walk->rights = &rights;
  walk->by_modes = false;
  walk->stranger_count = 0;
  walk->is_roots = true;
  struct stat top;
  if (fstat(root, &top) < 0 || top.st_uid != 0 || top.st_mode & 022) walk->is_roots = false;
  int found = hw_walk_to(walk, root, path);
  int result = found;
  if (found >= 0) {
    result = walk->is_roots ? hw_open_found_for(HW_READ, found, facts) : -EACCES;
    close(found);
  }
  free(walk);
  return result;
}

int hw_open_trusted(const char *path, uint32_t user, int64_t own_group, struct hw_distrust *distrust) {
  memset(distrust, 0, sizeof *distrust);
  struct hw_walk *walk = calloc(1, sizeof *walk);
  if (!walk) return -ENOMEM;
  char whole[2 * PATH_MAX];
  int result = 0;
  if (path[0] != '/') {
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof folder)) result = -errno;
    else if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole) result = -ENAMETOOLONG;
    else path = whole;
  }
  struct hw_rights rights = {.uid = user};
  walk->rights = &rights;
  walk->user = user;
  walk->own_group = own_group;
  walk->distrust = distrust;
  int root = result ? -1 : hw_open_folder("/");
  if (!result && root < 0) result = root;
  if (!result) {
    int found = hw_walk_to(walk, root, path);
    result = found < 0 ? found : hw_open_found_for(HW_READ, found, NULL);
    if (found >= 0) close(found);
  }
  if (root >= 0) close(root);
  free(walk);
  return result;
}

// MARK: Sockets

struct hw_connecting {
  int found;
  int timeout_ms;
  int result;
};

static void hw_connect_here(void *argument) {
  struct hw_connecting *connecting = argument;
  char self[32];
  // The path of a socket has room for 107 bytes only, and would be resolved from our own root.
  snprintf(self, sizeof self, "/proc/self/fd/%d", connecting->found);
  connecting->result = hw_unix_connect(self, connecting->timeout_ms);
}

int hw_connect_as(const struct hw_rights *rights, int root, const char *path, int timeout_ms) {
  struct hw_connecting connecting = {.timeout_ms = timeout_ms, .result = -EPERM};
  connecting.found = rights ? hw_open_as(rights, root, path, HW_FIND, NULL) : hw_find_in_root(root, path);
  if (connecting.found < 0) return connecting.found;
  enum hw_manner manner = rights ? hw_manner_for(rights) : hw_as_we_are;
  int error = 0;
  if (manner == hw_by_modes) {
    struct stat status;
    if (fstat(connecting.found, &status) < 0) error = -errno;
    else if (!hw_modes_allow(rights, connecting.found, &status, 2)) error = -EACCES;
  }
  if (!error) error = hw_run_in_manner(rights, manner, hw_connect_here, &connecting);
  close(connecting.found);
  return error < 0 ? error : connecting.result;
}

// MARK: Other processes

int hw_look_at_program(const char *path, struct hw_program_facts *facts) {
  struct stat status;
  if (stat(path, &status) < 0) return -errno;
  facts->device = status.st_dev;
  facts->inode = status.st_ino;
  facts->gives_rights = status.st_mode & (S_ISUID | S_ISGID);
  facts->has_capabilities = getxattr(path, "security.capability", NULL, 0) > 0;
  return 0;
}

bool hw_look_at_socket(const char *path, uint64_t *inode, uint32_t *maker) {
  struct stat status;
  if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode)) return false;
  *inode = status.st_ino;
  *maker = status.st_uid;
  return true;
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

int hw_copy_descriptor(int32_t pid, int number, int *access) {
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) return -errno;
  int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);
  int error = fd < 0 ? errno : 0;
  close(process);
  if (error) return -error;
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || flags & O_PATH) {
    close(fd);
    return -EACCES;
  }
  *access = flags & O_ACCMODE;
  return fd;
}

int hw_reopen_regular(int fd, struct hw_file_facts *facts) { return hw_open_found_for(HW_READ, fd, facts); }
