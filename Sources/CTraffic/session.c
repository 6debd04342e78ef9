#define _GNU_SOURCE
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CHANNEL 0

static void say(struct session *session, uint32_t phase) {
  session->report->phase = phase;
  if (send(CHANNEL, session->report, sizeof *session->report, MSG_NOSIGNAL) < 0) _exit(2);
}

// The end of the channel is the end of the self-test.
static char next_command(void) {
  char command = 0;
  ssize_t length;
  do length = recv(CHANNEL, &command, 1, 0);
  while (length < 0 && errno == EINTR);
  if (length <= 0 || command == HW_TRAFFIC_EXIT) _exit(0);
  return command;
}

void ready(struct session *session) {
  say(session, HW_TRAFFIC_READY);
  next_command();
}

void done(struct session *session) {
  say(session, HW_TRAFFIC_DONE);
  next_command();
}

void skip(struct session *session, const char *reason) {
  snprintf(session->report->step, sizeof session->report->step, "%s", reason);
  say(session, HW_TRAFFIC_SKIPPED);
  _exit(0);
}

void fail(struct session *session, const char *step) {
  session->report->error = errno;
  snprintf(session->report->step, sizeof session->report->step, "%s", step);
  say(session, HW_TRAFFIC_FAILED);
  _exit(1);
}

bool more(const int *fds, size_t count) {
  struct pollfd items[1 + HW_TRAFFIC_OWNERS] = {{.fd = CHANNEL, .events = POLLIN}};
  for (size_t i = 0; i < count; i++) items[i + 1] = (struct pollfd){.fd = fds[i], .events = POLLIN};
  for (;;) {
    if (poll(items, count + 1, -1) < 0) continue;
    if (items[0].revents & POLLHUP) _exit(0);
    for (size_t i = 0; i < count; i++)
      if (items[i + 1].revents) return true;
    if (items[0].revents) {
      next_command();
      return false;
    }
  }
}

bool late(int fd) {
  struct pollfd item = {.fd = fd, .events = POLLIN};
  return poll(&item, 1, 5) > 0 && item.revents & POLLIN;
}

void rename_process(const char *name) {
  // PR_SET_NAME names a thread, and this may not be the first one.
  int fd = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, name, strlen(name)) < 0) prctl(PR_SET_NAME, name);
  if (fd >= 0) close(fd);
}

pid_t fork_owner(struct session *session, const char *name) {
  pid_t parent = getpid(), pid = fork();
  if (pid < 0) fail(session, "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    rename_process(name);
    return 0;
  }
  struct hw_traffic_report *report = session->report;
  if (report->owner_count < HW_TRAFFIC_OWNERS) report->owners[report->owner_count++] = pid;
  snprintf(report->owner_name, sizeof report->owner_name, "%s", name);
  return pid;
}

static struct sockaddr_storage address(int family, const char *v4, const char *v6, uint16_t port) {
  struct sockaddr_storage result = {.ss_family = family};
  if (family == AF_INET) {
    struct sockaddr_in *in = (struct sockaddr_in *)&result;
    in->sin_port = htons(port);
    inet_pton(AF_INET, v4, &in->sin_addr);
  } else {
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&result;
    in->sin6_port = htons(port);
    inet_pton(AF_INET6, v6, &in->sin6_addr);
  }
  return result;
}

struct sockaddr_storage near_address(int family, uint16_t port) { return address(family, "198.18.0.1", "2001:db8::1", port); }
struct sockaddr_storage far_address(int family, uint16_t port) { return address(family, "198.18.0.2", "2001:db8::2", port); }
struct sockaddr_storage loopback_address(int family, uint16_t port) { return address(family, "127.0.0.1", "::1", port); }
socklen_t address_size(const struct sockaddr_storage *of) {
  return of->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}
uint64_t datagram_headers(int family) { return UDP_HEADER + (family == AF_INET ? IPV4_HEADER : IPV6_HEADER); }

int hw_traffic_run(const char *name, const char *role, uint16_t port) {
  bool sends = strcmp(role, "tx") == 0;
  const struct kind *tables[] = {tcp_kinds, datagram_kinds, packet_kinds, message_kinds, process_kinds, ring_kinds};
  // Shared, so that the processes that a kind forks count in the same report.
  struct session session = {.port = port};
  session.report = mmap(NULL, sizeof *session.report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (session.report == MAP_FAILED) return 2;
  char title[32];
  snprintf(title, sizeof title, "hw-%s-%s", name, role);
  title[15] = 0;
  rename_process(title);
  // Should the self-test hang, nothing stays.
  alarm(180);
  for (size_t table = 0; table < sizeof tables / sizeof *tables; table++)
    for (const struct kind *kind = tables[table]; kind->name; kind++)
      if (strcmp(kind->name, name) == 0) {
        role_body body = sends ? kind->sender : kind->receiver;
        if (!body) return 2;
        body(&session);
        say(&session, HW_TRAFFIC_REPORT);
        next_command();
        return 0;
      }
  return 2;
}
