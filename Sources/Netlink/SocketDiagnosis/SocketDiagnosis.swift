public import Flows
internal import LinuxSystem

/// Reads the sockets of one network namespace from the kernel's `sock_diag`.
public struct SocketDiagnosis: Sendable {
  private let sockets: NetworkNamespaceSockets

  public init(_ sockets: NetworkNamespaceSockets) { self.sockets = sockets }

  /// The socket of `flow`, whose source is the local end; nil if there is none.
  ///
  /// It is an exact lookup whose cost does not depend on the number of sockets. IPv4 flows also find dual-stack
  /// (AF_INET6) sockets. For UDP the answer is the socket that would receive a packet of the flow, so it may be one
  /// that is not connected. A listening TCP socket is only found by a flow to port 0 of the unspecified address.
  ///
  /// - Parameter interface: the interface on which a packet of the flow arrives. It is needed for sockets bound to a
  ///   device, which includes those with link-local addresses.
  public func get(_ flow: Flow, interface: UInt32 = 0) throws(NetlinkError) -> SocketRecord? {
    let operation = "look up socket \(flow)"
    // ss -Htn src LOCAL:PORT dst REMOTE:PORT
    let request = Self.request(
      family: flow.source.address.isV4 ? AF_INET : AF_INET6, number: flow.transport.number, states: .all,
      withStatistics: flow.transport == .tcp, identity: Self.identity(of: flow, interface: interface))
    var found: SocketRecord?
    do {
      _ = try sockets.ask(.diagnosis, request, operation: operation) { (header, payload) throws(MalformedMessage) in
        guard header.type == SOCK_DIAG_BY_FAMILY else { return }
        found = try SocketRecord(parsing: payload, transport: flow.transport)
      }
    } catch let error where error.code == .notFound {
      // A missing module has the same error number.
      if flow.transport != .tcp { try requireSupport(of: flow.transport) }
      return nil
    }
    guard let record = found, record.local.port == flow.source.port else { return nil }
    // Without a connection, the kernel's lookup ends at the listening socket.
    if flow.transport == .tcp, record.remote.port != flow.destination.port { return nil }
    return record
  }

  /// Calls `body` with every socket of `transport` that matches `filter`, of both address families.
  ///
  /// The answer is streamed, so memory does not grow with the number of sockets. `body` may ask other questions
  /// meanwhile.
  ///
  /// - Parameter withStatistics: whether the records have `tcp`; that makes them four times longer.
  /// - Throws: `unsupported` if the kernel has no diagnosis for `transport`: UDP needs `CONFIG_INET_UDP_DIAG`, SCTP
  ///   `CONFIG_INET_SCTP_DIAG`; ICMP "ping" sockets have none.
  @discardableResult
  public func dump(
    _ transport: Transport, filter: SocketFilter = SocketFilter(), withStatistics: Bool = false,
    _ body: (SocketRecord) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    // ss -Htan 'sport = :PORT and dst PREFIX'
    try dump(
      "\(transport) sockets", number: transport.number, transport: transport, filter: filter,
      withStatistics: withStatistics, body)
  }

  /// Calls `body` with every raw socket of any protocol, which is its `transport`. The local port is the protocol's
  /// number as well.
  ///
  /// - Throws: `unsupported` without `CONFIG_INET_RAW_DIAG`; use `/proc/net/raw` then.
  @discardableResult
  public func dumpRaw(_ body: (SocketRecord) -> Void) throws(NetlinkError) -> DumpSummary {
    // ss -Hwan
    try dump("raw sockets", number: IPPROTO_RAW, transport: nil, filter: SocketFilter(), withStatistics: false, body)
  }

  /// Calls `body` with every UNIX socket that was made in the namespace: one that a container was given is in the giver's.
  ///
  /// - Throws: `unsupported` without `CONFIG_UNIX_DIAG`.
  @discardableResult
  public func dumpUnix(_ body: (UnixSocketRecord) -> Void) throws(NetlinkError) -> DumpSummary {
    // ss -xa
    var request = NetlinkRequest(SOCK_DIAG_BY_FAMILY, flags: NLM_F_DUMP)
    request.append(AF_UNIX)
    request.append([0, 0, 0])  // protocol, pad
    request.append(SocketStates.all.rawValue)
    request.append(UInt32(0))  // inode
    request.append(UDIAG_SHOW_NAME | UDIAG_SHOW_PEER)
    request.append(INET_DIAG_NOCOOKIE)
    request.append(INET_DIAG_NOCOOKIE)
    do {
      return try sockets.ask(.diagnosis, request, isDump: true, operation: "dump UNIX sockets") {
        (header, payload) throws(MalformedMessage) in
        guard header.type == SOCK_DIAG_BY_FAMILY else { return }
        body(try UnixSocketRecord(parsing: payload))
      }
    } catch let error where error.code == .notFound || error.errno == .invalid {
      throw error.with(.unsupported, detail: "this kernel has no diagnosis of UNIX sockets")
    }
  }

  /// - Parameter transport: nil if every record has its own.
  private func dump(
    _ what: String, number: UInt8, transport: Transport?, filter: SocketFilter, withStatistics: Bool,
    _ body: (SocketRecord) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    let operation = "dump \(what)"
    let bytecode = filter.bytecode
    var total = DumpSummary()
    for family in [AF_INET, AF_INET6] {
      // No IPv4 socket has an IPv6 address.
      if family == AF_INET, [filter.local, filter.remote].contains(where: { $0?.address.isV4 == false }) { continue }
      var request = Self.request(
        family: family, number: number, states: filter.states, withStatistics: withStatistics,
        identity: Self.anyIdentity, flags: NLM_F_DUMP)
      if !bytecode.isEmpty { request.attribute(INET_DIAG_REQ_BYTECODE, bytecode) }
      do {
        let part = try sockets.ask(.diagnosis, request, isDump: true, operation: operation) {
          (header, payload) throws(MalformedMessage) in
          guard header.type == SOCK_DIAG_BY_FAMILY else { return }
          let record = try SocketRecord(parsing: payload, transport: transport)
          // The same test as the kernel's, for kernels that skip it for some protocol.
          if filter.matches(record) { body(record) }
        }
        total.records += part.records
        if part.wasInterrupted { total.wasInterrupted = true }
      } catch let error where error.code == .notFound || error.errno == .invalid {
        throw error.with(.unsupported, detail: "this kernel has no diagnosis of \(what)")
      }
    }
    return total
  }

  /// Starts to be notified of sockets that close, so that connections that live only between two dumps are counted as
  /// well.
  public func destroyedSockets() throws(NetlinkError) -> DestroyedSockets {
    try DestroyedSockets(sockets)
  }

  private func requireSupport(of transport: Transport) throws(NetlinkError) {
    // No socket is in state 31, so the answer is empty, but it is an answer.
    try dump(transport, filter: SocketFilter(states: SocketStates(rawValue: 1 << 31))) { _ in }
  }
}

extension SocketDiagnosis {
  /// `struct inet_diag_req_v2`.
  private static func request(
    family: UInt8, number: UInt8, states: SocketStates, withStatistics: Bool, identity: [UInt8],
    flags: UInt16 = 0
  ) -> NetlinkRequest {
    var request = NetlinkRequest(SOCK_DIAG_BY_FAMILY, flags: flags)
    request.append(family)
    request.append(number)
    request.append(withStatistics ? UInt8(1) << UInt8(INET_DIAG_INFO - 1) : 0)
    request.append(UInt8(0))  // pad; the protocol of raw sockets, 0 for all
    request.append(states.rawValue)
    request.append(identity)
    return request
  }

  private static let anyIdentity = [UInt8](repeating: 0, count: 40) + [UInt8](repeating: 0xFF, count: 8)

  /// `struct inet_diag_sockid`.
  private static func identity(of flow: Flow, interface: UInt32) -> [UInt8] {
    // The kernel's UDP lookup expects the ends in the reverse order, "for historical reasons" (net/ipv4/udp_diag.c).
    let isSwapped = flow.transport == .udp || flow.transport == .udpLite
    let (first, second) = isSwapped ? (flow.destination, flow.source) : (flow.source, flow.destination)
    var identity = NetlinkBytes()
    identity.append(first.port.bigEndian)
    identity.append(second.port.bigEndian)
    for address in [first.address, second.address] {
      let bytes = address.networkOrder
      identity.append(bytes + [UInt8](repeating: 0, count: 16 - bytes.count))
    }
    identity.append(interface)
    identity.append(INET_DIAG_NOCOOKIE)
    identity.append(INET_DIAG_NOCOOKIE)
    return identity.bytes
  }
}
