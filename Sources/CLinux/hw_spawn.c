#define _GNU_SOURCE
#include "hw_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hw_linux.h"

extern char **environ;

// Ends above 2, so that setting up one of the child's first three descriptors overwrites none of the others.
static int pipe_above_standard(int ends[2]) {
  int made[2];
  if (pipe2(made, O_CLOEXEC) < 0) return -errno;
  int error = 0;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 3);
    if (ends[i] < 0) error = errno;
    close(made[i]);
  }
  if (!error) return 0;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
  return -error;
}

static int start(const char *const *arguments, const char *const *environment, const int ends[3], int *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return -error;
  for (int i = 0; i < 3 && !error; i++) error = posix_spawn_file_actions_adddup2(&actions, ends[i], i);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
  // What others opened without close-on-exec is none of the child's business.
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
  if (!error) error = posix_spawnattr_init(&attributes);
  if (!error) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    error = posix_spawnp(
        pid, arguments[0], &actions, &attributes, (char *const *)arguments,
        environment ? (char *const *)environment : environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return -error;
}

int hw_spawn(const char *const *arguments, const char *const *environment, struct hw_child *child) {
  int pipes[3][2];
  int made = 0, error = 0;
  while (made < 3 && !(error = pipe_above_standard(pipes[made]))) made++;
  if (!error) {
    int theirs[3] = {pipes[0][0], pipes[1][1], pipes[2][1]};
    error = start(arguments, environment, theirs, &child->pid);
  }
  if (error) {
    for (int i = 0; i < made; i++) {
      close(pipes[i][0]);
      close(pipes[i][1]);
    }
    return error;
  }
  close(pipes[0][0]);
  close(pipes[1][1]);
  close(pipes[2][1]);
  child->input = pipes[0][1];
  child->output = pipes[1][0];
  child->errors = pipes[2][0];
  hw_set_blocking(child->input, false);
  hw_set_blocking(child->output, false);
  hw_set_blocking(child->errors, false);
  return 0;
}

static int reap(int pid, int *status) {
  for (;;) {
    int raw;
    pid_t found = waitpid(pid, &raw, WNOHANG);
    if (found < 0 && errno == EINTR) continue;
    if (found < 0) return -errno;
    if (found == 0) return 0;
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return 1;
  }
}

int hw_child_wait(int pid, int timeout_ms, int *status) {
  int found = reap(pid, status);
  if (found || timeout_ms == 0) return found;
  // pidfd_open(2), since Linux 5.3; it becomes readable when the process ends.
  int handle = (int)syscall(SYS_pidfd_open, pid, 0);
  uint64_t end = hw_monotonic_ns() + (uint64_t)(timeout_ms > 0 ? timeout_ms : 0) * 1000000;
  for (;;) {
    uint64_t now = hw_monotonic_ns();
    int left = timeout_ms < 0 ? -1 : now >= end ? 0 : (int)((end - now) / 1000000 + 1);
    if (handle >= 0)
      hw_wait_readable(handle, left);
    else
      poll(NULL, 0, left < 0 || left > 5 ? 5 : left);
    found = reap(pid, status);
    if (found || left == 0) break;
  }
  if (handle >= 0) close(handle);
  return found;
}

int hw_child_signal(int pid, int signal) { return pid > 1 && kill(pid, signal) == 0 ? 0 : -errno; }

int hw_set_blocking(int fd, bool blocking) {
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
  return wanted == flags || fcntl(fd, F_SETFL, wanted) == 0 ? 0 : -errno;
}

long hw_pipe_write(int fd, const void *bytes, size_t count) {
  // SIGPIPE goes to the thread that wrote: blocked there, it is taken back before anyone sees it.
  sigset_t pipe_signal, before, pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  ssize_t written;
  do written = write(fd, bytes, count);
  while (written < 0 && errno == EINTR);
  int error = written < 0 ? errno : 0;
  if (error == EPIPE && !was_pending) {
    struct timespec at_once = {0};
    while (sigtimedwait(&pipe_signal, NULL, &at_once) < 0 && errno == EINTR) {}
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error ? -error : written;
}
