#define _GNU_SOURCE
#include "hw_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// Headers of older distributions lack a part of these (include/uapi/linux/landlock.h).
enum { create_ruleset = 444, add_rule = 445, restrict_self = 446, version_flag = 1, path_beneath = 1 };

static const uint64_t execute = 1 << 0;
static const uint64_t write_file = 1 << 1;
static const uint64_t remove_folder = 1 << 4;
static const uint64_t remove_file = 1 << 5;
static const uint64_t make_folder = 1 << 7;
static const uint64_t make_file = 1 << 8;
static const uint64_t make_others = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;  // devices, socket, pipe, link
static const uint64_t refer = 1 << 13;
static const uint64_t truncate_file = 1 << 14;

struct beneath {
  uint64_t rights;
  int32_t folder;
} __attribute__((packed));

static int deny_files(const char *const *folders, size_t count) {
  long version = syscall(create_ruleset, NULL, 0, version_flag);
  if (version < 1) return version < 0 ? -errno : -EOPNOTSUPP;
  // To replace a file of a folder by one that was written beside it.
  const uint64_t replacing = write_file | remove_file | make_file | truncate_file;
  uint64_t rights = replacing | execute | remove_folder | make_folder | make_others;
  if (version >= 2) rights |= refer;
  if (version < 3) rights &= ~truncate_file;
  int rules = (int)syscall(create_ruleset, &rights, sizeof rights, 0);
  if (rules < 0) return -errno;
  int result = 0;
  for (size_t i = 0; i < count && result == 0; i++) {
    struct beneath rule = {.rights = rights & replacing, .folder = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC)};
    // Nothing can be written into a folder that is not there.
    if (rule.folder < 0) continue;
    if (syscall(add_rule, rules, path_beneath, &rule, 0) != 0) result = -errno;
    close(rule.folder);
  }
  if (result == 0 && syscall(restrict_self, rules, 0) != 0) result = -errno;
  close(rules);
  return result;
}

static int deny_sockets(void) {
#if defined(__x86_64__)
  enum { architecture = AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
  enum { architecture = AUDIT_ARCH_AARCH64 };
#else
  return -EOPNOTSUPP;
#endif
  // It can open sockets, too.
  enum { io_uring_setup = 425 };
  // Where calls are numbered otherwise (32 bits), none may be made. Of x32's numbers, none is that of socket.
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 0, 6),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 4, 0),
#else
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0xFFFFFFFF, 4, 0),
#endif
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, io_uring_setup, 3, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
    // The low half: a domain is an int.
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : -errno;
}

int hw_confine(const char *const *folders, size_t count) {
  // Without it only root may take rights away: a program with more rights, started later, would be without them.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
  int result = 0;
  if (deny_files(folders, count) == 0) result |= HW_NO_WRITING;
  if (deny_sockets() == 0) result |= HW_NO_NETWORK;
  return result;
}
