// UDP and UDP-Lite: every datagram is one packet with headers of a fixed size, so what is expected is exact.
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

static const char zeroes[2048];

int datagram_socket(
    struct session *session, const struct sockaddr_storage *bound, const struct sockaddr_storage *peer, int protocol) {
  const struct sockaddr_storage *either = bound ? bound : peer;
  int fd = socket(either->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, protocol);
  if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT)) skip(session, "this kernel has no such protocol");
  if (fd < 0) fail(session, "make a datagram socket");
  // A queue that holds a whole burst; what doesn't fit is counted all the same.
  int size = 256 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct timeval second = {.tv_sec = 1};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  if (bound && bind(fd, (const void *)bound, address_size(bound)) < 0) fail(session, "bind a datagram socket");
  if (peer && connect(fd, (const void *)peer, address_size(peer)) < 0) fail(session, "connect a datagram socket");
  return fd;
}

// Packets that reached the socket and found its queue full: they crossed the network layer too.
static uint32_t dropped(int fd) {
  uint32_t values[SK_MEMINFO_VARS] = {0};
  socklen_t size = sizeof values;
  getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &size);
  return values[SK_MEMINFO_DROPS];
}

static void received(struct session *session, ssize_t length, int family) {
  add_to(&session->report->payload_in, length);
  add_to(&session->report->messages_in, 1);
  add_to(&session->report->network_in, length + datagram_headers(family));
}

void datagram_sink(struct session *session, const int *fds, size_t count, int family) {
  char buffer[2048];
  ssize_t length, last = 0;
  bool open = true;
  while (open) {
    open = more(fds, count);
    for (size_t i = 0; i < count; i++)
      do
        while ((length = recv(fds[i], buffer, sizeof buffer, MSG_DONTWAIT)) >= 0) received(session, last = length, family);
      while (!open && late(fds[i]));
  }
  for (size_t i = 0; i < count; i++)
    add_to(&session->report->network_in, dropped(fds[i]) * (last + datagram_headers(family)));
}

static void sent(struct session *session, uint64_t count, size_t size, int family) {
  add_to(&session->report->payload_out, count * size);
  add_to(&session->report->messages_out, count);
  add_to(&session->report->network_out, count * (size + datagram_headers(family)));
}

static void burst(struct session *session, const struct sockaddr_storage *to, int protocol, uint32_t count, size_t size) {
  int fd = datagram_socket(session, NULL, to, protocol);
  ready(session);
  for (uint32_t i = 0; i < count; i++)
    if (send(fd, zeroes, size, 0) < 0) fail(session, "send a datagram");
  sent(session, count, size, to->ss_family);
  done(session);
}

static void sink_at(struct session *session, struct sockaddr_storage at, int protocol) {
  int fd = datagram_socket(session, &at, NULL, protocol);
  ready(session);
  datagram_sink(session, &fd, 1, at.ss_family);
}

static void udp(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  burst(session, &to, IPPROTO_UDP, 5000, 1000);
}
static void udp_sink(struct session *session) { sink_at(session, far_address(AF_INET, session->port), IPPROTO_UDP); }

static void udp_v6(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET6, session->port);
  burst(session, &to, IPPROTO_UDP, 5000, 1000);
}
static void udp_v6_sink(struct session *session) { sink_at(session, far_address(AF_INET6, session->port), IPPROTO_UDP); }

static void small(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  burst(session, &to, IPPROTO_UDP, 100000, 64 - UDP_HEADER - IPV4_HEADER);
}

static void lite(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  burst(session, &to, IPPROTO_UDPLITE, 2000, 900);
}
static void lite_sink(struct session *session) { sink_at(session, far_address(AF_INET, session->port), IPPROTO_UDPLITE); }

static void loopback(struct session *session) {
  struct sockaddr_storage to = loopback_address(AF_INET, session->port);
  burst(session, &to, IPPROTO_UDP, 5000, 1000);
}
static void loopback_sink(struct session *session) { sink_at(session, loopback_address(AF_INET, session->port), IPPROTO_UDP); }

#define PEERS 4

static void peers(struct session *session) {
  struct sockaddr_storage at = near_address(AF_INET, 0);
  int fd = datagram_socket(session, &at, NULL, IPPROTO_UDP);
  ready(session);
  for (uint32_t i = 0; i < 1000 * PEERS; i++) {
    struct sockaddr_storage to = far_address(AF_INET, session->port + i % PEERS);
    // Each peer gets datagrams of another size.
    size_t size = 200 * (i % PEERS + 1);
    if (sendto(fd, zeroes, size, 0, (void *)&to, address_size(&to)) < 0) fail(session, "send a datagram");
    sent(session, 1, size, AF_INET);
  }
  done(session);
}

static void peers_sink(struct session *session) {
  int fds[PEERS];
  for (int i = 0; i < PEERS; i++) {
    struct sockaddr_storage at = far_address(AF_INET, session->port + i);
    fds[i] = datagram_socket(session, &at, NULL, IPPROTO_UDP);
  }
  ready(session);
  datagram_sink(session, fds, PEERS, AF_INET);
}

#define BATCH 32

static void send_many(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  int fd = datagram_socket(session, NULL, &to, IPPROTO_UDP);
  struct iovec part = {.iov_base = (void *)zeroes, .iov_len = 500};
  struct mmsghdr batch[BATCH];
  memset(batch, 0, sizeof batch);
  for (int i = 0; i < BATCH; i++) batch[i].msg_hdr = (struct msghdr){.msg_iov = &part, .msg_iovlen = 1};
  ready(session);
  for (int i = 0; i < 100; i++) {
    int count = sendmmsg(fd, batch, BATCH, 0);
    if (count < 0) fail(session, "sendmmsg");
    sent(session, count, part.iov_len, AF_INET);
  }
  done(session);
}

static void receive_many(struct session *session) {
  struct sockaddr_storage at = far_address(AF_INET, session->port);
  int fd = datagram_socket(session, &at, NULL, IPPROTO_UDP);
  static char buffers[BATCH][2048];
  struct iovec parts[BATCH];
  struct mmsghdr batch[BATCH];
  memset(batch, 0, sizeof batch);
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){.iov_base = buffers[i], .iov_len = sizeof buffers[i]};
    batch[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
  ready(session);
  bool open = true;
  while (open) {
    open = more(&fd, 1);
    do {
      int count;
      while ((count = recvmmsg(fd, batch, BATCH, MSG_DONTWAIT, NULL)) > 0)
        for (int i = 0; i < count; i++) received(session, batch[i].msg_len, AF_INET);
    } while (!open && late(fd));
  }
}

static void offload(struct session *session) {
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  int fd = datagram_socket(session, NULL, &to, IPPROTO_UDP), size = 100;
  if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) skip(session, "this kernel has no UDP_SEGMENT");
  ready(session);
  for (int i = 0; i < 200; i++) {
    if (send(fd, zeroes, 2000, 0) < 0) fail(session, "send a datagram");
    sent(session, 20, 100, AF_INET);
  }
  done(session);
}

const struct kind datagram_kinds[] = {
  {"udp", udp, udp_sink},
  {"udp6", udp_v6, udp_v6_sink},
  {"peers", peers, peers_sink},
  {"small", small, udp_sink},
  {"udp-gso", offload, udp_sink},
  {"udplite", lite, lite_sink},
  {"sendmmsg", send_many, udp_sink},
  {"recvmmsg", udp, receive_many},
  {"lo-udp", loopback, loopback_sink},
  {0},
};
