// Counts who sends how many bytes, in the kernel. One program, several attachments:
//
//   cgroup_skb ingress/egress   every IP packet that a socket receives or sends: bytes per socket and flow, by the
//                               addresses that the socket knows, which translation changes in what it sends
//   cgroup sock_create          the owner of a new socket
//   cgroup sock_release         the last record of a socket that is not TCP
//   tp_btf tcp_destroy_sock     the last record of a TCP socket
//   tp_btf sock_{send,recv}_length   the task that really does the I/O; frames sent by packet sockets
//   cgroup connect/sendmsg/bind the same with less, where the kernel has no length tracepoints (before Linux 6.3)
//   tp_btf net_dev_queue        packets that only pass this host: bytes per forwarded flow
//   tp_btf netif_receive_skb    what is received that is not IP, and ICMP
//   tp_btf kfree_skb            what is dropped, by the kernel's reason; what was counted as sent and then dropped
//   fexit inet_sendmsg …        the same as the length tracepoints, before Linux 6.3
//   iter task_file              owners of the sockets that were open before
//   iter bpf_sk_storage_map     reads all sockets that moved since the last reading
//
// Before Linux 5.13 it is built in another way (socket_storage.h), with two more:
//
//   fexit inet_csk_clone_lock   an accepted socket has its listener's owner
//   iter bpf_map_elem           in place of bpf_sk_storage_map
//
// Nothing is sent to user space per packet: one ring-buffer record per socket that closes, everything else is read
// from maps once per interval.
// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0
#include <stdbool.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "kernel_types.h"
#include "owners.h"
#include "hw_meter_records.h"
#include "socket_storage.h"
#include "meter_maps.h"
#include "packets.h"

// The kernel gives its tracing helpers only to programs that declare a GPL-compatible licence.
char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define AF_UNSPEC 0
#define SOCK_STREAM 1
#define SOCK_RAW 3
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86DD
#define ETHERNET_HEADER 14

// Set before loading: inode number of the reader's pid namespace.
const volatile __u32 reader_pid_namespace SEC(".rodata.constant") = 0;

static __always_inline void overflowed(__u32 which, __u64 amount) {
  __u64 *count = bpf_map_lookup_elem(&overflow, &which);
  if (count) __sync_fetch_and_add(count, amount);
}

static __always_inline void add(struct hw_direction *to, __u64 bytes, __u64 packets, __u64 extra_bytes,
                                __u64 extra_packets) {
  __sync_fetch_and_add(&to->bytes, bytes);
  __sync_fetch_and_add(&to->packets, packets);
  if (extra_packets) {
    __sync_fetch_and_add(&to->surplus_bytes, extra_bytes);
    __sync_fetch_and_add(&to->surplus_packets, extra_packets);
  }
}

// ---- owners -------------------------------------------------------------------------------------------------------

// Short processes and their parents are gone when they are asked for, and their cgroups too: only the kernel knows them then.
// Called by the process itself. A global function, which the verifier checks once for a program rather than at each call.
__noinline int remember(__u64 start_boottime_ns, __u32 root_tgid) {
  struct task_struct *thread = (struct task_struct *)bpf_get_current_task();
  struct hw_lineage_key key = {.start_boottime_ns = start_boottime_ns, .root_tgid = root_tgid};
  if (bpf_map_lookup_elem(&lineages, &key)) return 0;
  __u32 zero = 0;
  struct hw_lineage *lineage = bpf_map_lookup_elem(&lineage_scratch, &zero);
  if (!lineage) return 0;
  __builtin_memset(lineage, 0, sizeof *lineage);
  struct task_struct *task = thread;
  for (int i = 0; i < HW_GENERATIONS; i++) {
    task = BPF_CORE_READ(task, group_leader, real_parent, group_leader);
    if (!task) break;
    lineage->parents[i].start_boottime_ns = BPF_CORE_READ(task, start_boottime);
    lineage->parents[i].tgid = number_in(task, reader_pid_namespace);
    BPF_CORE_READ_STR_INTO(&lineage->parents[i].comm, task, comm);
    if (!lineage->parents[i].tgid) break;
  }
  struct kernfs_node *node = BPF_CORE_READ(thread, cgroups, dfl_cgrp, kn), *around = 0;
  bpf_probe_read_kernel_str(lineage->cgroup, sizeof lineage->cgroup, BPF_CORE_READ(node, name));
  if (bpf_core_field_exists(node->__parent))
    around = BPF_CORE_READ(node, __parent);
  else if (bpf_core_field_exists(node->parent))
    around = BPF_CORE_READ(node, parent);
  if (around) bpf_probe_read_kernel_str(lineage->slice, sizeof lineage->slice, BPF_CORE_READ(around, name));
  unsigned long from = BPF_CORE_READ(thread, mm, arg_start), to = BPF_CORE_READ(thread, mm, arg_end);
  if (from && to > from) {
    __u64 size = to - from;
    barrier_var(size);
    if (size > sizeof lineage->arguments) size = sizeof lineage->arguments;
    if (bpf_probe_read_user(lineage->arguments, size, (void *)from) == 0) lineage->arguments_size = size;
  }
  bpf_map_update_elem(&lineages, &key, lineage, BPF_ANY);
  return 0;
}

static __always_inline void describe_current(struct hw_actor *actor) {
  struct task_struct *thread = (struct task_struct *)bpf_get_current_task();
  describe(thread, actor, reader_pid_namespace);
  remember(actor->start_boottime_ns, actor->root_tgid);
}

// An accepted socket inherits the listener's record: it keeps the owner and starts to count from zero.
static __always_inline void begin(struct hw_socket *socket, __u64 cookie) {
  if (socket->cookie == cookie) return;
#ifdef HW_BY_ADDRESS
  if (socket->cookie)
    __builtin_memset(socket, 0, sizeof *socket);  // of another socket, which had the address before and whose end was not seen
  socket->cookie = cookie;
  return;
#endif
  __builtin_memset(&socket->in, 0, sizeof socket->in);
  __builtin_memset(&socket->out, 0, sizeof socket->out);
  __builtin_memset(&socket->lost_in, 0, sizeof socket->lost_in);
  __builtin_memset(&socket->lost_out, 0, sizeof socket->lost_out);
  socket->payload_in = socket->payload_out = socket->reported = 0;
  __builtin_memset(&socket->unsent, 0, sizeof socket->unsent);
  socket->calls_in = socket->calls_out = socket->calls_other = socket->parent = 0;
  socket->in_interface = socket->out_interface = 0;
  socket->flags = socket->cookie ? HW_SOCKET_ACCEPTED : 0;
  socket->cookie = cookie;
}

SEC("cgroup/sock_create")
int on_sock_create(struct bpf_sock *ctx) {
  struct hw_socket *socket = STORED(sockets, ctx, true);
  if (!socket) return ALLOW;
  begin(socket, bpf_get_socket_cookie(ctx));
  socket->family = ctx->family;
  describe_current(&socket->creator);
  socket->network_namespace = socket->creator.network_namespace;
  return ALLOW;
}

static __always_inline void acted(struct hw_socket *socket) {
  if (socket->actor.root_tgid != (__u32)(bpf_get_current_pid_tgid() >> 32)) describe_current(&socket->actor);
}

// ---- closing ------------------------------------------------------------------------------------------------------

static __always_inline void publish(struct hw_socket *socket) {
  if (!(socket->in.packets | socket->out.packets | socket->calls_in | socket->calls_out | (socket->flags & HW_SOCKET_FLOWS))) return;
  struct hw_socket *record = bpf_ringbuf_reserve(&closed, sizeof *record, 0);
  if (!record) {
    overflowed(0, 1);
    overflowed(1, socket->in.bytes + socket->out.bytes);
    return;
  }
  __builtin_memcpy(record, socket, sizeof *record);
  record->flags |= HW_SOCKET_CLOSED;
  // The reader comes by itself; it is only woken when the buffer is a quarter full.
  __u64 waiting = bpf_ringbuf_query(&closed, BPF_RB_AVAIL_DATA);
  bpf_ringbuf_submit(record, waiting > (2 << 20) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
  socket->cookie = 0;
}

SEC("cgroup/sock_release")
int on_sock_release(struct bpf_sock *ctx) {
  // A TCP socket goes on without its process until the connection is closed.
  if (ctx->protocol == PROTO_TCP) return ALLOW;
  struct hw_socket *socket = STORED(sockets, ctx, false);
  if (!socket) return ALLOW;
  if (socket->cookie == bpf_get_socket_cookie(ctx)) publish(socket);
  FORGET(sockets, ctx);
  return ALLOW;
}

// The cookie of the MPTCP connection that `sk` is a subflow of: processes know only that.
static __always_inline __u64 parent_of(struct sock *sk) {
  if (!bpf_core_type_exists(struct mptcp_subflow_context)) return 0;
  struct inet_connection_sock *connection = (void *)sk;
  const struct tcp_ulp_ops *protocol = BPF_CORE_READ(connection, icsk_ulp_ops);
  if (!protocol) return 0;
  char name[8] = {};
  BPF_CORE_READ_STR_INTO(&name, protocol, name);
  if (name[0] != 'm' || name[1] != 'p' || name[2] != 't') return 0;
  struct mptcp_subflow_context *subflow = BPF_CORE_READ(connection, icsk_ulp_data);
  return BPF_CORE_READ(subflow, conn, __sk_common.skc_cookie.counter);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_tcp_destroy, struct sock *sk) {
  struct hw_socket *socket = STORED(sockets, sk, false);
  if (!socket) return 0;
  if (socket->cookie && socket->cookie == (__u64)sk->__sk_common.skc_cookie.counter) {
    socket->network_namespace = sk->__sk_common.skc_net.net->ns.inum;
    if (!socket->creator.root_tgid) socket->parent = parent_of(sk);
    publish(socket);
  }
  FORGET(sockets, sk);
  return 0;
}

// ---- who does the I/O ---------------------------------------------------------------------------------------------

// A packet socket's frames pass no cgroup hook. What it receives are copies of others' packets.
static __noinline int sent_frame(struct sock *sk, int length) {
  __u64 cookie = ANY_COOKIE(sk);
  struct hw_socket *socket = bpf_map_lookup_elem(&frames, &cookie);
  if (!socket) {
    __u32 zero = 0;
    struct hw_socket *fresh = bpf_map_lookup_elem(&frame_scratch, &zero);
    if (!fresh) return 0;
    __builtin_memset(fresh, 0, sizeof *fresh);
    fresh->cookie = cookie;
    fresh->family = AF_PACKET;
    fresh->flags = HW_SOCKET_PACKET;
    fresh->network_namespace = sk->__sk_common.skc_net.net->ns.inum;
    bpf_map_update_elem(&frames, &cookie, fresh, BPF_NOEXIST);
    socket = bpf_map_lookup_elem(&frames, &cookie);
    if (!socket) {
      overflowed(1, length);
      return 0;
    }
  }
  acted(socket);
  // One that is not bound says with each frame where it goes: see `framed`.
  int bound = BPF_CORE_READ((struct packet_sock *)sk, ifindex);
  if (bound) socket->out_interface = bound;
  int header = sk->sk_type == SOCK_RAW && length > ETHERNET_HEADER ? ETHERNET_HEADER : 0;
  __sync_fetch_and_add(&socket->calls_out, 1);
  add(&socket->out, length - header, 1, 0, 0);
  return 0;
}

static __always_inline struct hw_writer_value *writer(struct hw_socket *socket, __u64 payload_in, __u64 payload_out) {
  struct hw_writer_key key = {
    .cookie = socket->cookie, .start_boottime_ns = socket->actor.start_boottime_ns, .root_tgid = socket->actor.root_tgid,
  };
  struct hw_writer_value *known = bpf_map_lookup_elem(&writers, &key);
  if (known) return known;
  struct hw_writer_value fresh = {.payload_in = payload_in, .payload_out = payload_out};
  fresh.actor = socket->actor;
  bpf_map_update_elem(&writers, &key, &fresh, BPF_NOEXIST);
  return bpf_map_lookup_elem(&writers, &key);
}

// Who of several processes moved how much: kept from when a second one comes.
static __noinline int share(struct hw_socket *socket, int length, bool outward) {
  if (!socket) return 0;
  if (!(socket->flags & HW_SOCKET_WRITERS)) {
    // What the first one did so far
    if (!writer(socket, socket->payload_in, socket->payload_out)) return 0;
    FLAG(socket->flags, HW_SOCKET_WRITERS);
  }
  acted(socket);
  struct hw_writer_value *current = writer(socket, 0, 0);
  if (current) __sync_fetch_and_add(outward ? &current->payload_out : &current->payload_in, length);
  return 0;
}

static __always_inline int moved(struct sock *sk, int length, bool outward) {
  if (length <= 0) return 0;
  unsigned short family = sk->__sk_common.skc_family;
  if (family == AF_PACKET && outward) return sent_frame(sk, length);
  if (family != AF_INET && family != AF_INET6) return 0;
  struct hw_socket *socket = STORED(sockets, sk, true);
  if (!socket) return 0;
  begin(socket, COOKIE(sk));
  if ((socket->flags & HW_SOCKET_WRITERS) ||
      (socket->actor.root_tgid && socket->actor.root_tgid != (__u32)(bpf_get_current_pid_tgid() >> 32) &&
       (socket->payload_in | socket->payload_out)))
    share(socket, length, outward);
  else
    acted(socket);
  __sync_fetch_and_add(outward ? &socket->calls_out : &socket->calls_in, 1);
  __sync_fetch_and_add(outward ? &socket->payload_out : &socket->payload_in, length);
  return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int length) { return moved(sk, length, true); }

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int length, int flags) {
  return flags & MSG_PEEK ? 0 : moved(sk, length, false);
}

#include "calls.h"

static __always_inline int addressed(struct bpf_sock_addr *ctx) {
  struct bpf_sock *sk = ctx->sk;
  if (!sk) return ALLOW;
  struct hw_socket *socket = STORED(sockets, sk, false);
  if (socket) acted(socket);
  return ALLOW;
}

SEC("cgroup/connect4") int on_connect4(struct bpf_sock_addr *ctx) { return addressed(ctx); }
SEC("cgroup/connect6") int on_connect6(struct bpf_sock_addr *ctx) { return addressed(ctx); }
SEC("cgroup/sendmsg4") int on_sendmsg4(struct bpf_sock_addr *ctx) { return addressed(ctx); }
SEC("cgroup/sendmsg6") int on_sendmsg6(struct bpf_sock_addr *ctx) { return addressed(ctx); }

// ---- packets of sockets -------------------------------------------------------------------------------------------

static __noinline int parse_packet(struct __sk_buff *skb, struct parsed *result) {
  if (!result) return 0;
#define LOAD(offset, to, size) bpf_skb_load_bytes(skb, offset, to, size)
  PARSE(LOAD, skb->protocol == bpf_htons(ETH_P_IPV6), result);
#undef LOAD
  return 0;
}

// False as long as the kernel's connection tracking is not there.
#define is_translation_known bpf_core_type_exists(struct nf_conn)

// What a packet that leaves was before translation, in place of what it is: the socket knows only that, and the answer
// comes back as that. Connection tracking keeps it for each of its two directions.
static __noinline int untranslate(struct __sk_buff *skb, struct hw_tuple *tuple) {
  if (!tuple || !is_translation_known) return 0;
  // Three bits say how the packet belongs to its connection, the others where that is.
  unsigned long tracked = BPF_CORE_READ((struct sk_buff *)skb, _nfct);
  struct nf_conn *connection = (void *)(tracked & ~7ul);
  if (!connection || !(BPF_CORE_READ(connection, status) & IPS_NAT_MASK)) return 0;
  struct nf_conntrack_tuple_hash *way =
    (tracked & 7) < IP_CT_IS_REPLY ? &connection->tuplehash[0] : &connection->tuplehash[1];
  // An ICMP error is tracked with the connection that it is about.
  if (BPF_CORE_READ(way, tuple.dst.protonum) != tuple->protocol || !tuple->local_port) return 0;
  BPF_CORE_READ_INTO(&tuple->local, way, tuple.src.u3.all);
  BPF_CORE_READ_INTO(&tuple->remote, way, tuple.dst.u3.all);
  tuple->local_port = bpf_ntohs(BPF_CORE_READ(way, tuple.src.u.all));
  // Of ICMP that is its type.
  tuple->remote_port = has_ports(tuple->protocol) ? bpf_ntohs(BPF_CORE_READ(way, tuple.dst.u.all)) : tuple->local_port;
  if (BPF_CORE_READ(way, tuple.src.l3num) == AF_INET) {
    map_v4(tuple->local, tuple->local[0]);
    map_v4(tuple->remote, tuple->remote[0]);
  }
  return 0;
}

// The low word of the remote address, as the socket and as the tuple have it.
static __always_inline __u32 low_word(struct bpf_sock *sk) {
  __u32 v6 = sk->dst_ip6[3];
  barrier_var(v6);  // or the compiler merges both loads into one at a computed offset, which the verifier refuses
  return sk->family == AF_INET6 ? v6 : sk->dst_ip4;
}

// Whether a packet that leaves has another destination than `peer`: a connected datagram socket may send elsewhere.
static __always_inline bool goes_elsewhere(struct __sk_buff *skb, const struct hw_tuple *peer) {
  const unsigned char *packet = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  const __u32 *address;
  const __u16 *port;
  bool differs;
  if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
    if (packet + 44 > end || packet[6] != peer->protocol) return true;
    address = (const void *)(packet + 24);
    port = (const void *)(packet + 42);
    differs = address[0] != peer->remote[0] || address[1] != peer->remote[1] || address[2] != peer->remote[2];
  } else {
    // Without options
    if (packet + 24 > end || packet[0] != 0x45) return true;
    address = (const void *)(packet + 4);
    port = (const void *)(packet + 22);
    differs = false;
  }
  return differs || address[3] != peer->remote[3] || *port != bpf_htons(peer->remote_port);
}

// Where a packet of a flow is counted: in the socket, if it is the socket's most used one by its usual interface.
static __always_inline struct hw_direction *direction_of(struct hw_socket *socket, const struct hw_tuple *tuple,
                                                         __u32 interface, __u32 network_namespace, bool outward) {
  if (!(socket->flags & HW_SOCKET_TUPLE)) {
    socket->tuple = *tuple;
    socket->flags |= HW_SOCKET_TUPLE | (outward ? HW_SOCKET_SENT_FIRST : HW_SOCKET_GOT_FIRST);
  }
  if (!network_namespace && same_tuple(&socket->tuple, tuple)) {
    __u32 *usual = outward ? &socket->out_interface : &socket->in_interface;
    if (*usual == 0) *usual = interface;
    if (*usual == interface) return outward ? &socket->out : &socket->in;
  }
  __sync_fetch_and_add(&socket->calls_other, 1);
  struct hw_flow_key key = {
    .cookie = socket->cookie, .tuple = *tuple, .interface = interface, .network_namespace = network_namespace,
  };
  struct hw_flow_value *flow = bpf_map_lookup_elem(&flows, &key);
  if (!flow) {
    struct hw_flow_value none = {.first = outward ? HW_SOCKET_SENT_FIRST : HW_SOCKET_GOT_FIRST};
    bpf_map_update_elem(&flows, &key, &none, BPF_NOEXIST);
    flow = bpf_map_lookup_elem(&flows, &key);
    socket->flags |= HW_SOCKET_FLOWS;
  }
  if (!flow) return outward ? &socket->lost_out : &socket->lost_in;
  return outward ? &flow->out : &flow->in;
}

// The namespace that a packet leaves by, if it is sent by a socket of the kernel itself: resets and ICMP errors of all
// namespaces go through the same few. 0 for any other socket.
static __always_inline __u32 borrowed_by(struct __sk_buff *skb, struct bpf_sock *sk) {
  struct sock *number = as_number(sk);
  struct socket *held = BPF_CORE_READ(number, sk_socket);
  if (!held || BPF_CORE_READ(held, file)) return 0;
  return BPF_CORE_READ((struct sk_buff *)skb, dev, nd_net.net, ns.inum);
}

// How many packets more (high half), and how many bytes more (low half), the fragments are that a datagram leaves as, or came
// as: it is seen here whole.
static __noinline __u64 fragments(struct __sk_buff *skb, bool outward) {
  bool is_v6 = skb->protocol == bpf_htons(ETH_P_IPV6);
  struct sk_buff *buffer = (struct sk_buff *)skb;
  __u32 largest, length = skb->len, header = is_v6 ? 40 : 20, added = is_v6 ? 8 : 0;
  if (outward) {
    largest = BPF_CORE_READ(buffer, dev, mtu);
  } else {
    __u16 came = 0;
    long control = (long)buffer + bpf_core_field_offset(struct sk_buff, cb);
    if (is_v6)
      came = BPF_CORE_READ((struct inet6_skb_parm *)control, frag_max_size);
    else
      came = BPF_CORE_READ((struct inet_skb_parm *)control, frag_max_size);
    largest = came;
  }
  if (largest < 68 || length <= largest) return 0;
  __u32 part = (largest - header - added) & 0xFFF8;
  if (!part) return 0;
  __u32 count = (length - header + part - 1) / part;
  return (__u64)(count - 1) << 32 | (count * added + (count - 1) * header);
}

#define SMALLEST_MTU 1280

static __always_inline int count(struct __sk_buff *skb, bool outward) {
  struct bpf_sock *sk = skb->sk;
  if (!sk) return ALLOW;
  sk = bpf_sk_fullsock(sk);
  if (!sk) return ALLOW;
  struct hw_socket *socket = STORED(sockets, sk, false);
  if (!socket) {
    socket = STORED(sockets, sk, true);
    if (!socket) return ALLOW;
  }
  __u64 bytes = skb->len, packets = 1, extra_bytes = 0, extra_packets = 0;
  __u32 segments = skb->gso_segs;
  __u32 interface = skb->ifindex;
  struct parsed packet = {};
  bool is_parsed = false;
  if (segments > 1) {
    parse_packet(skb, &packet);
    is_parsed = true;
    packets = segments;
    extra_packets = segments - 1;
    extra_bytes = extra_packets * packet.header;
    bytes += extra_bytes;
  } else if (bytes > SMALLEST_MTU && sk->protocol != PROTO_TCP) {
    __u64 more = fragments(skb, outward);
    packets += more >> 32;
    bytes += (__u32)more;
  }

  // The common case: a connected socket, its one flow, its usual interface.
  __u16 port = bpf_ntohs(sk->dst_port);
  bool is_stream = sk->protocol == PROTO_TCP && sk->type == SOCK_STREAM;
  if (port && port == socket->tuple.remote_port && socket->tuple.remote[3] == low_word(sk) &&
      (outward ? socket->out_interface : socket->in_interface) == interface &&
      (!outward || is_stream || !goes_elsewhere(skb, &socket->tuple))) {
    add(outward ? &socket->out : &socket->in, bytes, packets, extra_bytes, extra_packets);
    return ALLOW;
  }

  begin(socket, bpf_get_socket_cookie(skb));
  socket->family = sk->family;
  if (port && (is_stream || (!is_translation_known && sk->protocol == PROTO_UDP))) {
    // Whatever translation makes of the packets that leave: these are the socket's own.
    own_tuple(as_number(sk), sk->protocol, sk->family, &packet.tuple);
  } else {
    if (!is_parsed) parse_packet(skb, &packet);
    if (outward)
      untranslate(skb, &packet.tuple);
    else
      exchange(&packet.tuple);
  }
  if (sk->state == STATE_LISTEN && packet.tuple.protocol == PROTO_TCP) {
    // Handshakes of a listener: one flow without a remote, so that a flood of strangers fills no map.
    socket->flags |= HW_SOCKET_LISTENS;
    __builtin_memset(packet.tuple.remote, 0, sizeof packet.tuple.remote);
    packet.tuple.remote_port = 0;
  }
  struct hw_direction *direction = direction_of(socket, &packet.tuple, interface, port ? 0 : borrowed_by(skb, sk), outward);
  add(direction, bytes, packets, extra_bytes, extra_packets);
  return ALLOW;
}

SEC("cgroup_skb/ingress")
int on_ingress(struct __sk_buff *skb) { return count(skb, false); }

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *skb) { return count(skb, true); }

// ---- packets without a socket -------------------------------------------------------------------------------------

static __noinline int leave_over(__u32 network_namespace, __u32 kind_and_outward, __u32 interface, __u32 reason,
                                 __u32 bytes) {
  struct hw_leftover_key key = {
    .network_namespace = network_namespace,
    .interface = interface, .kind = kind_and_outward >> 1, .outward = kind_and_outward & 1, .reason = reason,
  };
  struct hw_direction *value = bpf_map_lookup_elem(&leftovers, &key);
  if (!value) {
    struct hw_direction none = {};
    bpf_map_update_elem(&leftovers, &key, &none, BPF_NOEXIST);
    value = bpf_map_lookup_elem(&leftovers, &key);
  }
  if (value) add(value, bytes, 1, 0, 0);
  return 0;
}

#define namespace_of(skb) BPF_CORE_READ(skb, dev, nd_net.net, ns.inum)

// Bytes from the network header on.
static __always_inline __u32 network_length(struct sk_buff *skb) {
  long link = (long)skb->network_header - (skb->data - skb->head);
  return link > 0 && link < skb->len ? skb->len - link : skb->len;
}

struct forward_scratch {
  struct hw_forward_key key;
  struct parsed packet;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct forward_scratch);
} forward_scratch SEC(".maps");

static __noinline int parse_buffer(struct sk_buff *skb, bool is_v6, struct parsed *result) {
  if (!skb || !result) return 0;
  unsigned char *network = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
#define LOAD(offset, to, size) bpf_probe_read_kernel(to, size, network + (offset))
  PARSE(LOAD, is_v6, result);
#undef LOAD
  return 0;
}

// How many packets it will be on the wire.
static __always_inline __u64 segments_of(struct sk_buff *skb) {
  struct skb_shared_info *shared = (void *)(skb->head + skb->end);
  __u32 segments = BPF_CORE_READ(shared, gso_segs);
  return segments > 1 ? segments : 1;
}

// Where the frames of a packet socket go that is not bound.
static __noinline int framed(struct sock *sk, __u32 interface) {
  __u64 cookie = sk->__sk_common.skc_cookie.counter;
  struct hw_socket *socket = bpf_map_lookup_elem(&frames, &cookie);
  if (socket && !socket->out_interface) socket->out_interface = interface;
  return 0;
}

// Whether it leaves by a macvtap or ipvtap, whose program wrote it.
static __noinline int leaves_a_tap(struct sk_buff *skb) {
  char kind[8] = {};
  const char *name = BPF_CORE_READ(skb, dev, rtnl_link_ops, kind);
  if (!name || bpf_probe_read_kernel_str(kind, sizeof kind, name) < 0) return 0;
  // The names are built in; no other kind ends so after its first three letters.
  bool is_macvtap = kind[0] == 'm' && kind[3] == 'v' && kind[4] == 't';
  return is_macvtap || (kind[0] == 'i' && kind[2] == 'v' && kind[3] == 't');
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(on_dev_queue, struct sk_buff *skb) {
  // Sent here. A socket alone is no sign of that: a guest's tap device and a container's veth keep theirs on the packets
  // that a bridge or a redirect passes on.
  struct sock *sender = skb->sk;
  bool is_guest = false;
  if (sender && !skb->skb_iif) {
    __u16 family = sender->__sk_common.skc_family;
    if (family == AF_PACKET) return framed(sender, skb->dev->ifindex);
    // A guest's, from a macvtap. Further down it is the macvtap's.
    is_guest = family == AF_UNSPEC && leaves_a_tap(skb);
    if (!is_guest) return 0;
  }
  __u16 protocol = bpf_ntohs(skb->protocol);
  __u32 bytes = network_length(skb);
  if (protocol != ETH_P_IP && protocol != ETH_P_IPV6) {
    leave_over(namespace_of(skb), HW_LEFTOVER_NON_IP << 1 | 1, skb->dev->ifindex, 0, bytes);
    return 0;
  }
  if (!skb->skb_iif && !is_guest) {
    leave_over(namespace_of(skb), HW_LEFTOVER_KERNEL << 1 | 1, skb->dev->ifindex, 0, bytes);
    return 0;
  }
  __u32 zero = 0;
  struct forward_scratch *scratch = bpf_map_lookup_elem(&forward_scratch, &zero);
  if (!scratch) return 0;
  __builtin_memset(scratch, 0, sizeof *scratch);
  parse_buffer(skb, protocol == ETH_P_IPV6, &scratch->packet);
  struct hw_forward_key *key = &scratch->key;
  key->network_namespace = skb->dev->nd_net.net->ns.inum;
  key->in_interface = skb->skb_iif;
  key->out_interface = skb->dev->ifindex;
  key->tuple = scratch->packet.tuple;

  __u64 packets = segments_of(skb);
  __u64 extra = (packets - 1) * scratch->packet.header;
  struct hw_forward_value *value = bpf_map_lookup_elem(&forwards, key);
  if (!value) {
    struct hw_forward_value none = {.first_ns = bpf_ktime_get_ns()};
    bpf_map_update_elem(&forwards, key, &none, BPF_NOEXIST);
    value = bpf_map_lookup_elem(&forwards, key);
  }
  if (value)
    add(&value->passed, bytes + extra, packets, extra, packets - 1);
  else
    overflowed(2, bytes + extra);
  return 0;
}

SEC("tp_btf/netif_receive_skb")
int BPF_PROG(on_receive, struct sk_buff *skb) {
  __u16 protocol = bpf_ntohs(skb->protocol);
  __u8 inner = 0;
  unsigned char *network = skb->head + skb->network_header;
  if (protocol == ETH_P_IP) {
    bpf_probe_read_kernel(&inner, 1, network + 9);
    if (inner != PROTO_ICMP) return 0;
  } else if (protocol == ETH_P_IPV6) {
    bpf_probe_read_kernel(&inner, 1, network + 6);
    if (inner != PROTO_ICMP6) return 0;
  }
  leave_over(namespace_of(skb), (inner ? HW_LEFTOVER_ICMP : HW_LEFTOVER_NON_IP) << 1, skb->dev->ifindex, 0, skb->len);
  return 0;
}

// The number of a reason, which differs from kernel to kernel; one that it does not have is none's.
#define REASON(name) \
  (bpf_core_enum_value_exists(enum skb_drop_reason, name) ? bpf_core_enum_value(enum skb_drop_reason, name) : ~0u)

// Whether packets are dropped for it only once they were queued to leave, so that they are counted as passed.
static __always_inline bool is_of_queue(__u32 reason) {
  return reason == REASON(SKB_DROP_REASON_QDISC_DROP) || reason == REASON(SKB_DROP_REASON_QDISC_OVERLIMIT) ||
         reason == REASON(SKB_DROP_REASON_QDISC_CONGESTED) || reason == REASON(SKB_DROP_REASON_CAKE_FLOOD) ||
         reason == REASON(SKB_DROP_REASON_FQ_BAND_LIMIT) || reason == REASON(SKB_DROP_REASON_FQ_HORIZON_LIMIT) ||
         reason == REASON(SKB_DROP_REASON_FQ_FLOW_LIMIT) || reason == REASON(SKB_DROP_REASON_FULL_RING);
}

// What passed and was counted, and then found no room on its way out.
static __noinline int unforwarded(struct sk_buff *skb) {
  __u32 zero = 0;
  struct forward_scratch *scratch = bpf_map_lookup_elem(&forward_scratch, &zero);
  if (!scratch) return 0;
  __builtin_memset(scratch, 0, sizeof *scratch);
  parse_buffer(skb, bpf_ntohs(skb->protocol) == ETH_P_IPV6, &scratch->packet);
  struct hw_forward_key *key = &scratch->key;
  key->network_namespace = namespace_of(skb);
  key->in_interface = skb->skb_iif;
  key->out_interface = BPF_CORE_READ(skb, dev, ifindex);
  key->tuple = scratch->packet.tuple;
  struct hw_forward_value *value = bpf_map_lookup_elem(&forwards, key);
  if (!value) return 0;
  __u64 packets = segments_of(skb), extra = (packets - 1) * scratch->packet.header;
  add(&value->unsent, network_length(skb) + extra, packets, extra, packets - 1);
  return 0;
}

static __always_inline int dropped(struct sk_buff *skb, __u32 reason) {
  // Only received packets that reached no socket; an empty device means that the packet never came from a wire. A virtual
  // cable leaves the sender's socket on them.
  if (!skb->skb_iif || !skb->dev) return 0;
  if (is_of_queue(reason)) unforwarded(skb);
  struct sock *sk = skb->sk;
  if (sk && sk->__sk_common.skc_net.net == skb->dev->nd_net.net) return 0;
  leave_over(namespace_of(skb), HW_LEFTOVER_DROPPED << 1, skb->skb_iif, reason, network_length(skb));
  return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(on_drop, struct sk_buff *skb, void *location, __u32 reason) { return dropped(skb, reason); }

// Before Linux 5.17 no reason is given.
SEC("tp_btf/kfree_skb")
int BPF_PROG(on_plain_drop, struct sk_buff *skb) { return dropped(skb, 0); }

// What a socket sent, was counted and dropped before a device took it: no neighbour answers, a queue is full, another
// program of the cgroup forbids it.
static __always_inline int unsent(struct sk_buff *skb, __u32 reason) {
  struct sock *sk = skb->sk;
  // With an input interface it was received; without a device it did not come as far as where it is counted, nor did what
  // the packet filter drops.
  if (!sk || skb->skb_iif || !skb->dev || reason == REASON(SKB_DROP_REASON_NETFILTER_DROP)) return 0;
  struct hw_socket *socket = STORED(sockets, sk, false);
  if (!socket || !(socket->flags & HW_SOCKET_TUPLE)) return 0;
  __u32 zero = 0, interface = skb->dev->ifindex, network_namespace = sk->__sk_common.skc_net.net->ns.inum;
  if (reason == REASON(SKB_DROP_REASON_CPU_BACKLOG))
    interface = socket->out_interface;  // a virtual cable does not count what its other end has no room for
  else if (network_namespace != namespace_of(skb))
    return 0;
  struct forward_scratch *scratch = bpf_map_lookup_elem(&forward_scratch, &zero);
  if (!scratch) return 0;
  __builtin_memset(scratch, 0, sizeof *scratch);
  parse_buffer(skb, bpf_ntohs(skb->protocol) == ETH_P_IPV6, &scratch->packet);
  __u64 packets = segments_of(skb), extra = (packets - 1) * scratch->packet.header, bytes = network_length(skb) + extra;
  bool is_usual = same_tuple(&socket->tuple, &scratch->packet.tuple) && socket->out_interface == interface;
  if (!is_usual && (socket->flags & HW_SOCKET_FLOWS)) {
    struct hw_flow_key key = {.cookie = socket->cookie, .interface = interface, .network_namespace = 0};
    key.tuple = scratch->packet.tuple;
    struct hw_flow_value *flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow) return 0;
    add(&flow->unsent, bytes, packets, extra, packets - 1);
    flow->unsent_reason = reason;
  } else {
    // A translation may have renamed the one flow of a socket by now, but not led it out by another interface.
    if (socket->out_interface != interface) return 0;
    add(&socket->unsent, bytes, packets, extra, packets - 1);
    socket->unsent_reason = reason;
  }
  return leave_over(network_namespace, HW_LEFTOVER_UNSENT << 1 | 1, interface, reason, bytes);
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(on_unsent, struct sk_buff *skb, void *location, __u32 reason) { return unsent(skb, reason); }

SEC("tp_btf/kfree_skb")
int BPF_PROG(on_plain_unsent, struct sk_buff *skb) { return unsent(skb, 0); }

// ---- reading ------------------------------------------------------------------------------------------------------

struct seeding {
  __u64 task;
  struct hw_actor actor;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct seeding);
} seeding SEC(".maps");

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
  if (family != AF_INET && family != AF_INET6) return 0;
  struct hw_socket *socket = STORED(sockets, sk, true);
  if (!socket || socket->creator.root_tgid) return 0;
  socket->cookie = COOKIE(sk);
  socket->family = family;
  socket->flags |= HW_SOCKET_SEEDED;
  // Descriptors come process by process: one description serves a whole table.
  __u32 zero = 0;
  struct seeding *last = bpf_map_lookup_elem(&seeding, &zero);
  if (!last) return 0;
  if (last->task != (__u64)task) {
    describe(task, &last->actor, reader_pid_namespace);
    last->task = (__u64)task;
  }
  socket->creator = last->actor;
  return 0;
}

#ifdef HW_BY_ADDRESS
#define NAMESPACE(sk) BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum)
#else
#define NAMESPACE(sk) (sk)->__sk_common.skc_net.net->ns.inum
#endif

static __always_inline int show(struct seq_file *to, struct sock *sk, struct hw_socket *socket) {
  __u64 moves = socket->in.packets + socket->out.packets + socket->calls_in + socket->calls_out + socket->calls_other +
                socket->unsent.packets;
  // A connection of many subflows is shown once before it moves: they are nobody's without it.
  if (MEMBER(sk, sk_protocol) == PROTO_MPTCP) moves++;
  if (moves == socket->reported) return 0;
  socket->network_namespace = NAMESPACE(sk);
  socket->state = MEMBER(sk, __sk_common.skc_state);
  if (MEMBER(sk, sk_protocol) == PROTO_TCP && !socket->creator.root_tgid) socket->parent = parent_of(sk);
  __u32 flags = socket->flags & ~(HW_SOCKET_ORPHAN | HW_SOCKET_KERNEL);
  struct socket *held = MEMBER(sk, sk_socket);
  if (!held)
    flags |= HW_SOCKET_ORPHAN;
  else if (!MEMBER(held, file))
    flags |= HW_SOCKET_KERNEL;
  socket->flags = flags;
  // The kernel brings what finds no room in its buffer again, at the next read.
  if (bpf_seq_write(to, socket, sizeof *socket) == 0) socket->reported = moves;
  return 0;
}

#ifdef HW_BY_ADDRESS

SEC("iter/bpf_map_elem")
int read_sockets(struct bpf_iter__bpf_map_elem *ctx) {
  __u64 *key = ctx->key;
  struct hw_socket *socket = ctx->value;
  if (!key || !socket || !socket->cookie) return 0;
  __u64 address = *key;
  struct sock *sk = (void *)address;
  if (socket->cookie == COOKIE(sk)) return show(ctx->meta->seq, sk, socket);
  // The socket is gone, and its end was not seen.
  bpf_map_delete_elem(&sockets, &address);
  return 0;
}

SEC("fexit/inet_csk_clone_lock")
int BPF_PROG(on_clone, const struct sock *listener, void *request, unsigned int priority, struct sock *sk) {
  if (!sk) return 0;
  struct hw_socket *from = STORED(sockets, (void *)listener, false);
  struct hw_socket *socket = STORED(sockets, sk, true);
  if (!socket) return 0;
  __builtin_memset(socket, 0, sizeof *socket);
  socket->flags = HW_SOCKET_ACCEPTED;
  if (!from) return 0;
  socket->family = from->family;
  socket->creator = from->creator;
  socket->actor = from->actor;
  return 0;
}

#else

SEC("iter/bpf_sk_storage_map")
int read_sockets(struct bpf_iter__bpf_sk_storage_map *ctx) {
  struct sock *sk = ctx->sk;
  struct hw_socket *socket = ctx->value;
  if (!sk || !socket) return 0;
  // A clone that has moved nothing yet still shows its listener's record.
  if (!socket->cookie || socket->cookie != (__u64)sk->__sk_common.skc_cookie.counter) return 0;
  return show(ctx->meta->seq, sk, socket);
}

#endif
