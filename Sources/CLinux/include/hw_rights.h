// Files as somebody else may reach them. Every function returns -errno on failure.
#ifndef HW_RIGHTS_H
#define HW_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw_root_folder.h"

/// Who asks for a file: what the kernel looks at when it decides (credentials(7)).
struct hw_rights {
  uint32_t uid;
  uint32_t gid;
  const uint32_t *groups;
  size_t group_count;
  /// Of the capabilities by their bits, only CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) count.
  uint64_t capabilities;
};

/// What is wanted of a file.
enum hw_wish {
  /// To find it, whatever it is: a descriptor (O_PATH).
  HW_FIND,
  /// To read it: a regular file on a file system that keeps files. -EISDIR for a folder, -EINVAL for anything else, such as
  /// a device, a FIFO, or a file of /proc, which is not touched.
  HW_READ,
  /// To list it: a folder.
  HW_LIST,
};

/// Finds `path` below the folder `root` and opens it as somebody with `rights` could: the kernel checks every folder on the
/// way and the file itself. Absolute paths and links begin at `root` again, `..` does not leave it, and links of /proc are
/// refused (-ELOOP).
///
/// Links count only if they belong to root or to `rights->uid`, or if their owner could open the file as well; so do files
/// with several names in folders of others. Where the process may not become another user (CAP_SETUID, CAP_SETGID), the
/// modes on the way are compared with `rights` here.
int hw_open_as(
    const struct hw_rights *rights, int root, const char *path, enum hw_wish wish, struct hw_file_facts *facts);

/// Opens a file that only root could have put there: root owns it and every folder and link on the way, and nobody else may
/// write any of them. Opened with this process's own rights. -EACCES for others.
int hw_open_of_root(int root, const char *path, struct hw_file_facts *facts);

/// Who could change a file, or put another one into its place.
struct hw_distrust {
  /// What they can change: the file, a folder, or a link on the way.
  char path[4096];
  uint32_t owner;
  uint32_t mode;
};

/// Opens the file at `path` for reading if only root and `user` could have put it there. Folders that everybody may write do if
/// nobody can take another's file away there (sticky, as /tmp); so do files and folders that the group `own_group` may
/// write (-1: none). -EACCES with `distrust` for others.
int hw_open_trusted(const char *path, uint32_t user, int64_t own_group, struct hw_distrust *distrust);

/// Connects to the UNIX socket `path` below `root` as somebody with `rights` could; with NULL as this process itself.
int hw_connect_as(const struct hw_rights *rights, int root, const char *path, int timeout_ms);

/// What the program of a process is like.
struct hw_program_facts {
  uint64_t device;
  uint64_t inode;
  /// Set-user-ID or set-group-ID.
  bool gives_rights;
  /// Capabilities in its file (setcap(8)).
  bool has_capabilities;
};

/// Looks at the program at `path`, which is /proc/PID/exe.
int hw_look_at_program(const char *path, struct hw_program_facts *facts);

/// Whether `path`, a descriptor of a process (/proc/PID/fd/N), is a socket: its inode and who made it.
bool hw_look_at_socket(const char *path, uint64_t *inode, uint32_t *maker);

/// Calls `body` on a thread of its own that has taken over `rights`. -EPERM if this process may not.
int hw_run_with_rights(const struct hw_rights *rights, void (*body)(void *context), void *context);

/// O_WRONLY, for Swift.
enum { HW_WRITE_ONLY = 1 };

/// A copy of descriptor `number` of process `pid` (pidfd_getfd(2), since Linux 5.6), and how it was opened: O_RDONLY,
/// O_WRONLY or O_RDWR. -EACCES for one that is only a name of the file (O_PATH), which says nothing of a right to it.
int hw_copy_descriptor(int32_t pid, int number, int *access);

/// Opens anew, for reading, the regular file that descriptor `fd` leads to.
int hw_reopen_regular(int fd, struct hw_file_facts *facts);
#endif
