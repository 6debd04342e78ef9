// The records that the eBPF program and the readers of its maps share. Addresses are 16 bytes in network order (IPv4 is
// mapped: ::ffff:a.b.c.d); ports are in host order; all other integers are in the machine's byte order.
#ifndef HW_METER_RECORDS_H
#define HW_METER_RECORDS_H

#include <stdint.h>

/// The process that made a call, recorded by the kernel during the call.
struct hw_actor {
  uint64_t start_boottime_ns;  ///< of the process, not of the thread
  uint64_t cgroup_id;          ///< cgroup v2
  uint32_t tgid;               ///< in the reader's pid namespace; 0 if the process is not visible there
  uint32_t root_tgid;          ///< in the initial pid namespace; 0: no actor was recorded
  uint32_t uid;
  uint32_t network_namespace;  ///< inode number of the process's own namespace
  uint32_t flags;              ///< HW_ACTOR_*
  char comm[16];               ///< of the process
  uint32_t reserved;
};
#define HW_ACTOR_KERNEL_THREAD 1u

/// Network-layer bytes and packets as they are on the wire. Virtual interfaces count a large packet that the kernel has
/// not yet split (segmentation offload) as one packet. `surplus` is by how much the counts here exceed such counts.
struct hw_direction {
  uint64_t bytes;
  uint64_t packets;
  uint64_t surplus_bytes;
  uint64_t surplus_packets;
};

struct hw_tuple {
  uint32_t local[4];  ///< network order
  uint32_t remote[4];
  uint16_t local_port;
  uint16_t remote_port;
  uint8_t protocol;
  uint8_t reserved[3];
};

/// One socket. Its most used flow is counted in the record itself, all others in the map of flows.
///
/// The sender, the receiver and the interrupt that delivers packets may run on three processors. So each has a cache
/// line of its own to write to (socket storage begins 8 bytes into a line), and the first line is only read.
struct hw_socket {
  uint64_t cookie;
  struct hw_tuple tuple;
  uint32_t in_interface, out_interface;

  struct hw_direction in;  ///< packets that came in
  uint64_t in_line[4];

  struct hw_direction out;  ///< packets that went out
  uint64_t payload_out;
  uint64_t calls_out;
  uint64_t out_line[2];

  uint64_t payload_in;
  uint64_t calls_in;
  uint64_t receiver_line[6];

  /// The totals of packets of flows that were not recorded because the map of flows was full.
  struct hw_direction lost_in, lost_out;
  uint64_t calls_other;  ///< packets counted in the map of flows
  uint64_t reported;     ///< the packets and calls that the reader has already read
  uint32_t network_namespace;
  uint32_t flags;  ///< HW_SOCKET_*
  uint16_t family;
  uint8_t state;  ///< TCP state at the time of reading
  uint8_t reserved[5];
  struct hw_actor creator;  ///< the process that made it (accepted sockets inherit it)
  struct hw_actor actor;    ///< the process that last sent or received on it
  struct hw_direction unsent;  ///< the part of `out` that was dropped before a device took it
  uint64_t parent;             ///< cookie of the MPTCP connection that this is a subflow of; 0 for all others
  uint32_t unsent_reason;      ///< enum skb_drop_reason of the last of `unsent`
  uint32_t last_line;
};
#define HW_SOCKET_TUPLE 1u      ///< `tuple` is filled in
#define HW_SOCKET_ACCEPTED 2u   ///< cloned from a listener
#define HW_SOCKET_SEEDED 4u     ///< older than the meter: `creator` is a process that has it open
#define HW_SOCKET_FLOWS 8u      ///< has entries in the map of flows
#define HW_SOCKET_CLOSED 16u    ///< this is the socket's last record
#define HW_SOCKET_KERNEL 32u    ///< has no file: opened by the kernel itself
#define HW_SOCKET_LISTENS 64u   ///< was in state LISTEN
#define HW_SOCKET_PACKET 128u   ///< AF_PACKET: `out` counts what it sent, link header excluded
#define HW_SOCKET_ORPHAN 256u   ///< closed by its process, not yet by the protocol
#define HW_SOCKET_WRITERS 512u  ///< several processes have sent or received on it: see the map of writers
#define HW_SOCKET_SENT_FIRST 1024u  ///< the first packet of `tuple` went out
#define HW_SOCKET_GOT_FIRST 2048u   ///< the first packet of `tuple` came in

struct hw_flow_key {
  uint64_t cookie;
  struct hw_tuple tuple;
  uint32_t interface;
  uint32_t network_namespace;  ///< for a socket that the kernel uses for all namespaces; 0: the socket's own
};
struct hw_flow_value {
  struct hw_direction in, out;
  struct hw_direction unsent;  ///< of `out`
  uint32_t first;              ///< HW_SOCKET_SENT_FIRST or HW_SOCKET_GOT_FIRST
  uint32_t unsent_reason;      ///< enum skb_drop_reason of the last of `unsent`
};

/// One of several processes that use a socket.
struct hw_writer_key {
  uint64_t cookie;
  uint64_t start_boottime_ns;
  uint32_t root_tgid;
  uint32_t reserved;
};
struct hw_writer_value {
  struct hw_actor actor;
  uint64_t payload_in, payload_out;
};

/// What is recorded of a process when it first sends or receives, because it may have ended when the reader asks.
struct hw_lineage_key {
  uint64_t start_boottime_ns;
  uint32_t root_tgid;
  uint32_t reserved;
};
#define HW_GENERATIONS 5
#define HW_CGROUP_NAME 80
#define HW_ARGUMENTS 236
struct hw_parent {
  uint64_t start_boottime_ns;
  uint32_t tgid;  ///< in the reader's pid namespace; 0 if it is not visible there, or there is none
  char comm[16];
  uint32_t reserved;
};
struct hw_lineage {
  struct hw_parent parents[HW_GENERATIONS];  ///< the nearest first
  char cgroup[HW_CGROUP_NAME];  ///< the last part of its path
  char slice[HW_CGROUP_NAME];   ///< the part before
  uint32_t arguments_size;
  char arguments[HW_ARGUMENTS];  ///< each ends with a zero byte; the last may be truncated
};

/// A forwarded flow: it passes a namespace and does not end there. The tuple is that of the packets as they leave,
/// after translation: local is their source, remote their destination.
struct hw_forward_key {
  uint32_t network_namespace;
  uint32_t in_interface;  ///< 0 for what a guest's program sends by a macvtap
  uint32_t out_interface;
  struct hw_tuple tuple;
};
struct hw_forward_value {
  struct hw_direction passed;
  struct hw_direction unsent;  ///< of `passed`: what the outgoing interface had no room for
  uint64_t first_ns;  ///< when its first packet passed, CLOCK_MONOTONIC
};

/// Packets that belong to no socket and no forwarded flow.
struct hw_leftover_key {
  uint32_t network_namespace;
  uint32_t interface;
  uint16_t kind;     ///< HW_LEFTOVER_*
  uint16_t outward;  ///< 0 received, 1 sent
  uint32_t reason;   ///< enum skb_drop_reason, for drops
};
#define HW_LEFTOVER_NON_IP 0
#define HW_LEFTOVER_ICMP 1
#define HW_LEFTOVER_DROPPED 2
#define HW_LEFTOVER_KERNEL 3  ///< sent by the kernel without a socket
#define HW_LEFTOVER_UNSENT 4  ///< a socket's packets that no device took

#endif
