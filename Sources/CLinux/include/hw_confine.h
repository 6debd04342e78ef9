// Takes rights away from this process: to write, to start programs, to use the network. Functions return -errno on failure.
#ifndef HW_CONFINE_H
#define HW_CONFINE_H

#include <stddef.h>

/// What is denied from now on; bits of the result of `hw_confine`.
enum {
  HW_NO_WRITING = 1,
  HW_NO_NETWORK = 2,
};

/// Denies this thread, and all that it starts, to change, make, remove or execute files but below `folders`, where files may
/// be written and replaced (landlock(7), since Linux 5.13), and to open sockets other than UNIX ones (seccomp(2)). Files that
/// are open stay open. There is no way back. Returns a bit set of what the kernel can deny.
int hw_confine(const char *const *folders, size_t count);
#endif
