internal import Flows

/// One kind of traffic in the self-test. CTraffic implements it under the same token.
struct TrafficKind: Sendable {
  /// Part of the processes' names: `hw-TOKEN-tx` and `hw-TOKEN-rx`.
  let token: String
  let title: String
  /// What is wrong with the meter if this kind fails.
  let about: String
  let transport: Transport
  /// Whether both ends are in the near namespace, over its loopback.
  var isLocal = false
  /// Whether the other end is a process; otherwise the kernel answers.
  var hasReceiver = true
  /// Whether the receiver's bytes are attributed to it. Not for packet sockets, which get copies of others' packets.
  var countsReceiver = true
  /// Whether each byte passes a call that the meter sees. Not if a pipe takes it out of the socket (splice).
  var countsPayload = false

  /// Whether the kernel reports what each end sent, all of which reaches the other end.
  var isStream: Bool { transport == .tcp || transport == .sctp }

  static let all: [TrafficKind] = [
    TrafficKind(
      token: "bulk", title: "TCP bulk", about: "segmentation offload: what one packet of the kernel is on the wire",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "duplex", title: "TCP duplex", about: "both directions at once, acknowledgements on data",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "bulk6", title: "TCP over IPv6", about: "the longer header", transport: .tcp, countsPayload: true),
    TrafficKind(token: "udp", title: "UDP", about: "a connected datagram socket", transport: .udp),
    TrafficKind(token: "udp6", title: "UDP over IPv6", about: "the longer header", transport: .udp),
    TrafficKind(
      token: "peers", title: "UDP to several peers", about: "one unconnected socket, several flows", transport: .udp),
    TrafficKind(
      token: "small", title: "UDP 64-byte packets", about: "a burst of 100,000 packets, none missed", transport: .udp),
    TrafficKind(
      token: "udp-gso", title: "UDP segmentation", about: "20 datagrams in one call (UDP_SEGMENT)", transport: .udp),
    TrafficKind(
      token: "icmp", title: "ICMP echo", about: "a ping socket; the kernel answers", transport: .icmp,
      hasReceiver: false),
    TrafficKind(
      token: "icmp6", title: "ICMPv6 echo", about: "a ping socket; the kernel answers", transport: .icmp6,
      hasReceiver: false),
    TrafficKind(
      token: "icmp-raw", title: "ICMP echo, raw", about: "ping with a raw socket, which gets copies", transport: .icmp,
      hasReceiver: false),
    TrafficKind(
      token: "raw", title: "Raw IP", about: "a protocol without ports (253)", transport: Transport(253)),
    TrafficKind(token: "sctp", title: "SCTP", about: "chunks, several in a packet", transport: .sctp),
    TrafficKind(
      token: "udplite", title: "UDP-Lite", about: "a transport that is rarely thought of", transport: .udpLite),
    TrafficKind(
      token: "packet", title: "Packet socket", about: "frames that pass no socket hook of IP", transport: .packet,
      countsReceiver: false),
    TrafficKind(
      token: "short", title: "Short-lived processes", about: "20 processes that send and exit at once",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "brief", title: "Brief connection", about: "a connection that lives 50 ms", transport: .tcp,
      countsPayload: true),
    TrafficKind(
      token: "many", title: "Many small connections", about: "500 connections, each closed before it can be listed",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "parallel", title: "Parallel burst", about: "8 threads of one process, a connection each",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "drip", title: "Slow drip", about: "10 bytes every 50 ms: mostly headers", transport: .tcp,
      countsPayload: true),
    TrafficKind(
      token: "sendfile", title: "sendfile", about: "bytes that the process never holds", transport: .tcp,
      countsPayload: true),
    TrafficKind(
      token: "splice", title: "splice", about: "from a file through a pipe to the socket, and out again the same way",
      transport: .tcp),
    TrafficKind(token: "sendmmsg", title: "sendmmsg", about: "32 datagrams sent by one call", transport: .udp),
    TrafficKind(token: "recvmmsg", title: "recvmmsg", about: "32 datagrams received by one call", transport: .udp),
    TrafficKind(
      token: "io-uring", title: "io_uring", about: "requests of a ring, some done by the kernel's worker threads",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "lo-tcp", title: "Loopback TCP", about: "both ends on one interface, large segments", transport: .tcp,
      isLocal: true, countsPayload: true),
    TrafficKind(
      token: "lo-udp", title: "Loopback UDP", about: "both ends on one interface", transport: .udp, isLocal: true),
    TrafficKind(
      token: "handed", title: "Handed-over socket", about: "connected by one process, used by its child",
      transport: .tcp, countsPayload: true),
    TrafficKind(
      token: "prefork", title: "Pre-forked worker", about: "one process listens, another accepts", transport: .tcp,
      countsPayload: true),
  ]
}
