// What the kinds of traffic share: the phases of a child, its report, and the addresses.
#ifndef SESSION_H
#define SESSION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "hw_traffic.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER 8

/// One child process and its part.
struct session {
  uint16_t port;
  /// Shared with the processes that this one forks.
  struct hw_traffic_report *report;
};

/// Prepared: says so and waits for the word to go.
void ready(struct session *session);
/// All sent: says so and waits until the report is asked for.
void done(struct session *session);
/// Ends this process: the kernel can't do this kind, or something went wrong (errno and `step`).
_Noreturn void skip(struct session *session, const char *reason);
_Noreturn void fail(struct session *session, const char *step);

/// Waits until one of the descriptors is readable or hung up, or the report is asked for. False: asked for.
bool more(const int *fds, size_t count);
/// Data that arrives within a few milliseconds after the last sender is done.
bool late(int fd);

/// Gives the calling process its name, that of its first thread.
void rename_process(const char *name);
/// Forks; the child dies with its parent and is an owner of the traffic. 0 in the child.
pid_t fork_owner(struct session *session, const char *name);

struct sockaddr_storage near_address(int family, uint16_t port);
struct sockaddr_storage far_address(int family, uint16_t port);
struct sockaddr_storage loopback_address(int family, uint16_t port);
socklen_t address_size(const struct sockaddr_storage *address);
/// 28 for UDP over IPv4, 48 over IPv6.
uint64_t datagram_headers(int family);

static inline void add_to(uint64_t *counter, uint64_t amount) { __atomic_fetch_add(counter, amount, __ATOMIC_RELAXED); }

typedef void (*role_body)(struct session *session);
struct kind {
  const char *name;
  role_body sender, receiver;
};
extern const struct kind tcp_kinds[], datagram_kinds[], packet_kinds[], message_kinds[], process_kinds[], ring_kinds[];

// Shared by several kinds of TCP.
int tcp_listen(struct session *session, int family, bool on_loopback);
int tcp_dial(struct session *session, const struct sockaddr_storage *to);
void tcp_send(struct session *session, int fd, uint64_t count);
/// Waits until the other end has acknowledged all that was sent.
void tcp_settle(int fd);
/// Ends a connection from this end, having received the other's end, so that its counters are final.
void tcp_finish(struct session *session, int fd);
/// Adds the kernel's counters of what a connection sent to the report.
void tcp_tally(struct session *session, int fd, bool accepted);
/// Accepts and reads until the report is asked for.
void tcp_sink(struct session *session, int listener);
/// Accepts connections and serves each to its end, until the report is asked for.
void tcp_serve(struct session *session, int listener);

// Shared by kinds of datagrams.
int datagram_socket(struct session *session, const struct sockaddr_storage *bound, const struct sockaddr_storage *peer, int protocol);
void datagram_sink(struct session *session, const int *fds, size_t count, int family);
#endif
