// Starts other programs as children with pipes, waits for them and ends them; and computes SHA-256. Functions return
// -errno on failure unless their comment says otherwise. No system header is exposed.
#ifndef HW_SPAWN_H
#define HW_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A child process and the caller's ends of its pipes.
struct hw_child {
  int pid;
  /// The child's standard input, to write to.
  int input;
  /// The child's standard output and standard error, to read from.
  int output;
  int errors;
};

/// Starts `arguments[0]`, looked up in PATH. `arguments` and `environment` end with NULL; if `environment` is NULL, the
/// child gets this process's environment. The child has a session of its own, so it can't ask anything at the terminal,
/// and Ctrl-C does not reach it. In the child no signal is blocked or ignored, and only descriptors 0, 1 and 2 are
/// open. The caller's ends are close-on-exec and non-blocking. Returns 0 or -errno.
int hw_spawn(const char *const *arguments, const char *const *environment, struct hw_child *child);

/// Waits until the child `pid` has ended and reaps it. Returns 1 and stores the exit status in `*status` (128 + N for
/// signal N); 0 after `timeout_ms` (-1 waits for ever); or -errno (-ECHILD if it was already reaped).
int hw_child_wait(int pid, int timeout_ms, int *status);
/// Sends a signal to a child that has not been reaped.
int hw_child_signal(int pid, int signal);

/// Sets whether reads and writes of `fd` wait.
int hw_set_blocking(int fd, bool blocking);
/// Writes to a pipe whose reader may have closed it. Returns the number of bytes, or -errno; -EPIPE without the signal
/// SIGPIPE.
long hw_pipe_write(int fd, const void *bytes, size_t count);

/// Computes the SHA-256 (FIPS 180-4) of everything that can be read from `fd`, and stores the number of bytes in
/// `*size`. Returns 0 or -errno.
int hw_sha256(int fd, uint8_t digest[32], uint64_t *size);
void hw_sha256_bytes(const void *bytes, size_t count, uint8_t digest[32]);
#endif
