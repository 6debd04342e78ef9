// What the programs share: who makes a call, and addresses in one shape.
#ifndef OWNERS_H
#define OWNERS_H

#include "hw_meter_records.h"
#include "kernel_types.h"

#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_DCCP 33
#define PROTO_ICMP6 58
#define PROTO_SCTP 132
#define PROTO_UDPLITE 136
#define PROTO_MPTCP 262
#define STATE_LISTEN 10
#define PF_KTHREAD 0x00200000
#define MSG_PEEK 2
#define ALLOW 1

// The number of `task` in the pid namespace with inode `namespace`; 0 if it is not visible there.
static __always_inline __u32 number_in(struct task_struct *task, __u32 namespace) {
  struct pid *pid = BPF_CORE_READ(task, thread_pid);
  unsigned int top = BPF_CORE_READ(pid, level);
  for (unsigned int level = 0; level < 32; level++) {
    if (level > top) break;
    struct upid *number = (void *)((char *)__builtin_preserve_access_index(&pid->numbers[0]) +
                                   level * bpf_core_type_size(struct upid));
    if (BPF_CORE_READ(number, ns, ns.inum) == namespace) return BPF_CORE_READ(number, nr);
  }
  return 0;
}

// `reader_namespace`: inode number of the reader's pid namespace, in whose numbers the process is named.
static __always_inline int describe(struct task_struct *thread, struct hw_actor *actor, __u32 reader_namespace) {
  if (!actor) return 0;
  struct task_struct *task = BPF_CORE_READ(thread, group_leader);
  actor->start_boottime_ns = BPF_CORE_READ(task, start_boottime);
  actor->root_tgid = BPF_CORE_READ(task, tgid);
  actor->uid = BPF_CORE_READ(thread, cred, euid.val);
  actor->network_namespace = BPF_CORE_READ(thread, nsproxy, net_ns, ns.inum);
  actor->cgroup_id = BPF_CORE_READ(thread, cgroups, dfl_cgrp, kn, id);
  actor->flags = BPF_CORE_READ(thread, flags) & PF_KTHREAD ? HW_ACTOR_KERNEL_THREAD : 0;
  BPF_CORE_READ_STR_INTO(&actor->comm, task, comm);
  actor->tgid = number_in(task, reader_namespace);
  return 0;
}

static __always_inline void map_v4(__u32 *to, __u32 address) {
  to[0] = to[1] = 0;
  to[2] = bpf_htonl(0xFFFF);
  to[3] = address;
}

static __always_inline bool has_ports(__u8 protocol) {
  return protocol == PROTO_TCP || protocol == PROTO_UDP || protocol == PROTO_SCTP || protocol == PROTO_DCCP ||
         protocol == PROTO_UDPLITE;
}

// The verifier allows no arithmetic on pointers to sockets of cgroup programs; as a number it may be probed.
static __always_inline struct sock *as_number(void *pointer) {
  __u64 number = 0;
  bpf_probe_read_kernel(&number, sizeof number, &pointer);
  return (struct sock *)number;
}

// The addresses of `sk`, which may be any pointer: it is only read by probing.
static __always_inline void own_tuple(struct sock *sk, __u8 protocol, __u16 family, struct hw_tuple *tuple) {
  __builtin_memset(tuple, 0, sizeof *tuple);
  tuple->protocol = protocol;
  if (family == AF_INET) {
    map_v4(tuple->local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
    map_v4(tuple->remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
  } else if (family == AF_INET6) {
    BPF_CORE_READ_INTO((struct in6_addr *)tuple->local, sk, __sk_common.skc_v6_rcv_saddr);
    BPF_CORE_READ_INTO((struct in6_addr *)tuple->remote, sk, __sk_common.skc_v6_daddr);
  }
  if (family != AF_PACKET && has_ports(protocol)) {
    tuple->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    tuple->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
  }
}

#endif
