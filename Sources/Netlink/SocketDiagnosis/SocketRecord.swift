public import Flows

/// One socket as the kernel's diagnosis describes it (`struct inet_diag_msg`).
public struct SocketRecord: Sendable, Hashable {
  public let transport: Transport
  public let state: SocketState
  /// The local end. An IPv4-mapped address of a dual-stack socket becomes IPv4.
  public let local: Endpoint
  /// The remote end; the unspecified address and port 0 if the socket is not connected.
  public let remote: Endpoint
  /// The number in `socket:[…]` of `/proc/PID/fd`; 0 if no file refers to the socket any more, as in time-wait and in
  /// notifications of destroyed sockets.
  public let inode: UInt32
  /// The uid of the creating user; always 0 in notifications of destroyed sockets.
  public let uid: UInt32
  /// Unique among all sockets since the host started; the same number as `bpf_get_socket_cookie`. 0 for none.
  public let cookie: UInt64
  /// The index of the interface that the socket is bound to; 0 if none.
  public let interfaceIndex: UInt32
  /// The cgroup v2 id; nil if the kernel does not report it (before Linux 5.7).
  public let cgroupID: UInt64?
  /// Bytes not yet read; for a listening socket, connections not yet accepted.
  public let receiveQueue: UInt32
  /// Bytes not yet acknowledged; for a listening socket, the backlog's size.
  public let sendQueue: UInt32
  /// Whether the socket is of the family AF_INET6; with IPv4 addresses it is a dual-stack one.
  public let isIPv6Socket: Bool
  /// Whether it may have addresses of others (IP_TRANSPARENT), as a transparent proxy's listener does; nil if the kernel does
  /// not tell.
  public let isTransparent: Bool?
  /// Whether a socket of AF_INET6 does not serve IPv4 (`IPV6_V6ONLY`).
  public let isIPv6Only: Bool
  /// The TCP statistics; nil for other protocols, and if they were not asked for.
  public let tcp: TCPStatistics?

  /// The flow with the local end as its source.
  public var flow: Flow { Flow(transport, from: local, to: remote) }

  /// Whether the socket has a remote end; a UDP socket that serves any client has none.
  public var isConnected: Bool { remote.port != 0 || !remote.address.isUnspecified }
}

extension SocketRecord {
  /// Reads the payload of a SOCK_DIAG_BY_FAMILY message.
  ///
  /// - Parameter transport: the transport that was asked for; not all messages have it.
  package init(parsing payload: RawSpan, transport asked: Transport?) throws(MalformedMessage) {
    guard let family: UInt8 = payload.integer(at: 0), let state: UInt8 = payload.integer(at: 1),
      let localPort: UInt16 = payload.bigEndian(at: 4), let remotePort: UInt16 = payload.bigEndian(at: 6),
      let interface: UInt32 = payload.integer(at: 40), let cookieLow: UInt32 = payload.integer(at: 44),
      let cookieHigh: UInt32 = payload.integer(at: 48), let receiveQueue: UInt32 = payload.integer(at: 56),
      let sendQueue: UInt32 = payload.integer(at: 60), let uid: UInt32 = payload.integer(at: 64),
      let inode: UInt32 = payload.integer(at: 68), payload.byteCount >= INET_DIAG_MSG_LENGTH
    else { throw MalformedMessage("socket of \(payload.byteCount) bytes") }
    let width = family == AF_INET6 ? 16 : 4
    guard family == AF_INET || family == AF_INET6, let local = payload.extracting(8..<8 + width).address,
      let remote = payload.extracting(24..<24 + width).address
    else { throw MalformedMessage("socket of family \(family)") }
    var cgroupID: UInt64?
    var isTransparent: Bool?
    var transport = asked
    var statistics: TCPStatistics?
    var onlyIPv6: UInt8 = 0
    try payload.forEachAttribute(after: INET_DIAG_MSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case INET_DIAG_INFO: statistics = TCPStatistics(parsing: value)
      case INET_DIAG_PROTOCOL: if let number: UInt8 = value.integer(at: 0) { transport = Transport(number) }
      case INET_DIAG_SKV6ONLY: onlyIPv6 = value.integer(at: 0) ?? 0
      case INET_DIAG_CGROUP_ID: cgroupID = value.integer(at: 0)
      case INET_DIAG_SOCKOPT:
        if let bits: UInt8 = value.integer(at: 0) { isTransparent = bits & 1 << 5 != 0 }
      default: break
      }
    }
    guard let transport else { throw MalformedMessage("socket without a protocol") }
    self.transport = transport
    self.state = SocketState(rawValue: state)
    self.local = Endpoint(local, localPort)
    // The unspecified address has the socket's own family, even on dual-stack sockets with an IPv4 address.
    self.remote = Endpoint(remote.isUnspecified && local.isV4 ? .anyV4 : remote, remotePort)
    self.inode = inode
    self.uid = uid
    cookie =
      cookieLow == INET_DIAG_NOCOOKIE && cookieHigh == INET_DIAG_NOCOOKIE
      ? 0 : UInt64(cookieHigh) << 32 | UInt64(cookieLow)
    interfaceIndex = interface
    self.cgroupID = cgroupID
    self.isTransparent = isTransparent
    self.receiveQueue = receiveQueue
    self.sendQueue = sendQueue
    isIPv6Socket = family == AF_INET6
    isIPv6Only = onlyIPv6 != 0
    tcp = transport == .tcp ? statistics : nil
  }
}
