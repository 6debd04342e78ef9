// Sends and receives where the kernel has no tracepoints for their results (before Linux 6.3): its functions, as they return.
// What includes this has `moved(sk, length, outward)`.
#ifndef CALLS_H
#define CALLS_H

#include "kernel_types.h"

SEC("fexit/inet_sendmsg")
int BPF_PROG(on_inet_send, struct socket *socket, void *message, __u64 size, int result) {
  return moved(socket->sk, result, true);
}

SEC("fexit/inet6_sendmsg")
int BPF_PROG(on_inet6_send, struct socket *socket, void *message, __u64 size, int result) {
  return moved(socket->sk, result, true);
}

SEC("fexit/inet_recvmsg")
int BPF_PROG(on_inet_receive, struct socket *socket, void *message, __u64 size, int flags, int result) {
  return flags & MSG_PEEK ? 0 : moved(socket->sk, result, false);
}

SEC("fexit/inet6_recvmsg")
int BPF_PROG(on_inet6_receive, struct socket *socket, void *message, __u64 size, int flags, int result) {
  return flags & MSG_PEEK ? 0 : moved(socket->sk, result, false);
}

// sendfile() and splice() to a socket, before Linux 6.5. What is not TCP goes on to inet_sendmsg().
SEC("fexit/inet_sendpage")
int BPF_PROG(on_send_page, struct socket *socket, void *page, int offset, __u64 size, int flags, long result) {
  struct sock *sk = socket->sk;
  return sk->sk_protocol == PROTO_TCP ? moved(sk, (int)result, true) : 0;
}

SEC("fexit/packet_sendmsg")
int BPF_PROG(on_packet_send, struct socket *socket, void *message, __u64 size, int result) {
  return moved(socket->sk, result, true);
}

#endif
