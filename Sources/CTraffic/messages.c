// SCTP, where the kernel has it.
#define _GNU_SOURCE
#include "session.h"

#include <errno.h>
#include <linux/sctp.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES 2000
// With its chunk header, the common header and IPv4's, one packet of 1448 bytes.
#define MESSAGE_SIZE 1400
#define SCTP_HEADERS (16 + 12 + IPV4_HEADER)

static int message_socket(struct session *session) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP), one = 1;
  if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT)) skip(session, "this kernel has no SCTP");
  if (fd < 0) fail(session, "make an SCTP socket");
  setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &one, sizeof one);
  return fd;
}

// DATA from what was sent; the rest (SACK 16, others about 20) from the association's own counters.
static void tally(struct session *session, int fd) {
  struct sctp_assoc_stats stats;
  socklen_t size = sizeof stats;
  memset(&stats, 0, sizeof stats);
  if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_STATS, &stats, &size) < 0) fail(session, "read the association's counters");
  struct hw_traffic_report *report = session->report;
  report->network_out = report->payload_out + report->messages_out * 16 + stats.sas_opackets * (12 + IPV4_HEADER) +
                        stats.sas_octrlchunks * 16;
}

static void sender(struct session *session) {
  static const char zeroes[MESSAGE_SIZE];
  int fd = message_socket(session);
  struct sockaddr_storage to = far_address(AF_INET, session->port);
  ready(session);
  if (connect(fd, (void *)&to, address_size(&to)) < 0) fail(session, "connect an SCTP socket");
  for (int i = 0; i < MESSAGES; i++) {
    if (send(fd, zeroes, sizeof zeroes, MSG_NOSIGNAL) < 0) fail(session, "send a message");
    add_to(&session->report->payload_out, sizeof zeroes);
    add_to(&session->report->messages_out, 1);
  }
  usleep(300000);
  done(session);
  tally(session, fd);
}

static void receiver(struct session *session) {
  int listener = message_socket(session);
  struct sockaddr_storage at = far_address(AF_INET, session->port);
  if (bind(listener, (void *)&at, address_size(&at)) < 0 || listen(listener, 1) < 0) fail(session, "listen");
  ready(session);
  if (!more(&listener, 1)) return;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) fail(session, "accept");
  char buffer[2048];
  while (more(&fd, 1)) {
    ssize_t length = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (length <= 0) continue;
    add_to(&session->report->payload_in, length);
    add_to(&session->report->messages_in, 1);
  }
  tally(session, fd);
}

const struct kind message_kinds[] = {{"sctp", sender, receiver}, {0}};
