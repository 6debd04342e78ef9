// Two byte streams to another program, and who this process is. Every function returns -errno on failure.
#ifndef HW_CONVERSATION_H
#define HW_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

/// Whether the caller was given descriptor `fd`.
bool hw_is_open(int fd);
/// Calls on `fd` no longer wait; only for descriptors that nobody else uses. 0 or -errno.
int hw_set_nonblocking(int fd);

/// Waits until `reading` or `wake` is readable or has hung up, or `writing` takes bytes or has failed; -1 leaves any of
/// them out. Bits 1, 2 and 4 in that order (wake is 4); 0 after `timeout_ms` (-1 waits for ever) or after a signal.
int hw_wait_conversation(int reading, int writing, int wake, int timeout_ms);

/// The effective user id.
uint32_t hw_effective_user(void);
#endif
