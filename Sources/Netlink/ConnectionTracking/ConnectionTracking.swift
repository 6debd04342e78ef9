public import Flows
internal import LinuxSystem

/// The connection tracking table of one network namespace. Needs `CAP_NET_ADMIN` there.
public struct ConnectionTracking: Sendable {
  private let sockets: NetworkNamespaceSockets

  public init(_ sockets: NetworkNamespaceSockets) { self.sockets = sockets }

  /// The entry that `flow` belongs to, in either direction and on either side of a translation; nil if there is none.
  ///
  /// It is an exact lookup whose cost does not depend on the size of the table: the kernel finds an entry by its
  /// original tuple and by its reply tuple. The reverses of both (the packets after translation) are not in the table,
  /// so `flow` is looked up reversed as well. For ICMP either port of `flow` is the echo identifier.
  ///
  /// - Parameter zone: the conntrack zone; nil is the default one, 0.
  public func get(_ flow: Flow, zone: UInt16? = nil) throws(NetlinkError) -> ConnectionRecord? {
    for tuple in [flow, flow.reversed] {
      if let record = try get(tuple, zone: zone, isEchoReply: false) { return record }
      guard flow.transport == .icmp || flow.transport == .icmp6 else { continue }
      if let record = try get(tuple, zone: zone, isEchoReply: true) { return record }
    }
    return nil
  }

  /// The zones besides the default one that entries are in, in either direction; nil if the table has more than `limit` entries.
  /// They are read one by one, because no kernel tells its zones otherwise.
  public func zones(within limit: UInt32 = 65_536) throws(NetlinkError) -> Set<UInt16>? {
    let entries = try count().entries
    guard entries > 0 else { return [] }
    guard entries <= limit else { return nil }
    var zones: Set<UInt16> = []
    try dump { record in zones.formUnion(record.zones) }
    zones.remove(0)
    return zones
  }

  private func get(_ tuple: Flow, zone: UInt16?, isEchoReply: Bool) throws(NetlinkError) -> ConnectionRecord? {
    // conntrack -G -p tcp -s ADDRESS --sport PORT -d ADDRESS --dport PORT
    var request = Self.request(IPCTNL_MSG_CT_GET, family: tuple.source.address.isV4 ? AF_INET : AF_INET6)
    request.originalTuple(tuple, isEchoReply: isEchoReply)
    if let zone { request.attribute(CTA_ZONE, zone.bigEndian) }
    var found: ConnectionRecord?
    do {
      _ = try ask(request, operation: "look up connection \(tuple)") { found = $0 }
    } catch let error where error.code == .notFound {
      return nil
    }
    return found
  }

  /// Calls `body` with every entry that matches `filter`.
  ///
  /// The answer is streamed, so memory does not grow with the table. `body` may ask other questions meanwhile.
  @discardableResult
  public func dump(
    _ filter: ConnectionFilter = ConnectionFilter(), _ body: (ConnectionRecord) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    var total = DumpSummary()
    // The kernel filters by protocol within one family only.
    let families: [ConnectionFilter.Family?] =
      filter.transport != nil && filter.family == nil ? [.v4, .v6] : [filter.family]
    for family in families {
      let part: DumpSummary
      do {
        part = try dump(filter, family: family, byProtocol: family != nil, body)
      } catch let error where error.code == .unsupported && family != nil {
        part = try dump(filter, family: family, byProtocol: false, body)
      }
      total.records += part.records
      if part.wasInterrupted { total.wasInterrupted = true }
    }
    return total
  }

  private func dump(
    _ filter: ConnectionFilter, family: ConnectionFilter.Family?, byProtocol: Bool, _ body: (ConnectionRecord) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    let number =
      switch family {
      case .v4: AF_INET
      case .v6: AF_INET6
      case nil: AF_UNSPEC
      }
    // conntrack -L -f ipv4 -p udp --mark 1/1
    var request = Self.request(IPCTNL_MSG_CT_GET, family: number, flags: NLM_F_DUMP)
    filter.append(to: &request, byProtocol: byProtocol)
    return try ask(request, isDump: true, operation: "dump connections") { record in
      if filter.matches(record) { body(record) }
    }
  }

  /// How many entries the table holds, and how many it may hold at most.
  public func count() throws(NetlinkError) -> (entries: UInt32, limit: UInt32?) {
    // conntrack -C
    var entries: UInt32?
    var limit: UInt32?
    let operation = "count connections"
    let request = Self.request(IPCTNL_MSG_CT_GET_STATS, family: AF_UNSPEC)
    _ = try Self.explained { () throws(NetlinkError) in
      try sockets.ask(.netfilter, request, operation: operation) { (_, payload) throws(MalformedMessage) in
        try payload.forEachAttribute(after: NFGENMSG_LENGTH) { (type, value) throws(MalformedMessage) in
          switch type {
          case CTA_STATS_GLOBAL_ENTRIES: entries = value.bigEndian(at: 0)
          case CTA_STATS_GLOBAL_MAX_ENTRIES: limit = value.bigEndian(at: 0)
          default: break
          }
        }
      }
    }
    guard let entries else { throw NetlinkError(.malformed, operation, detail: "no number in the answer") }
    return (entries, limit)
  }

  /// Whether new entries count bytes and packets (`net.netfilter.nf_conntrack_acct`).
  ///
  /// - Throws: `unsupported` if the namespace has no connection tracking.
  public func accountingEnabled() throws(NetlinkError) -> Bool {
    // sysctl net.netfilter.nf_conntrack_acct
    let path = "/proc/sys/net/netfilter/nf_conntrack_acct"
    do {
      // /proc/sys/net shows the namespace of the thread that opens it.
      let text = try sockets.inside(operation: "read \(path)") { try Descriptor(reading: path).readToEnd(limit: 16) }
      return text.first == UInt8(ascii: "1")
    } catch let error where error.code == .notFound {
      throw error.with(.unsupported, detail: "needs the nf_conntrack module")
    }
  }

  private func ask(
    _ request: NetlinkRequest, isDump: Bool = false, operation: String, _ body: (ConnectionRecord) -> Void
  ) throws(NetlinkError) -> DumpSummary {
    try Self.explained { () throws(NetlinkError) in
      try sockets.ask(.netfilter, request, isDump: isDump, operation: operation) {
        (header, payload) throws(MalformedMessage) in
        if header.type == IPCTNL_MSG_CT_NEW { body(try ConnectionRecord(parsing: payload)) }
      }
    }
  }

  /// Turns the error for an absent module into `unsupported`: the kernel rejects requests to it as invalid.
  private static func explained(_ body: () throws(NetlinkError) -> DumpSummary) throws(NetlinkError) -> DumpSummary {
    do {
      return try body()
    } catch let error where error.errno == .invalid {
      throw error.with(.unsupported, detail: error.detail ?? "needs the nf_conntrack_netlink module")
    }
  }

  /// A message with its `struct nfgenmsg`.
  private static func request(_ type: UInt16, family: UInt8, flags: UInt16 = 0) -> NetlinkRequest {
    var request = NetlinkRequest(type, flags: flags)
    request.append(family)
    request.append(UInt8(0))  // NFNETLINK_V0
    request.append(UInt16(0))
    return request
  }
}
