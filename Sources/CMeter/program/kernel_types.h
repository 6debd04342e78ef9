// The few kernel types that are read, with just the members that are read: libbpf relocates every access by the
// running kernel's own BTF (CO-RE), so neither offsets nor order matter here.
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common { unsigned int inum; };
struct net { struct ns_common ns; };
struct pid_namespace { struct ns_common ns; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };
struct nsproxy { struct net *net_ns; };
typedef struct { unsigned int val; } kuid_t;
struct cred { kuid_t euid; };
// `__parent` since Linux 6.15
struct kernfs_node { __u64 id; const char *name; struct kernfs_node *parent, *__parent; };
struct cgroup { struct kernfs_node *kn; };
struct css_set { struct cgroup *dfl_cgrp; };
struct mm_struct { unsigned long arg_start, arg_end; };
struct task_struct {
  unsigned int flags;
  int tgid;
  void *stack;
  __u64 start_boottime;
  struct task_struct *group_leader;
  struct task_struct *real_parent;
  struct mm_struct *mm;
  struct pid *thread_pid;
  struct nsproxy *nsproxy;
  struct cred *cred;
  struct css_set *cgroups;
  char comm[16];
};

typedef struct { struct net *net; } possible_net_t;
typedef struct { long long counter; } atomic64_t;
struct in6_addr { __u8 bytes[16]; };
struct sock_common {
  __be32 skc_daddr, skc_rcv_saddr;
  __be16 skc_dport;
  __u16 skc_num;
  unsigned short skc_family;
  volatile unsigned char skc_state;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
  atomic64_t skc_cookie;
};
struct file { void *private_data; };
struct sock;
struct socket { struct file *file; struct sock *sk; };
struct sock {
  struct sock_common __sk_common;
  __u16 sk_protocol;
  __u16 sk_type;
  int sk_err;
  struct socket *sk_socket;
};
struct tcp_ulp_ops { char name[16]; };
struct inet_connection_sock { const struct tcp_ulp_ops *icsk_ulp_ops; void *icsk_ulp_data; };
struct mptcp_subflow_context { struct sock *conn; };
struct tcp_sock { __u32 rcv_nxt, copied_seq; __u64 bytes_received; };
struct packet_sock { struct sock sk; int ifindex; };

struct rtnl_link_ops { char *kind; };
struct net_device { int ifindex; unsigned int mtu; possible_net_t nd_net; struct rtnl_link_ops *rtnl_link_ops; };
struct sk_buff {
  struct net_device *dev;
  struct sock *sk;
  unsigned int len;
  __be16 protocol;
  __u16 network_header;
  __u16 mac_len;
  int skb_iif;
  unsigned long _nfct;
  unsigned int end;
  unsigned char *head, *data;
  char cb[48];
};
struct inet_skb_parm { __u16 frag_max_size; };
struct inet6_skb_parm { __u16 frag_max_size; };
struct skb_shared_info { unsigned short gso_size; unsigned short gso_segs; };

union nf_inet_addr { __u32 all[4]; };
struct nf_conntrack_tuple {
  struct { union nf_inet_addr u3; union { __be16 all; } u; __u16 l3num; } src;
  struct { union nf_inet_addr u3; union { __be16 all; } u; __u8 protonum; } dst;
};
struct nf_conntrack_tuple_hash { struct nf_conntrack_tuple tuple; };
struct nf_conn { struct nf_conntrack_tuple_hash tuplehash[2]; unsigned long status; };

// The numbers are not used: they differ from kernel to kernel.
enum skb_drop_reason {
  SKB_DROP_REASON_NETFILTER_DROP = 8,
  SKB_DROP_REASON_QDISC_DROP = 37,
  SKB_DROP_REASON_CPU_BACKLOG = 44,
  SKB_DROP_REASON_FULL_RING = 52,
  SKB_DROP_REASON_QDISC_OVERLIMIT = 101,
  SKB_DROP_REASON_QDISC_CONGESTED = 102,
  SKB_DROP_REASON_CAKE_FLOOD = 103,
  SKB_DROP_REASON_FQ_BAND_LIMIT = 104,
  SKB_DROP_REASON_FQ_HORIZON_LIMIT = 105,
  SKB_DROP_REASON_FQ_FLOW_LIMIT = 106,
};

struct bpf_iter_meta { struct seq_file *seq; };
struct bpf_iter__task_file { struct bpf_iter_meta *meta; struct task_struct *task; __u32 fd; struct file *file; };
struct bpf_iter__bpf_map_elem { struct bpf_iter_meta *meta; struct bpf_map *map; void *key; void *value; };
struct bpf_iter__bpf_sk_storage_map { struct bpf_iter_meta *meta; struct bpf_map *map; struct sock *sk; void *value; };

#pragma clang attribute pop

#endif
