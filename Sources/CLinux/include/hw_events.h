// Waiting for several things at once, threads beside the calling one, and a terminal that is always left as it was.
// Every function returns -errno on failure unless it says otherwise. No system header is exposed.
#ifndef HW_EVENTS_H
#define HW_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/// A close-on-exec, non-blocking pipe: `ends[0]` reads, `ends[1]` writes; 0 or -errno.
int hw_pipe(int *ends);

/// Waits until one of at most 8 descriptors is readable or has hung up: a bit set (bit N = `fds[N]`), 0 after
/// `timeout_ms` (-1 waits for ever) or when a signal arrived, or -errno.
int hw_wait_any(const int *fds, size_t count, int timeout_ms);

/// Waits until one of `count` descriptors is readable or failed, and sets `ready[N]` for each that is: how many, 0 after
/// `timeout_ms` or when a signal arrived, or -errno.
int hw_wait_each(const int *fds, uint8_t *ready, size_t count, int timeout_ms);

/// Starts `body(context)` on a new thread that takes no signals; its handle in `thread`. 0 or -errno.
int hw_thread_start(void (*body)(void *), void *context, uintptr_t *thread);
/// Waits for the end of a thread that `hw_thread_start` made.
void hw_thread_join(uintptr_t thread);

/// From now on, should the process exit or crash, the terminal at `input` gets its mode back and `leave` (at most 64
/// bytes) is written to `output`. SIGTSTP is ignored meanwhile: a stopped program couldn't give the terminal back.
void hw_terminal_guard(int input, int output, const void *leave, size_t count);
/// Ends the guard; the caller has restored the terminal.
void hw_terminal_unguard(void);
#endif
