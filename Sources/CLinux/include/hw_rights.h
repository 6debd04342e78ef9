// Opens files with the rights of another process. Functions return -errno on failure.
#ifndef HW_RIGHTS_H
#define HW_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_root_folder.h"

/// The rights with which a file is opened: what the kernel compares with the file's mode and owner (credentials(7)).
struct hw_rights {
  uint32_t uid;
  uint32_t gid;
  const uint32_t *groups;
  size_t group_count;
  /// A bit set of capabilities. Only CAP_DAC_OVERRIDE (bit 1) and CAP_DAC_READ_SEARCH (bit 2) matter.
  uint64_t capabilities;
};

/// What to do with a file.
enum hw_wish {
  /// Find it, whatever its type is, without opening it. The result is a descriptor with O_PATH.
  HW_FIND,
  /// Read it. It must be a regular file on a file system that stores files. -EISDIR for a folder; -EINVAL for anything
  /// else, such as a device, a FIFO or a file of /proc, which is not opened.
  HW_READ,
  /// List it. It must be a folder.
  HW_LIST,
};

/// Finds `path` below the folder `root` and opens it as a process with `rights` could: the kernel checks the
/// permissions of the file and of every folder on the way. Absolute paths and absolute links begin at `root`, `..` does
/// not leave `root`, and links of /proc are refused (-ELOOP).
///
/// A link is followed only if root or `rights->uid` owns it, or if its owner could open the file as well. The same is
/// required of a file with several names in a folder of another user. If this process may not change its user
/// (CAP_SETUID, CAP_SETGID), it compares the modes on the way with `rights` itself.
int hw_open_as(
    const struct hw_rights *rights, int root, const char *path, enum hw_wish wish, struct hw_file_facts *facts);

/// Opens a file that only root can have put there: root owns the file and every folder and link on the way, and nobody
/// else may write to any of them. The file is opened with this process's own rights. -EACCES for all other files.
int hw_open_of_root(int root, const char *path, struct hw_file_facts *facts);

/// Another user who can change a file, or replace it.
struct hw_distrust {
  /// What the user can change: the file, or a folder or link on the way to it.
  char path[4096];
  uint32_t owner;
  uint32_t mode;
};

/// Opens the file at `path` for reading if only root and `user` can have put it there. Otherwise it returns -EACCES and
/// sets `*distrust`. Two things that others may write to are accepted: folders with the sticky bit (such as /tmp),
/// where nobody can remove another user's file, and files and folders that only the group `own_group` (-1: none) may
/// write to as well.
int hw_open_trusted(const char *path, uint32_t user, int64_t own_group, struct hw_distrust *distrust);

/// Connects to the UNIX socket `path` below `root` as a process with `rights` could; as this process itself if `rights`
/// is NULL.
int hw_connect_as(const struct hw_rights *rights, int root, const char *path, int timeout_ms);

/// The executable file of a process.
struct hw_program_facts {
  uint64_t device;
  uint64_t inode;
  /// Whether it has the set-user-ID or set-group-ID bit.
  bool gives_rights;
  /// Whether the file has capabilities (setcap(8)).
  bool has_capabilities;
};

/// Reads the facts about the executable at `path`, which is /proc/PID/exe.
int hw_look_at_program(const char *path, struct hw_program_facts *facts);

/// Whether `path`, a descriptor of a process (/proc/PID/fd/N), is a socket. If so, it stores the socket's inode, and
/// the user that made it in `*maker`.
bool hw_look_at_socket(const char *path, uint64_t *inode, uint32_t *maker);

/// Runs `body` on a separate thread that has taken over `rights`. -EPERM if this process may not do that.
int hw_run_with_rights(const struct hw_rights *rights, void (*body)(void *context), void *context);

/// The value of O_WRONLY, for Swift.
enum { HW_WRITE_ONLY = 1 };

/// Copies descriptor `number` of process `pid` (pidfd_getfd(2), since Linux 5.6). `*access` says how it was opened:
/// O_RDONLY, O_WRONLY or O_RDWR. -EACCES if it was opened with O_PATH, because that needs no right to read the file.
int hw_copy_descriptor(int32_t pid, int number, int *access);

/// Opens the regular file that descriptor `fd` refers to again, for reading.
int hw_reopen_regular(int fd, struct hw_file_facts *facts);
#endif
