// TCP in its usual forms. Expected network-layer bytes come from the kernel's own count of each
// connection: what it sent. What the other end sent is what this one gets; the wire loses nothing.
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

static const char zeroes[65536];

static void limit_waiting(int fd) {
  struct timeval second = {.tv_sec = 2};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
}

int tcp_listen(struct session *session, int family, bool on_loopback) {
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  if (fd < 0) fail(session, "make a TCP socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_storage at = on_loopback ? loopback_address(family, session->port) : far_address(family, session->port);
  if (bind(fd, (void *)&at, address_size(&at)) < 0) fail(session, "bind a TCP socket");
  if (listen(fd, 1024) < 0) fail(session, "listen");
  return fd;
}

int tcp_dial(struct session *session, const struct sockaddr_storage *to) {
  int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail(session, "make a TCP socket");
  limit_waiting(fd);
  if (connect(fd, (const void *)to, address_size(to)) < 0) fail(session, "connect");
  return fd;
}

static int dial_far(struct session *session, int family) {
  struct sockaddr_storage to = far_address(family, session->port);
  return tcp_dial(session, &to);
}

void tcp_send(struct session *session, int fd, uint64_t count) {
  while (count > 0) {
    ssize_t sent = send(fd, zeroes, count < sizeof zeroes ? count : sizeof zeroes, MSG_NOSIGNAL);
    if (sent < 0) fail(session, "send");
    count -= sent;
    add_to(&session->report->payload_out, sent);
  }
}

static bool information(int fd, struct tcp_info *info) {
  socklen_t size = sizeof *info;
  memset(info, 0, sizeof *info);
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0;
}

void tcp_settle(int fd) {
  struct tcp_info info;
  for (int i = 0; i < 4000 && information(fd, &info) && (info.tcpi_unacked || info.tcpi_notsent_bytes); i++) usleep(250);
}

void tcp_tally(struct session *session, int fd, bool accepted) {
  struct tcp_info info;
  if (!information(fd, &info)) fail(session, "read tcp_info");
  int family = 0;
  socklen_t size = sizeof family;
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
  bool stamped = info.tcpi_options & TCPI_OPT_TIMESTAMPS;
  uint64_t ip = family == AF_INET ? IPV4_HEADER : IPV6_HEADER, header = stamped ? 32 : 20, syn_header = stamped ? 40 : 32;
  // A client counts its SYN, which is longer than the rest; an accepted socket was not there yet to count its own.
  uint64_t handshake = accepted ? ip + syn_header : syn_header - header;
  struct hw_traffic_report *report = session->report;
  add_to(&report->network_out, info.tcpi_bytes_sent + info.tcpi_segs_out * (ip + header) + handshake);
  add_to(&report->retransmitted, info.tcpi_total_retrans);
  add_to(&report->messages_out, info.tcpi_segs_out);
  add_to(&report->messages_in, info.tcpi_segs_in);
}

static ssize_t read_once(struct session *session, int fd, int flags) {
  static char buffer[1 << 18];
  ssize_t length = recv(fd, buffer, sizeof buffer, flags);
  if (length > 0) add_to(&session->report->payload_in, length);
  return length;
}

void tcp_finish(struct session *session, int fd) {
  shutdown(fd, SHUT_WR);
  while (read_once(session, fd, 0) > 0) {
  }
  // Until the last acknowledgement went or came.
  struct tcp_info info;
  for (int i = 0; i < 2000 && information(fd, &info) && info.tcpi_state != 7 /* TCP_CLOSE */; i++) usleep(100);
}

// ---- receiving ----------------------------------------------------------------------------------------------------

#define MOST_CONNECTIONS 16

void tcp_sink(struct session *session, int listener) {
  int fds[1 + MOST_CONNECTIONS] = {listener};
  size_t count = 1;
  bool open = true;
  while (open) {
    open = more(fds, count);
    for (size_t i = 1; i < count; i++)
      while (read_once(session, fds[i], MSG_DONTWAIT) > 0) {
      }
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    if (count <= MOST_CONNECTIONS && poll(&waiting, 1, 0) > 0) {
      int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (fd >= 0) fds[count++] = fd;
    }
  }
  for (size_t i = 1; i < count; i++) tcp_tally(session, fds[i], true);
}

void tcp_serve(struct session *session, int listener) {
  while (more(&listener, 1)) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    limit_waiting(fd);
    while (read_once(session, fd, 0) > 0) {
    }
    tcp_finish(session, fd);
    tcp_tally(session, fd, true);
    close(fd);
  }
}

static void sink(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  tcp_sink(session, listener);
}

static void sink_v6(struct session *session) {
  int listener = tcp_listen(session, AF_INET6, false);
  ready(session);
  tcp_sink(session, listener);
}

static void sink_loopback(struct session *session) {
  int listener = tcp_listen(session, AF_INET, true);
  ready(session);
  tcp_sink(session, listener);
}

static void serve(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  tcp_serve(session, listener);
}

// ---- kinds --------------------------------------------------------------------------------------------------------

static void stream(struct session *session, const struct sockaddr_storage *to, uint64_t count) {
  ready(session);
  int fd = tcp_dial(session, to);
  tcp_send(session, fd, count);
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

static void bulk(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  stream(session, &to, 32 << 20);
}

static void bulk_v6(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET6, session->port);
  stream(session, &to, 16 << 20);
}

static void loopback(struct session *session) {
  struct sockaddr_storage to = loopback_address(AF_INET, session->port);
  stream(session, &to, 32 << 20);
}

#define DUPLEX (16u << 20)

// Both ends send and receive at once.
static void exchange(struct session *session, int fd) {
  uint64_t left = DUPLEX, missing = DUPLEX;
  while (left || missing) {
    struct pollfd item = {.fd = fd, .events = (left ? POLLOUT : 0) | (missing ? POLLIN : 0)};
    if (poll(&item, 1, 2000) <= 0) fail(session, "wait for the other end");
    if (item.revents & POLLIN) {
      ssize_t length = read_once(session, fd, MSG_DONTWAIT);
      if (length > 0) missing -= length;
    }
    if (item.revents & POLLOUT) {
      ssize_t sent = send(fd, zeroes, left < sizeof zeroes ? left : sizeof zeroes, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) fail(session, "send");
      if (sent > 0) {
        left -= sent;
        add_to(&session->report->payload_out, sent);
      }
    }
  }
  tcp_settle(fd);
}

static void duplex(struct session *session) {
  ready(session);
  int fd = dial_far(session, AF_INET);
  exchange(session, fd);
  done(session);
  tcp_tally(session, fd, false);
}

static void duplex_receiver(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false);
  ready(session);
  if (!more(&listener, 1)) return;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail(session, "accept");
  exchange(session, fd);
  more(NULL, 0);
  tcp_tally(session, fd, true);
}

static void brief(struct session *session) {
  ready(session);
  int fd = dial_far(session, AF_INET);
  tcp_send(session, fd, 20000);
  usleep(50000);
  tcp_finish(session, fd);
  tcp_tally(session, fd, false);
  close(fd);
  done(session);
}

static void many(struct session *session) {
  ready(session);
  for (int i = 0; i < 500; i++) {
    int fd = dial_far(session, AF_INET);
    tcp_send(session, fd, 300);
    tcp_finish(session, fd);
    tcp_tally(session, fd, false);
    close(fd);
  }
  done(session);
}

struct strand {
  struct session *session;
  int fd;
};

static void *strand(void *context) {
  struct strand *strand = context;
  strand->fd = dial_far(strand->session, AF_INET);
  tcp_send(strand->session, strand->fd, 4 << 20);
  tcp_settle(strand->fd);
  return NULL;
}

static void parallel(struct session *session) {
  ready(session);
  pthread_t threads[8];
  struct strand strands[8];
  for (int i = 0; i < 8; i++) {
    strands[i] = (struct strand){.session = session};
    if ((errno = pthread_create(&threads[i], NULL, strand, &strands[i]))) fail(session, "start a thread");
  }
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  done(session);
  for (int i = 0; i < 8; i++) tcp_tally(session, strands[i].fd, false);
}

static void drip(struct session *session) {
  ready(session);
  int fd = dial_far(session, AF_INET), one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  for (int i = 0; i < 20; i++) {
    tcp_send(session, fd, 10);
    usleep(50000);
  }
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

#define FILE_SIZE (8 << 20)

static int memory_file(struct session *session) {
  int file = memfd_create("traffic", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, FILE_SIZE) < 0) fail(session, "make a file in memory");
  return file;
}

static void send_file(struct session *session) {
  int file = memory_file(session);
  ready(session);
  int fd = dial_far(session, AF_INET);
  off_t at = 0;
  while (at < FILE_SIZE) {
    ssize_t sent = sendfile(fd, file, &at, FILE_SIZE - at);
    if (sent <= 0) fail(session, "sendfile");
    add_to(&session->report->payload_out, sent);
  }
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

static void splice_sender(struct session *session) {
  int file = memory_file(session), ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) fail(session, "make a pipe");
  ready(session);
  int fd = dial_far(session, AF_INET);
  for (uint64_t left = FILE_SIZE; left > 0;) {
    ssize_t taken = splice(file, NULL, ends[1], NULL, left < 65536 ? left : 65536, 0);
    if (taken <= 0) fail(session, "splice from a file");
    left -= taken;
    while (taken > 0) {
      ssize_t sent = splice(ends[0], NULL, fd, NULL, taken, left ? SPLICE_F_MORE : 0);
      if (sent <= 0) fail(session, "splice to a socket");
      taken -= sent;
      add_to(&session->report->payload_out, sent);
    }
  }
  tcp_settle(fd);
  done(session);
  tcp_tally(session, fd, false);
}

static void splice_receiver(struct session *session) {
  int listener = tcp_listen(session, AF_INET, false), ends[2];
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (pipe2(ends, O_CLOEXEC) < 0 || nowhere < 0) fail(session, "make a pipe");
  ready(session);
  if (!more(&listener, 1)) return;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail(session, "accept");
  while (more(&fd, 1)) {
    ssize_t taken = splice(fd, NULL, ends[1], NULL, 65536, SPLICE_F_NONBLOCK);
    if (taken <= 0) continue;
    add_to(&session->report->payload_in, taken);
    while (taken > 0) {
      ssize_t gone = splice(ends[0], NULL, nowhere, NULL, taken, 0);
      if (gone <= 0) fail(session, "splice to /dev/null");
      taken -= gone;
    }
  }
  tcp_tally(session, fd, true);
}

const struct kind tcp_kinds[] = {
  {"bulk", bulk, sink},
  {"duplex", duplex, duplex_receiver},
  {"bulk6", bulk_v6, sink_v6},
  {"brief", brief, serve},
  {"many", many, serve},
  {"parallel", parallel, sink},
  {"drip", drip, sink},
  {"sendfile", send_file, sink},
  {"splice", splice_sender, splice_receiver},
  {"lo-tcp", loopback, sink_loopback},
  {0},
};
