// Waits for several descriptors, starts threads, and restores the terminal however the process ends. Functions return
// -errno on failure unless their comment says otherwise. No system header is exposed.
#ifndef HW_EVENTS_H
#define HW_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/// Makes a close-on-exec, non-blocking pipe: read from `ends[0]`, write to `ends[1]`. Returns 0 or -errno.
int hw_pipe(int *ends);

/// Waits until one of at most 8 descriptors is readable or has hung up. Returns a bit set (bit N for `fds[N]`), 0 after
/// `timeout_ms` (-1 waits for ever) or after a signal, or -errno.
int hw_wait_any(const int *fds, size_t count, int timeout_ms);

/// Waits until one of `count` descriptors is readable or has failed, and sets `ready[N]` for each such descriptor.
/// Returns how many there are, 0 after `timeout_ms` or after a signal, or -errno.
int hw_wait_each(const int *fds, uint8_t *ready, size_t count, int timeout_ms);

/// Starts `body(context)` on a new thread that receives no signals, and stores the thread's handle in `*thread`.
/// Returns 0 or -errno.
int hw_thread_start(void (*body)(void *), void *context, uintptr_t *thread);
/// Waits for the end of a thread that `hw_thread_start` made.
void hw_thread_join(uintptr_t thread);

/// From now on, if the process exits or crashes, the mode of the terminal at `input` is restored and `leave` (at most
/// 64 bytes) is written to `output`. SIGTSTP is ignored meanwhile, because a stopped program could not restore the
/// terminal.
void hw_terminal_guard(int input, int output, const void *leave, size_t count);
/// Ends what `hw_terminal_guard` began. The caller must have restored the terminal.
void hw_terminal_unguard(void);
#endif
