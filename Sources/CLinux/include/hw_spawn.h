// Other programs as children: started with pipes, watched, ended, reaped. Also what a file's content is known by.
// Every function returns -errno on failure unless it says otherwise. No system header is exposed.
#ifndef HW_SPAWN_H
#define HW_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A child and our ends of its pipes.
struct hw_child {
  int pid;
  /// What is written here the child reads.
  int input;
  /// What the child writes to its standard output and error.
  int output;
  int errors;
};

/// Starts `arguments[0]`, looked for in PATH, with `arguments` (ended by NULL) and `environment` (ended by NULL; NULL means
/// ours). The child is in a session of its own: it has no terminal to ask at, and the terminal's Ctrl-C is ours alone. It has
/// no signal blocked or ignored, and no descriptor but its three. Our ends are close-on-exec and do not block. 0 or -errno.
int hw_spawn(const char *const *arguments, const char *const *environment, struct hw_child *child);

/// Waits until the child `pid` has ended, and reaps it: 1 with its exit status in `status` (128 + N for signal N), 0 after
/// `timeout_ms` (-1 waits for ever), or -errno (-ECHILD: reaped already).
int hw_child_wait(int pid, int timeout_ms, int *status);
/// Sends a signal to a child that has not been reaped.
int hw_child_signal(int pid, int signal);

/// Whether reads and writes of `fd` wait.
int hw_set_blocking(int fd, bool blocking);
/// Writes to a pipe whose reader may be gone: how many bytes, or -errno (-EPIPE, without SIGPIPE).
long hw_pipe_write(int fd, const void *bytes, size_t count);

/// SHA-256 (FIPS 180-4) of everything that `fd` gives up to its end; its length in `size`. 0 or -errno.
int hw_sha256(int fd, uint8_t digest[32], uint64_t *size);
void hw_sha256_bytes(const void *bytes, size_t count, uint8_t digest[32]);
#endif
