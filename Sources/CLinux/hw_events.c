#define _GNU_SOURCE
#include "hw_events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hw_linux.h"

int hw_pipe(int *ends) { return pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0; }

int hw_wait_any(const int *fds, size_t count, int timeout_ms) {
  struct pollfd items[8];
  if (count > sizeof items / sizeof *items) return -EINVAL;
  for (size_t i = 0; i < count; i++) items[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  int ready = poll(items, count, timeout_ms);
  if (ready < 0) return errno == EINTR ? 0 : -errno;
  int bits = 0;
  for (size_t i = 0; i < count; i++)
    if (items[i].revents) bits |= 1 << i;
  return bits;
}

int hw_wait_each(const int *fds, uint8_t *ready, size_t count, int timeout_ms) {
  struct pollfd *items = calloc(count ? count : 1, sizeof *items);
  if (!items) return -ENOMEM;
  for (size_t i = 0; i < count; i++) items[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  int found = poll(items, count, timeout_ms);
  if (found < 0) found = errno == EINTR ? 0 : -errno;
  for (size_t i = 0; i < count; i++) ready[i] = found > 0 && items[i].revents != 0;
  free(items);
  return found;
}

struct hw_started {
  void (*body)(void *);
  void *context;
};

static void *hw_started_main(void *argument) {
  struct hw_started call = *(struct hw_started *)argument;
  free(argument);
  call.body(call.context);
  return NULL;
}

_Static_assert(sizeof(pthread_t) == sizeof(uintptr_t), "a thread's handle fits a pointer");

int hw_thread_start(void (*body)(void *), void *context, uintptr_t *thread) {
  struct hw_started *call = malloc(sizeof *call);
  if (!call) return -ENOMEM;
  *call = (struct hw_started){body, context};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_t started;
  int error = pthread_create(&started, NULL, hw_started_main, call);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error) {
    free(call);
    return -error;
  }
  *thread = (uintptr_t)started;
  return 0;
}

void hw_thread_join(uintptr_t thread) { pthread_join((pthread_t)thread, NULL); }

static struct {
  volatile sig_atomic_t armed;
  int input, output;
  size_t count;
  unsigned char leave[64];
} hw_guard;

static void hw_guard_restore(void) {
  if (!hw_guard.armed) return;
  hw_guard.armed = 0;
  if (write(hw_guard.output, hw_guard.leave, hw_guard.count) < 0) {
  }
  hw_terminal_restore(hw_guard.input);
}

static void hw_guard_crash(int number) {
  hw_guard_restore();
  // Once this handler returns the signal is delivered again, with what the system does by default.
  signal(number, SIG_DFL);
  raise(number);
}

static const int hw_guard_signals[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};

void hw_terminal_guard(int input, int output, const void *leave, size_t count) {
  static int registered;
  if (!registered) registered = atexit(hw_guard_restore) == 0;
  if (count > sizeof hw_guard.leave) count = sizeof hw_guard.leave;
  memcpy(hw_guard.leave, leave, count);
  hw_guard.count = count;
  hw_guard.input = input;
  hw_guard.output = output;
  hw_guard.armed = 1;
  struct sigaction action = {.sa_handler = hw_guard_crash};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof hw_guard_signals / sizeof *hw_guard_signals; i++)
    sigaction(hw_guard_signals[i], &action, NULL);
  signal(SIGTSTP, SIG_IGN);
}

void hw_terminal_unguard(void) {
  hw_guard.armed = 0;
  for (size_t i = 0; i < sizeof hw_guard_signals / sizeof *hw_guard_signals; i++)
    signal(hw_guard_signals[i], SIG_DFL);
  signal(SIGTSTP, SIG_DFL);
}
