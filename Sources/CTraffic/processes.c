// The same bytes from processes that make it hard to say whose they are.
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_LIVED 20
#define STREAM (4u << 20)

static void short_lived(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  ready(session);
  for (int i = 0; i < SHORT_LIVED; i++) {
    if (fork_owner(session, "hw-short-one")) continue;
    int fd = tcp_dial(session, &to);
    tcp_send(session, fd, 5000);
    tcp_finish(session, fd);
    tcp_tally(session, fd, false);
    _exit(0);
  }
  while (wait(NULL) > 0 || errno == EINTR) {
  }
  done(session);
}

static void short_lived_receiver(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  tcp_serve(session, listener);
}

// Made and connected here, used by a child only.
static void handed_over(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  ready(session);
  int fd = tcp_dial(session, &to), ends[2];
  if (pipe(ends) < 0) fail(session, "make a pipe");
  if (fork_owner(session, "hw-handed-kid") == 0) {
    tcp_send(session, fd, STREAM);
    tcp_settle(fd);
    if (write(ends[1], "", 1) < 0) _exit(1);
    // Lives on with the socket until its parent ends.
    for (;;) pause();
  }
  char byte;
  if (read(ends[0], &byte, 1) != 1) fail(session, "wait for the child");
  done(session);
  tcp_tally(session, fd, false);
}

static void sink(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  tcp_sink(session, listener);
}

static void send_some(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  ready(session);
  int fd = tcp_dial(session, &to);
  tcp_send(session, fd, STREAM);
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

// The listener is made here; a worker that was forked before accepts and reads.
static void prefork(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false), ends[2];
  if (pipe(ends) < 0) fail(session, "make a pipe");
  if (fork_owner(session, "hw-worker") == 0) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) _exit(1);
    static char buffer[65536];
    for (uint32_t left = STREAM; left > 0;) {
      ssize_t length = read(fd, buffer, sizeof buffer);
      if (length <= 0) _exit(1);
      left -= length;
      add_to(&session->report->payload_in, length);
    }
    // An acknowledgement may be a little late.
    usleep(50000);
    tcp_tally(session, fd, true);
    if (write(ends[1], "", 1) < 0) _exit(1);
    for (;;) pause();
  }
  ready(session);
  more(NULL, 0);
  char byte;
  if (read(ends[0], &byte, 1) != 1) fail(session, "wait for the worker");
}

const struct kind process_kinds[] = {
  {"short", short_lived, short_lived_receiver},
  {"handed", handed_over, sink},
  {"prefork", send_some, prefork},
  {0},
};
