// Tells what relays do: processes that have TCP connections of both directions, accepted and made by themselves.
//
//   tp_btf sock_{send,recv}_length      every send and receive with its result, its thread and its buffer's address
//   fexit inet_sendmsg …                the same before Linux 6.3
//   tp_btf tcp_rcv_space_adjust         receives by splice(), which the line above does not have
//   tp_btf inet_sock_set_state          ports that are listened on, connections that are made
//   tp_btf tcp_destroy_sock             connections that end
//
// A process is told of from the moment on when it has both directions; its last receive before that moment is told with
// it, being the cause of its first connection. Of all other processes only a flag is kept.
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
#include "call_buffer.h"
#include "hw_relay_records.h"

// The kernel gives its tracing helpers only to programs that declare a GPL-compatible licence.
char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define STATE_ESTABLISHED 1
#define STATE_SYN_SENT 2
#define STATE_SYN_RECV 3
#define STATE_TIME_WAIT 6
#define STATE_CLOSE_WAIT 8
#define STATE_LAST_ACK 9
#define STATE_CLOSING 11
#define EAGAIN 11
#define FIRST_EPHEMERAL 32768
// What a pipe holds unless a privileged process changed it.
#define MOST_BY_SPLICE (1 << 20)

// Set before loading.
const volatile struct hw_relay_options_record options SEC(".rodata.constant") = {};

struct relayed_socket {
  __u64 cookie;
  __u64 received;  // bytes
  __u32 process;  // who used it last
  __u32 flags;
};
#define OUTBOUND 1u   // its process connected
#define IDENTIFIED 2u // its addresses were told
#define TOLD 4u       // an event of it was told

SOCKET_STORAGE(sockets, struct relayed_socket, 0)

// By number in the initial pid namespace.
struct process {
  __u64 start;  // tells from another that had the number
  __u32 flags;
  __u32 lost;
  // The last receive on an accepted connection, as long as the process is no relay.
  __u64 cookie;
  __u32 thread;
  __s32 length;
};
#define HAS_INBOUND 1u
#define HAS_OUTBOUND 2u
#define RELAYS (HAS_INBOUND | HAS_OUTBOUND)
#define DESCRIBED 4u

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 32768);
  __type(key, __u32);
  __type(value, struct process);
} processes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, struct hw_relay_port);
  __type(value, __u8);
} listening SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 16 << 20);
} events SEC(".maps");

// Records that found no room.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} lost SEC(".maps");

// ---- records ------------------------------------------------------------------------------------------------------

// The reader looks into the buffer by itself.
static __always_inline void submit(void *record) { bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP); }

static __always_inline void missed(struct process *process) {
  __u32 zero = 0;
  __u64 *count = bpf_map_lookup_elem(&lost, &zero);
  if (count) __sync_fetch_and_add(count, 1);
  __sync_fetch_and_add(&process->lost, 1);
}

static __always_inline void describe_process(struct process *process, __u32 number) {
  if (process->flags & DESCRIBED) return;
  struct hw_relay_process *record = bpf_ringbuf_reserve(&events, sizeof *record, 0);
  if (!record) return missed(process);
  process->flags |= DESCRIBED;
  __builtin_memset(record, 0, sizeof *record);
  struct task_struct *leader = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), group_leader);
  record->event.kind = HW_RELAY_PROCESS;
  record->event.process = number;
  record->event.boottime_ns = bpf_ktime_get_boot_ns();
  record->event.lost = process->lost;
  record->start_boottime_ns = process->start;
  record->tgid = number_in(leader, options.reader_pid_namespace);
  BPF_CORE_READ_STR_INTO(&record->comm, leader, comm);
  submit(record);
}

static __always_inline void identify(struct sock *sk, struct relayed_socket *socket, struct process *process) {
  if (socket->flags & IDENTIFIED || !BPF_CORE_READ(sk, __sk_common.skc_num)) return;
  struct hw_relay_socket *record = bpf_ringbuf_reserve(&events, sizeof *record, 0);
  if (!record) return missed(process);
  socket->flags |= IDENTIFIED;
  __builtin_memset(record, 0, sizeof *record);
  record->event.kind = HW_RELAY_SOCKET;
  record->event.cookie = socket->cookie;
  record->event.process = socket->process;
  record->event.outbound = socket->flags & OUTBOUND ? 1 : 0;
  record->event.boottime_ns = bpf_ktime_get_boot_ns();
  record->event.lost = process->lost;
  record->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
  own_tuple(sk, PROTO_TCP, BPF_CORE_READ(sk, __sk_common.skc_family), &record->tuple);
  submit(record);
}

static __always_inline void tell(struct process *process, struct hw_relay_event *event) {
  struct hw_relay_event *record = bpf_ringbuf_reserve(&events, sizeof *record, 0);
  if (!record) return missed(process);
  *record = *event;
  record->lost = process->lost;
  record->boottime_ns = bpf_ktime_get_boot_ns();
  submit(record);
}

// ---- processes ----------------------------------------------------------------------------------------------------

static __noinline struct process *process_of_caller(__u32 number) {
  struct process *process = bpf_map_lookup_elem(&processes, &number);
  // Loads through typed pointers cost nothing; every probe would be a call.
#ifdef HW_BY_ADDRESS
  __u64 start = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), group_leader, start_boottime);
#else
  __u64 start = bpf_get_current_task_btf()->group_leader->start_boottime;
#endif
  if (process && process->start == start) return process;
  struct process fresh = {.start = start};
  bpf_map_update_elem(&processes, &number, &fresh, BPF_ANY);
  return bpf_map_lookup_elem(&processes, &number);
}

// The process has now both directions: what it did last is the cause of what it does next.
static __always_inline void begin(struct process *process, __u32 number) {
  describe_process(process, number);
  if (!process->cookie) return;
  struct hw_relay_event event = {
    .cookie = process->cookie,
    .process = number,
    .thread = process->thread,
    .length = process->length,
    .kind = HW_RELAY_RECEIVE,
  };
  process->cookie = 0;
  tell(process, &event);
}

// Of a connection that is older than the watch. One that a transparent proxy accepted has the port of the server that was
// meant, on which nobody listens here: it is a service's, and the other one the kernel's to give
// (net.ipv4.ip_local_port_range).
static __always_inline bool is_inbound(struct sock *sk) {
  struct hw_relay_port port = {
    .network_namespace = sk->__sk_common.skc_net.net->ns.inum,
    .port = sk->__sk_common.skc_num,
  };
  if (bpf_map_lookup_elem(&listening, &port)) return true;
  return port.port < FIRST_EPHEMERAL && bpf_ntohs(sk->__sk_common.skc_dport) >= FIRST_EPHEMERAL;
}

// ---- sends and receives -------------------------------------------------------------------------------------------

static __always_inline int moved(struct sock *sk, int length, bool outward) {
  __u64 both = bpf_get_current_pid_tgid();
  __u32 number = both >> 32;
  unsigned short family = sk->__sk_common.skc_family;
  if ((family != AF_INET && family != AF_INET6) || sk->sk_protocol != PROTO_TCP) {
    if (outward || length <= 0) return 0;
    struct process *process = bpf_map_lookup_elem(&processes, &number);
    if (!process || (process->flags & RELAYS) != RELAYS) return 0;
    struct hw_relay_event event = {
      .process = number, .thread = (__u32)both, .length = length, .kind = HW_RELAY_OTHER};
    tell(process, &event);
    return 0;
  }
  if (length < 0 && (outward || length != -EAGAIN)) return 0;
  struct relayed_socket *socket = STORED(sockets, sk, false);
  // Having asked in vain is told once: it says who has the connection.
  if (length < 0 && socket && socket->flags & TOLD) return 0;
  struct process *process = process_of_caller(number);
  if (!process) return 0;
  bool outbound = socket ? socket->flags & OUTBOUND : !is_inbound(sk);
  process->flags |= outbound ? HAS_OUTBOUND : HAS_INBOUND;
  struct hw_relay_event event = {
    .process = number,
    .thread = (__u32)both,
    .length = length,
    .kind = outward ? HW_RELAY_SEND : HW_RELAY_RECEIVE,
    .outbound = outbound,
  };
  if ((process->flags & RELAYS) != RELAYS) {
    if (outbound || outward) return 0;
    __u64 cookie = ANY_COOKIE(sk);
    // A program reads until nothing is left: what it read before is what it works on.
    if (length < 0 && process->length > 0 && process->cookie == cookie && process->thread == event.thread) return 0;
    process->cookie = cookie;
    process->thread = event.thread;
    process->length = length;
    return 0;
  }
  if (!socket) {
    socket = STORED(sockets, sk, true);
    if (!socket) {
      missed(process);
      return 0;
    }
    socket->cookie = ANY_COOKIE(sk);
    socket->flags = outbound ? OUTBOUND : 0;
  }
  socket->process = number;
  begin(process, number);
  identify(sk, socket, process);
  socket->flags |= TOLD;
  if (!outward && length > 0) socket->received += length;
  event.cookie = socket->cookie;
  event.address = buffer_of_call();
  tell(process, &event);
  return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int length) { return moved(sk, length, true); }

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int length, int flags) {
  return flags & MSG_PEEK ? 0 : moved(sk, length, false);
}

#include "calls.h"

// Called with every part that a receive copies, and once with all that a splice() took, before its sends.
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(on_splice, struct sock *sk) {
  if (!in_splice()) return 0;
  struct tcp_sock *tcp = (void *)sk;
  __u32 waiting = BPF_CORE_READ(tcp, rcv_nxt) - BPF_CORE_READ(tcp, copied_seq);
  __u64 taken = BPF_CORE_READ(tcp, bytes_received) - waiting;
  // The kernel counts a FIN as a byte: the end of the stream must not look like data.
  unsigned char state = sk->__sk_common.skc_state;
  bool ended = state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING || state == STATE_TIME_WAIT;
  if (ended && !waiting) taken--;
  struct relayed_socket *socket = STORED(sockets, sk, false);
  __s64 length = taken - (socket ? socket->received : 0);
  if (length <= 0) return 0;
  // Of a connection that is older than the watch, the first figure would be all that it ever received.
  return moved(sk, length < MOST_BY_SPLICE ? length : MOST_BY_SPLICE, false);
}

// ---- connections --------------------------------------------------------------------------------------------------

static __always_inline void listens(struct sock *sk) {
  struct hw_relay_port port = {
    .network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
    .port = BPF_CORE_READ(sk, __sk_common.skc_num),
  };
  __u8 present = 1;
  bpf_map_update_elem(&listening, &port, &present, BPF_ANY);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_set_state, struct sock *sk, int from, int to) {
  if (sk->sk_protocol != PROTO_TCP) return 0;
  if (to == STATE_LISTEN) {
    listens(sk);
  } else if (from == STATE_SYN_RECV && to == STATE_ESTABLISHED) {
    // It is accepted, whatever its local port: that of a transparent proxy's connection is not listened on.
    struct relayed_socket *socket = STORED(sockets, sk, true);
    if (socket && !socket->cookie) socket->cookie = ANY_COOKIE(sk);
  } else if (to == STATE_SYN_SENT) {
    __u64 both = bpf_get_current_pid_tgid();
    __u32 number = both >> 32;
    struct relayed_socket *socket = STORED(sockets, sk, true);
    struct process *process = process_of_caller(number);
    if (!socket || !process) return 0;
    socket->cookie = ANY_COOKIE(sk);
    socket->process = number;
    socket->flags = OUTBOUND;
    process->flags |= HAS_OUTBOUND;
    if ((process->flags & RELAYS) != RELAYS) return 0;
    begin(process, number);
    socket->flags |= TOLD;
    struct hw_relay_event event = {
      .cookie = socket->cookie,
      .process = number,
      .thread = (__u32)both,
      .kind = HW_RELAY_CONNECT,
      .outbound = 1,
    };
    tell(process, &event);
  } else if (from == STATE_SYN_SENT && to == STATE_ESTABLISHED) {
    struct relayed_socket *socket = STORED(sockets, sk, false);
    if (!socket || !(socket->flags & TOLD)) return 0;
    struct process *process = bpf_map_lookup_elem(&processes, &socket->process);
    if (process) identify(sk, socket, process);
  }
  return 0;
}

static __always_inline int destroyed(struct sock *sk) {
  struct relayed_socket *socket = STORED(sockets, sk, false);
  if (!socket || !(socket->flags & TOLD)) return 0;
  struct process *process = bpf_map_lookup_elem(&processes, &socket->process);
  if (!process) return 0;
  __u64 both = bpf_get_current_pid_tgid();
  struct hw_relay_event event = {
    .cookie = socket->cookie,
    .process = socket->process,
    // A packet may have ended it in the middle of whatever runs.
    .thread = both >> 32 == socket->process ? (__u32)both : 0,
    .kind = HW_RELAY_CLOSE,
    .outbound = socket->flags & OUTBOUND ? 1 : 0,
  };
  tell(process, &event);
  return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(on_destroy, struct sock *sk) {
  destroyed(sk);
  FORGET(sockets, sk);
  return 0;
}
