#define _GNU_SOURCE
#include "hw_traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Between fork and exec only calls that are safe after a fork of a process with threads.
static _Noreturn void become(const char *const *arguments, int network_namespace, int channel, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  if (setns(network_namespace, CLONE_NEWNET) < 0) _exit(125);
  if (dup2(channel, 0) < 0) _exit(124);
  execv(arguments[0], (char *const *)arguments);
  _exit(127);
}

int hw_traffic_spawn(const char *const *arguments, int network_namespace, struct hw_traffic_child *child) {
  // Not a pipe: writing to a child that is gone then raises no signal, and reports keep their boundaries.
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0) return -errno;
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) become(arguments, network_namespace, channel[1], parent);
  int error = errno;
  close(channel[1]);
  if (pid < 0) {
    close(channel[0]);
    return -error;
  }
  *child = (struct hw_traffic_child){.pid = pid, .channel = channel[0]};
  return 0;
}

int hw_traffic_command(const struct hw_traffic_child *child, char command) {
  return send(child->channel, &command, 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int hw_traffic_await(const struct hw_traffic_child *child, struct hw_traffic_report *report, int timeout_ms) {
  long long end = now_ms() + timeout_ms;
  for (;;) {
    long long left = end - now_ms();
    struct pollfd item = {.fd = child->channel, .events = POLLIN};
    int ready = poll(&item, 1, left > 0 ? (int)left : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ready < 0 ? -errno : 0;
    ssize_t length = read(child->channel, report, sizeof *report);
    if (length == sizeof *report) return 1;
    if (length < 0 && errno == EINTR) continue;
    return length < 0 ? -errno : -EPIPE;
  }
}

void hw_traffic_end(struct hw_traffic_child *child, int timeout_ms) {
  if (child->pid <= 0) return;
  hw_traffic_command(child, HW_TRAFFIC_EXIT);
  close(child->channel);
  long long end = now_ms() + timeout_ms;
  for (;;) {
    pid_t reaped = waitpid(child->pid, NULL, WNOHANG);
    if (reaped == child->pid || (reaped < 0 && errno != EINTR)) break;
    if (now_ms() >= end) {
      kill(child->pid, SIGKILL);
      waitpid(child->pid, NULL, 0);
      break;
    }
    usleep(500);
  }
  *child = (struct hw_traffic_child){.channel = -1};
}
