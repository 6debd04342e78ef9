/// The kernel's names of the reasons why it drops packets (`enum skb_drop_reason`), in words.
enum DropReason {
  /// The name with what it means, if it is one of those that are met often: `NO_SOCKET (nothing listens there)`.
  static func words(_ name: String) -> String { meanings[name].map { "\(name) (\($0))" } ?? name }

  private static let meanings = [
    "NO_SOCKET": "nothing listens there",
    "NETFILTER_DROP": "the packet filter",
    "OTHERHOST": "addressed to another host",
    "SOCKET_FILTER": "the socket's filter",
    "SOCKET_RCVBUFF": "the socket's buffer is full",
    "SOCKET_BACKLOG": "the socket's buffer is full",
    "NEIGH_FAILED": "the next host does not answer",
    "NEIGH_QUEUEFULL": "the next host does not answer",
    "NEIGH_DEAD": "the next host does not answer",
    "QDISC_DROP": "the interface's queue is full",
    "QDISC_OVERLIMIT": "the interface's queue is full",
    "QDISC_CONGESTED": "the interface's queue is full",
    "CAKE_FLOOD": "the interface's queue is full",
    "FQ_BAND_LIMIT": "the interface's queue is full",
    "FQ_FLOW_LIMIT": "the interface's queue is full",
    "FQ_HORIZON_LIMIT": "to be sent too late",
    "FULL_RING": "the program behind the device does not keep up",
    "CPU_BACKLOG": "the other end's queue is full",
    "BPF_CGROUP_EGRESS": "a program of the unit or container forbids it",
    "IP_INNOROUTES": "no route",
    "IP_OUTNOROUTES": "no route",
    "IP_RPFILTER": "the reverse-path filter",
    "IP_NOPROTO": "nothing takes this protocol",
    "TCP_CSUM": "wrong checksum",
    "UDP_CSUM": "wrong checksum",
    "IP_CSUM": "wrong checksum",
  ]
}
