// Waits for two byte streams and a wake-up pipe, and returns this process's user and the system's names. Functions return -errno on failure.
#ifndef HW_CONVERSATION_H
#define HW_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

/// Makes reads and writes of `fd` return at once (O_NONBLOCK). Use it only for descriptors that no other program
/// shares. Returns 0 or -errno.
int hw_set_nonblocking(int fd);

/// Waits until `reading` or `wake` is readable or has hung up, or `writing` is writable or has failed. Pass -1 to leave
/// one of them out. Returns a bit set: 1 for `reading`, 2 for `writing`, 4 for `wake`; 0 after `timeout_ms` (-1 waits
/// for ever) or after a signal; or -errno.
int hw_wait_conversation(int reading, int writing, int wake, int timeout_ms);

/// Returns the effective user id.
uint32_t hw_effective_user(void);

/// Writes the host's name and the kernel's release (uname(2)), each with a final 0. Returns 0 or -errno.
int hw_system_names(char name[65], char release[65]);
#endif
