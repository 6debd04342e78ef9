// Tells what processes do with their sockets, call by call, without stopping them:
//
//   cgroup sock_create, post_bind, connect, sock_release   the calls of these names
//   cgroup getpeername                  accept() that asks for the peer's address, which does the same in the kernel
//   cgroup sendmsg, recvmsg             the address that goes with the datagram of the next line
//   tp_btf sock_{send,recv}_length      every send and receive with its result
//   tp_btf inet_sock_set_state          TCP: listen, connections that come up, fail, end
//   tp_btf inet_sk_error_report         errors that packets brought back to sockets that are not TCP
//   iter task_file                      owners of the sockets that were open before
//
// One ring-buffer record per event that the filter lets through.
// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
#include <stdbool.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "kernel_types.h"
#include "owners.h"
#include "socket_storage.h"
#include "hw_follow_records.h"

// The kernel gives its tracing helpers only to programs that declare a GPL-compatible licence.
char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define STATE_ESTABLISHED 1
#define STATE_SYN_SENT 2
#define STATE_SYN_RECEIVED 3
#define STATE_FIN_WAIT1 4
#define STATE_CLOSED 7
#define STATE_LAST_ACK 9
// PROC_PID_INIT_INO: the initial pid namespace has the same inode number everywhere.
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCu

// Set before loading.
const volatile struct hw_follow_filter filter SEC(".rodata.constant") = {};

struct followed_socket {
  __u64 cookie;
  __u64 payload_in, payload_out;
  struct hw_actor task;  // who used it last
  __u32 flags;
  __u16 local_port;  // the last that was known: a TCP socket gives it back before its state tells of the end
  __u16 reserved;
};
#define NOT_ACCEPTED 1u  // cloned from a listener, no process has touched it yet
#define CLOSED 2u        // its process closed it
#define MATCHED 4u       // an event of it had the wanted port

SOCKET_STORAGE(sockets, struct followed_socket, BPF_F_CLONE)

// Wanted processes, by their numbers in the reader's pid namespace.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, __u8);
} followed SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, __u32);
  __type(value, __u8);
} namespaces SEC(".maps");

// By thread: the address that the datagram in progress goes to or came from.
struct address {
  __u64 cookie;
  __u32 address[4];
  __u16 port;
  __u16 reserved[3];
};
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u32);
  __type(value, struct address);
} addresses SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 8 << 20);
} events SEC(".maps");

// Events that found no room.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} lost SEC(".maps");

// ---- the filter ---------------------------------------------------------------------------------------------------

static __always_inline bool is_wanted(__u32 process) {
  return !filter.by_process || bpf_map_lookup_elem(&followed, &process);
}

// Whether the process that makes this call is wanted.
static __always_inline bool caller_is_wanted(void) {
  if (!filter.by_process) return true;
  if (filter.reader_pid_namespace == INITIAL_PID_NAMESPACE) return is_wanted(bpf_get_current_pid_tgid() >> 32);
  struct task_struct *task = (void *)bpf_get_current_task();
  return is_wanted(number_in(BPF_CORE_READ(task, group_leader), filter.reader_pid_namespace));
}

// ---- events -------------------------------------------------------------------------------------------------------

struct notice {
  struct address *remote;  // if not the socket's own
  __s32 length, error;
  __u8 kind, from, to;
  bool by_caller;  // in the context of the process that makes the call
};

// `sk` may be any pointer. The cookie must have been made already.
static __noinline int tell(struct sock *sk, struct followed_socket *socket, struct notice *notice) {
  if (!socket || !notice) return 0;
  if (!notice->by_caller && !is_wanted(socket->task.tgid)) return 0;
  __u32 namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
  if (filter.by_namespace && !bpf_map_lookup_elem(&namespaces, &namespace)) return 0;

  __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
  struct hw_tuple tuple;
  own_tuple(sk, BPF_CORE_READ(sk, sk_protocol), family, &tuple);
  if (tuple.local_port)
    socket->local_port = tuple.local_port;
  else
    tuple.local_port = socket->local_port;
  if (notice->remote) {
    __builtin_memcpy(tuple.remote, notice->remote->address, sizeof tuple.remote);
    tuple.remote_port = notice->remote->port;
  }
  bool has_remote = notice->remote || tuple.remote_port ||
                    (tuple.remote[3] && !has_ports(tuple.protocol) && family != AF_PACKET);
  if (filter.port) {
    if (tuple.local_port == filter.port || tuple.remote_port == filter.port)
      socket->flags |= MATCHED;
    else if (has_remote || !(socket->flags & MATCHED))
      return 0;
  }

  struct hw_follow_event *event = bpf_ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) {
    __u32 zero = 0;
    __u64 *count = bpf_map_lookup_elem(&lost, &zero);
    if (count) __sync_fetch_and_add(count, 1);
    return 0;
  }
  __builtin_memset(event, 0, sizeof *event);
  event->boottime_ns = bpf_ktime_get_boot_ns();
  event->cookie = socket->cookie;
  if (notice->by_caller) {
    struct task_struct *thread = (void *)bpf_get_current_task();
    describe(thread, &event->task, filter.reader_pid_namespace);
    event->thread = number_in(thread, filter.reader_pid_namespace);
    socket->task = event->task;
  } else {
    event->task = socket->task;
  }
  event->tuple = tuple;
  event->payload_in = socket->payload_in;
  event->payload_out = socket->payload_out;
  event->network_namespace = namespace;
  event->length = notice->length;
  event->error = notice->error;
  event->family = family;
  event->kind = notice->kind;
  event->from = notice->from;
  event->to = notice->to;
  event->has_remote = has_remote;
  bpf_ringbuf_submit(event, 0);
  return 0;
}

// An accepted socket inherits the listener's record: it keeps the owner and starts to count from zero.
static __always_inline void begin(struct followed_socket *socket, __u64 cookie) {
  if (socket->cookie == cookie) return;
#ifdef HW_BY_ADDRESS
  if (socket->cookie >> 63) return;  // it has got a cookie by now, and goes on with the number that was told
#endif
  socket->payload_in = socket->payload_out = 0;
  socket->flags = socket->cookie ? NOT_ACCEPTED : 0;
  socket->cookie = cookie;
}

// A process uses the socket: gives whether its doings are wanted, and tells of the accept() that must have been before.
static __always_inline bool used(struct sock *sk, struct followed_socket *socket, __u64 cookie, bool wanted) {
  begin(socket, cookie);
  bool accepted = socket->flags & NOT_ACCEPTED;
  socket->flags &= ~NOT_ACCEPTED;
  if (!wanted) {
    if (socket->task.root_tgid != (__u32)(bpf_get_current_pid_tgid() >> 32))
      describe((struct task_struct *)bpf_get_current_task(), &socket->task, filter.reader_pid_namespace);
    return false;
  }
  if (accepted) {
    struct notice notice = {.kind = HW_FOLLOW_ACCEPT, .by_caller = true};
    tell(sk, socket, &notice);
  }
  return true;
}

#define STORAGE(sk, wanted) STORED(sockets, sk, wanted)

// ---- calls --------------------------------------------------------------------------------------------------------

static __always_inline int of_socket(struct bpf_sock *ctx, __u8 kind) {
  bool wanted = caller_is_wanted();
  struct followed_socket *socket = STORAGE(ctx, wanted);
  if (!socket) return ALLOW;
  struct sock *sk = as_number(ctx);
  if (used(sk, socket, bpf_get_socket_cookie(ctx), wanted)) {
    struct notice notice = {.kind = kind, .by_caller = true};
    tell(sk, socket, &notice);
  }
  if (kind == HW_FOLLOW_CLOSE) socket->flags |= CLOSED;
  if (kind == HW_FOLLOW_CLOSE && ctx->protocol != PROTO_TCP) FORGET(sockets, ctx);
  return ALLOW;
}

SEC("cgroup/sock_create") int on_sock_create(struct bpf_sock *ctx) { return of_socket(ctx, HW_FOLLOW_CREATE); }
SEC("cgroup/post_bind4") int on_bind4(struct bpf_sock *ctx) { return of_socket(ctx, HW_FOLLOW_BIND); }
SEC("cgroup/post_bind6") int on_bind6(struct bpf_sock *ctx) { return of_socket(ctx, HW_FOLLOW_BIND); }
SEC("cgroup/sock_release") int on_sock_release(struct bpf_sock *ctx) { return of_socket(ctx, HW_FOLLOW_CLOSE); }

static __always_inline void take_address(struct bpf_sock_addr *ctx, bool is_v6, struct address *address) {
  if (is_v6) {
    address->address[0] = ctx->user_ip6[0];
    address->address[1] = ctx->user_ip6[1];
    address->address[2] = ctx->user_ip6[2];
    address->address[3] = ctx->user_ip6[3];
  } else {
    map_v4(address->address, ctx->user_ip4);
  }
  address->port = bpf_ntohs(ctx->user_port);
}

static __always_inline int connecting(struct bpf_sock_addr *ctx, bool is_v6) {
  struct bpf_sock *held = ctx->sk;
  if (!held) return ALLOW;
  bool wanted = caller_is_wanted();
  struct followed_socket *socket = STORAGE(held, wanted);
  if (!socket) return ALLOW;
  struct sock *sk = as_number(held);
  if (!used(sk, socket, bpf_get_socket_cookie(ctx), wanted)) return ALLOW;
  struct address remote = {};
  take_address(ctx, is_v6, &remote);
  struct notice notice = {.kind = HW_FOLLOW_CONNECT, .by_caller = true, .remote = &remote};
  tell(sk, socket, &notice);
  return ALLOW;
}

SEC("cgroup/connect4") int on_connect4(struct bpf_sock_addr *ctx) { return connecting(ctx, false); }
SEC("cgroup/connect6") int on_connect6(struct bpf_sock_addr *ctx) { return connecting(ctx, true); }

static __always_inline int asking_peer(struct bpf_sock_addr *ctx) {
  struct bpf_sock *held = ctx->sk;
  if (!held) return ALLOW;
  bool wanted = caller_is_wanted();
  struct followed_socket *socket = STORAGE(held, wanted);
  if (socket) used(as_number(held), socket, bpf_get_socket_cookie(ctx), wanted);
  return ALLOW;
}

SEC("cgroup/getpeername4") int on_peername4(struct bpf_sock_addr *ctx) { return asking_peer(ctx); }
SEC("cgroup/getpeername6") int on_peername6(struct bpf_sock_addr *ctx) { return asking_peer(ctx); }

static __always_inline int addressed(struct bpf_sock_addr *ctx, bool is_v6) {
  if (!caller_is_wanted()) return ALLOW;
  struct address address = {.cookie = bpf_get_socket_cookie(ctx)};
  take_address(ctx, is_v6, &address);
  __u32 thread = bpf_get_current_pid_tgid();
  bpf_map_update_elem(&addresses, &thread, &address, BPF_ANY);
  return ALLOW;
}

SEC("cgroup/sendmsg4") int on_sendmsg4(struct bpf_sock_addr *ctx) { return addressed(ctx, false); }
SEC("cgroup/sendmsg6") int on_sendmsg6(struct bpf_sock_addr *ctx) { return addressed(ctx, true); }
SEC("cgroup/recvmsg4") int on_recvmsg4(struct bpf_sock_addr *ctx) { return addressed(ctx, false); }
SEC("cgroup/recvmsg6") int on_recvmsg6(struct bpf_sock_addr *ctx) { return addressed(ctx, true); }

static __always_inline int moved(struct sock *sk, int length, bool outward) {
  unsigned short family = sk->__sk_common.skc_family;
  if (family != AF_INET && family != AF_INET6 && family != AF_PACKET) return 0;
  bool wanted = caller_is_wanted();
  struct followed_socket *socket = STORAGE(sk, wanted);
  if (!socket) return 0;
  __u64 cookie = ANY_COOKIE(sk);
  wanted = used(sk, socket, cookie, wanted);
  if (length > 0) __sync_fetch_and_add(outward ? &socket->payload_out : &socket->payload_in, length);
  if (!wanted) return 0;
  struct notice notice = {
    .kind = outward ? HW_FOLLOW_SEND : HW_FOLLOW_RECEIVE,
    .by_caller = true,
    .length = length > 0 ? length : 0,
    .error = length < 0 ? -length : 0,
  };
  __u32 thread = bpf_get_current_pid_tgid();
  struct address *known = bpf_map_lookup_elem(&addresses, &thread), remote = {};
  if (known && known->cookie == cookie) {
    remote = *known;
    notice.remote = &remote;
  }
  tell(sk, socket, &notice);
  if (known) bpf_map_delete_elem(&addresses, &thread);
  return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int length) { return moved(sk, length, true); }

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int length, int flags) {
  return flags & MSG_PEEK && length >= 0 ? 0 : moved(sk, length, false);
}

#include "calls.h"

SEC("fexit/packet_recvmsg")
int BPF_PROG(on_packet_receive, struct socket *socket, void *message, __u64 size, int flags, int result) {
  return flags & MSG_PEEK && result >= 0 ? 0 : moved(socket->sk, result, false);
}

// ---- the kernel's own doings --------------------------------------------------------------------------------------

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_set_state, struct sock *sk, int from, int to) {
  if (sk->sk_protocol != PROTO_TCP) return 0;
  // The new connection still has its listener's addresses and cookie; ESTABLISHED follows.
  if (from == STATE_LISTEN && to == STATE_SYN_RECEIVED) return 0;
  // Only these come from listen(), connect(), shutdown() and close() alone.
  bool by_caller = to == STATE_LISTEN || to == STATE_SYN_SENT || to == STATE_FIN_WAIT1 || to == STATE_LAST_ACK;
  bool wanted = by_caller && caller_is_wanted();
  struct followed_socket *socket = STORAGE(sk, wanted || (!by_caller && !filter.by_process));
  if (!socket) return 0;
  __u64 cookie = ANY_COOKIE(sk);
  struct notice notice = {.kind = HW_FOLLOW_STATE, .by_caller = by_caller, .from = from, .to = to};
  if (by_caller) {
    if (!used(sk, socket, cookie, wanted)) return 0;
    bool closing = to == STATE_FIN_WAIT1 || to == STATE_LAST_ACK;
    if (closing && !(socket->flags & CLOSED)) notice.kind = HW_FOLLOW_SHUTDOWN;
  } else {
    begin(socket, cookie);
    if (to == STATE_CLOSED) notice.error = sk->sk_err;
  }
  tell(sk, socket, &notice);
  return 0;
}

static __always_inline int failed(struct sock *sk) {
  int error = sk->sk_err;
  // TCP's errors come with its state.
  if (sk->sk_protocol == PROTO_TCP || !error) return 0;
  struct followed_socket *socket = STORAGE(sk, !filter.by_process);
  if (!socket) return 0;
  begin(socket, ANY_COOKIE(sk));
  struct notice notice = {.kind = HW_FOLLOW_ERROR, .error = error};
  tell(sk, socket, &notice);
  return 0;
}

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(on_error, struct sock *sk) { return failed(sk); }

// Before Linux 5.14 there is no tracepoint.
SEC("fentry/sock_def_error_report")
int BPF_PROG(on_error_report, struct sock *sk) { return failed(sk); }

// ---- sockets that were there before -------------------------------------------------------------------------------

SEC("iter/task_file")
int seed(struct bpf_iter__task_file *ctx) {
  struct task_struct *task = ctx->task;
  struct file *file = ctx->file;
  if (!task || !file) return 0;
  struct socket *held = socket_of_file(file);
  if (!held) return 0;
  struct sock *sk = MEMBER(held, sk);
  if (!sk) return 0;
  unsigned short family = MEMBER(sk, __sk_common.skc_family);
  if (family != AF_INET && family != AF_INET6 && family != AF_PACKET) return 0;
  struct hw_actor holder = {};
  describe(task, &holder, filter.reader_pid_namespace);
  if (!is_wanted(holder.tgid)) return 0;
  struct followed_socket *socket = STORAGE(sk, true);
  if (!socket || socket->task.root_tgid) return 0;
  socket->cookie = ANY_COOKIE(sk);
  socket->task = holder;
  return 0;
}

#ifdef HW_BY_ADDRESS

// An accepted socket has its listener's record; see socket_storage.h.
SEC("fexit/inet_csk_clone_lock")
int BPF_PROG(on_clone, const struct sock *listener, void *request, unsigned int priority, struct sock *sk) {
  if (!sk) return 0;
  FORGET(sockets, sk);
  struct followed_socket *from = STORED(sockets, (void *)listener, false);
  struct followed_socket *socket = from ? STORED(sockets, sk, true) : 0;
  if (from && socket) *socket = *from;
  return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk) {
  FORGET(sockets, sk);
  return 0;
}

#endif
