// Below UDP and TCP: echoes, raw IP, frames.
#define _GNU_SOURCE
#include "session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <unistd.h>

// ---- echo ---------------------------------------------------------------------------------------------------------

#define ECHOES 300
#define ECHO_SIZE 1000

// A ping socket if this namespace permits them, else a raw one. The kernel at the other end answers by itself.
static int echo_socket(struct session *session, int family, bool *raw) {
  int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  // sysctl net.ipv4.ping_group_range='0 2147483647', in this namespace
  int range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
  if (range >= 0) {
    if (write(range, "0 2147483647", 12) < 0) errno = 0;
    close(range);
  }
  int fd = *raw ? -1 : socket(family, SOCK_DGRAM | SOCK_CLOEXEC, protocol);
  if (fd < 0) {
    *raw = true;
    fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol);
  }
  if (fd < 0) fail(session, "make an ICMP socket");
  struct timeval second = {.tv_sec = 1};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  // A ping socket's port is the echo's identifier.
  struct sockaddr_storage at = near_address(family, *raw ? 0 : session->port), to = far_address(family, 0);
  if (bind(fd, (void *)&at, address_size(&at)) < 0) fail(session, "bind an ICMP socket");
  if (connect(fd, (void *)&to, address_size(&to)) < 0) fail(session, "connect an ICMP socket");
  return fd;
}

static uint16_t sum(const void *bytes, size_t size) {
  uint32_t total = 0;
  for (const uint16_t *word = bytes; size > 1; size -= 2) total += *word++;
  while (total >> 16) total = (total & 0xFFFF) + (total >> 16);
  return ~total;
}

static void echo(struct session *session, int family, bool raw) {
  int fd = echo_socket(session, family, &raw);
  ready(session);
  uint64_t header = family == AF_INET ? IPV4_HEADER : IPV6_HEADER;
  for (int i = 0; i < ECHOES; i++) {
    union {
      struct icmphdr v4;
      struct icmp6_hdr v6;
      char bytes[ECHO_SIZE];
    } packet;
    memset(&packet, 0, sizeof packet);
    if (family == AF_INET) {
      packet.v4 = (struct icmphdr){.type = ICMP_ECHO};
      packet.v4.un.echo.id = htons(session->port);
      packet.v4.un.echo.sequence = htons(i);
      packet.v4.checksum = sum(&packet, sizeof packet);
    } else {
      packet.v6.icmp6_type = ICMP6_ECHO_REQUEST;
      packet.v6.icmp6_id = htons(session->port);
      packet.v6.icmp6_seq = htons(i);
    }
    if (send(fd, &packet, sizeof packet, 0) < 0) fail(session, "send an echo request");
    add_to(&session->report->messages_out, 1);
    add_to(&session->report->payload_out, sizeof packet);
    add_to(&session->report->network_out, sizeof packet + header);
    char answer[2048];
    ssize_t length = recv(fd, answer, sizeof answer, 0);
    if (length < 0) fail(session, "receive an echo reply");
    // An IPv4 raw socket gives the IP header too.
    bool with_header = raw && family == AF_INET;
    add_to(&session->report->messages_in, 1);
    add_to(&session->report->payload_in, length);
    add_to(&session->report->network_in, length + (with_header ? 0 : header));
  }
  done(session);
}

static void ping(struct session *session) { echo(session, AF_INET, false); }
static void ping_v6(struct session *session) { echo(session, AF_INET6, false); }
static void ping_raw(struct session *session) { echo(session, AF_INET, true); }

// ---- raw IP -------------------------------------------------------------------------------------------------------

#define EXPERIMENT 253  // RFC 3692
#define RAW_PACKETS 1000
#define RAW_SIZE 1200

static int raw_socket(struct session *session) {
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, EXPERIMENT), size = 16 << 20;
  if (fd < 0) fail(session, "make a raw IP socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  return fd;
}

static void raw(struct session *session) {
  static const char zeroes[RAW_SIZE];
  int fd = raw_socket(session);
  struct sockaddr_storage to = far_address(AF_INET, 0);
  ready(session);
  for (int i = 0; i < RAW_PACKETS; i++)
    if (sendto(fd, zeroes, sizeof zeroes, 0, (void *)&to, address_size(&to)) < 0) fail(session, "send a raw packet");
  session->report->messages_out = RAW_PACKETS;
  session->report->payload_out = RAW_PACKETS * RAW_SIZE;
  session->report->network_out = RAW_PACKETS * (RAW_SIZE + IPV4_HEADER);
  done(session);
}

static void raw_sink(struct session *session) {
  int fd = raw_socket(session);
  ready(session);
  char buffer[2048];
  for (bool open = true; open;) {
    open = more(&fd, 1);
    ssize_t length;
    do
      while ((length = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        session->report->messages_in += 1;
        session->report->payload_in += length - IPV4_HEADER;
        session->report->network_in += length;
      }
    while (!open && late(fd));
  }
}

// ---- frames -------------------------------------------------------------------------------------------------------

#define LOCAL_EXPERIMENT 0x88B5  // IEEE 802
#define FRAMES 1000
#define FRAME_SIZE 1000

static int frame_socket(struct session *session, int receive_protocol) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(receive_protocol)), size = 16 << 20;
  if (fd < 0) fail(session, "make a packet socket");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  struct sockaddr_ll at = {
    .sll_family = AF_PACKET, .sll_protocol = htons(receive_protocol), .sll_ifindex = if_nametoindex("hw0")};
  if (bind(fd, (void *)&at, sizeof at) < 0) fail(session, "bind a packet socket");
  return fd;
}

static void frames(struct session *session) {
  int fd = frame_socket(session, 0);
  char frame[ETH_HLEN + FRAME_SIZE] = {0};
  memset(frame, 0xFF, ETH_ALEN);
  frame[ETH_ALEN] = 2;
  frame[2 * ETH_ALEN] = (char)(LOCAL_EXPERIMENT >> 8);
  frame[2 * ETH_ALEN + 1] = (char)(LOCAL_EXPERIMENT & 0xFF);
  ready(session);
  for (int i = 0; i < FRAMES; i++)
    if (send(fd, frame, sizeof frame, 0) < 0) fail(session, "send a frame");
  session->report->messages_out = FRAMES;
  session->report->payload_out = session->report->network_out = FRAMES * FRAME_SIZE;
  done(session);
}

// Counts what arrives, to show that the frames did cross.
static void frames_sink(struct session *session) {
  int fd = frame_socket(session, LOCAL_EXPERIMENT);
  ready(session);
  char buffer[2048];
  for (bool open = true; open;) {
    open = more(&fd, 1);
    ssize_t length;
    do
      while ((length = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
        session->report->messages_in += 1;
        session->report->payload_in += length - ETH_HLEN;
      }
    while (!open && late(fd));
  }
}

const struct kind packet_kinds[] = {
  {"icmp", ping, NULL},
  {"icmp6", ping_v6, NULL},
  {"icmp-raw", ping_raw, NULL},
  {"raw", raw, raw_sink},
  {"packet", frames, frames_sink},
  {0},
};
