public import Flows
public import LinuxSystem

/// Interfaces, addresses, neighbours and routes of one network namespace.
public struct Routing: Sendable {
  /// How often a table is read again if it changes while being read.
  private static let attempts = 5

  private let sockets: NetworkNamespaceSockets

  public init(_ sockets: NetworkNamespaceSockets) { self.sockets = sockets }

  /// Every interface of the namespace.
  public func links() throws(NetlinkError) -> [Link] {
    // ip -details -statistics link show
    try all("list interfaces", RTM_GETLINK, headerLength: IFINFOMSG_LENGTH) {
      (header, payload) throws(MalformedMessage) in
      header.type == RTM_NEWLINK ? try Link(parsing: payload) : nil
    }
  }

  /// The interface with index `index`; nil if there is none.
  public func link(_ index: UInt32) throws(NetlinkError) -> Link? {
    // ip -details link show dev NAME
    var request = NetlinkRequest(RTM_GETLINK)
    request.append(UInt32(0))
    request.append(index)
    request.append([UInt8](repeating: 0, count: 8))
    return try one("look up interface \(index)", request) { (header, payload) throws(MalformedMessage) in
      header.type == RTM_NEWLINK ? try Link(parsing: payload) : nil
    }
  }

  /// Every address of every interface.
  public func addresses() throws(NetlinkError) -> [AddressRecord] {
    // ip address show
    try all("list addresses", RTM_GETADDR, headerLength: IFADDRMSG_LENGTH) {
      (header, payload) throws(MalformedMessage) in
      header.type == RTM_NEWADDR ? try AddressRecord(parsing: payload) : nil
    }
  }

  /// The entries of both neighbour tables, including failed ones.
  public func neighbours() throws(NetlinkError) -> [Neighbour] {
    // ip neighbour show nud all
    try all("list neighbours", RTM_GETNEIGH, headerLength: NDMSG_LENGTH) { (header, payload) throws(MalformedMessage) in
      header.type == RTM_NEWNEIGH ? try Neighbour(parsing: payload) : nil
    }
  }

  /// The neighbour table's entry for `address` on the interface that leads to it; nil if there is none, for example
  /// because a gateway lies in between.
  public func neighbour(of address: IPAddress) throws(NetlinkError) -> Neighbour? {
    let interface: UInt32
    do {
      guard let output = try route(to: address).outputInterface else { return nil }
      interface = output
    } catch let error where error.code == .notFound {
      return nil
    }
    // ip neighbour get ADDRESS dev NAME
    var request = NetlinkRequest(RTM_GETNEIGH)
    request.append(address.isV4 ? AF_INET : AF_INET6)
    request.append([0, 0, 0])
    request.append(interface)
    request.append(UInt32(0))
    request.attribute(NDA_DST, address)
    do {
      return try one("look up neighbour \(address)", request) { (header, payload) throws(MalformedMessage) in
        header.type == RTM_NEWNEIGH ? try Neighbour(parsing: payload) : nil
      }
    } catch let error where error.code == .unsupported || error.errno == .invalid {
      // Kernels before 5.0 can only list.
      return try neighbours().first { $0.address == address && $0.interfaceIndex == interface }
    }
  }

  /// The port of `bridge` on which `hardwareAddress` was seen; nil if it was not, or before Linux 5.0.
  public func port(of bridge: UInt32, toward hardwareAddress: [UInt8]) throws(NetlinkError) -> UInt32? {
    // bridge fdb get LLADDR br NAME
    var request = NetlinkRequest(RTM_GETNEIGH)
    request.append(AF_BRIDGE)
    request.append([UInt8](repeating: 0, count: NDMSG_LENGTH - 1))
    request.attribute(NDA_LLADDR, hardwareAddress)
    request.attribute(NDA_MASTER, bridge)
    do {
      let port: UInt32? = try one("look up a neighbour behind bridge \(bridge)", request) { header, payload in
        header.type == RTM_NEWNEIGH ? payload.integer(at: 4) : nil
      }
      // The bridge's own address is on no port.
      return port == bridge ? nil : port
    } catch let error where error.code == .unsupported || error.errno == .invalid {
      return nil
    }
  }

  /// The route that a packet to `address` would take.
  ///
  /// - Parameters:
  ///   - source: the packet's source address; nil lets the kernel choose.
  ///   - inputInterface: the interface by which the packet arrives, if it is to be forwarded and not sent by this host.
  ///   - mark: the packet's mark, which rules may ask for; 0 is none.
  /// - Throws: `notFound` if there is no route.
  public func route(
    to address: IPAddress, from source: IPAddress? = nil, inputInterface: UInt32? = nil, mark: UInt32 = 0
  ) throws(NetlinkError) -> Route {
    // ip route get ADDRESS from SOURCE iif NAME mark MARK
    var request = NetlinkRequest(RTM_GETROUTE)
    request.append(address.isV4 ? AF_INET : AF_INET6)
    request.append(UInt8(address.bitWidth))
    request.append(UInt8(source?.bitWidth ?? 0))
    request.append([0, 0, 0, 0, 0])
    // IPv6 returns the table without this flag, and rejects the flag in strictly checked requests.
    request.append(address.isV4 ? RTM_F_LOOKUP_TABLE : 0)
    request.attribute(RTA_DST, address)
    if let source { request.attribute(RTA_SRC, source) }
    if let inputInterface { request.attribute(RTA_IIF, inputInterface) }
    if mark != 0 { request.attribute(RTA_MARK, mark) }
    let operation = "find the route to \(address)"
    var route: Route?
    do {
      _ = try sockets.ask(.route, request, operation: operation) { (header, payload) throws(MalformedMessage) in
        if header.type == RTM_NEWROUTE { route = try Route(parsing: payload) }
      }
    } catch let error where error.errno == .accessDenied {
      throw error.with(.notFound, detail: "a rule or route prohibits it")
    } catch let error where error.errno == .invalid && error.detail == nil {
      // For a request that it rejects as invalid, the kernel gives the reason.
      throw error.with(.notFound, detail: "the route is \(Route.Kind.blackhole)")
    }
    guard let route else { throw NetlinkError(.malformed, operation, detail: "no route in the answer") }
    // IPv6 returns as an answer what IPv4 returns as an error.
    if [.blackhole, .unreachable, .prohibit].contains(route.kind) {
      throw NetlinkError(.notFound, operation, detail: "the route is \(route.kind)")
    }
    return route
  }

  /// This namespace's number for the namespace at `path`, as in `Link.peerNamespaceID`; nil if it has none.
  public func namespaceID(of path: String) throws(NetlinkError) -> Int32? {
    let namespace: NetworkNamespaceDescriptor
    do throws(SystemError) {
      namespace = try NetworkNamespaceDescriptor(path: path)
    } catch {
      throw NetlinkError(error.operation, error.errno)
    }
    return try namespaceID(of: namespace)
  }

  /// This namespace's number for `namespace`, as in `Link.peerNamespaceID`; nil if it has none.
  public func namespaceID(of namespace: borrowing NetworkNamespaceDescriptor) throws(NetlinkError) -> Int32? {
    // ip netns list-id
    var request = NetlinkRequest(RTM_GETNSID)
    request.append(UInt32(0))
    request.attribute(NETNSA_FD, namespace.number)
    var id: Int32?
    _ = try sockets.ask(.route, request, operation: "number of namespace \(namespace.path)") {
      (header, payload) throws(MalformedMessage) in
      guard header.type == RTM_NEWNSID else { return }
      try payload.forEachAttribute(after: RTGENMSG_LENGTH) { (type, value) throws(MalformedMessage) in
        if type == NETNSA_NSID { id = value.integer(at: 0) }
      }
    }
    return id == NETNSA_NSID_NOT_ASSIGNED ? nil : id
  }

  /// Dumps one whole table, again if it changed while being read.
  private func all<Record>(
    _ operation: String, _ type: UInt16, headerLength: Int,
    _ parse: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Record?
  ) throws(NetlinkError) -> [Record] {
    var request = NetlinkRequest(type, flags: NLM_F_DUMP)
    request.append([UInt8](repeating: 0, count: headerLength))
    for _ in 0..<Self.attempts {
      var records: [Record] = []
      let summary = try sockets.ask(.route, request, isDump: true, operation: operation) {
        (header, payload) throws(MalformedMessage) in
        if let record = try parse(header, payload) { records.append(record) }
      }
      if !summary.wasInterrupted { return records }
    }
    throw NetlinkError(.interrupted, operation, detail: "the table changed during each of \(Self.attempts) readings")
  }

  private func one<Record>(
    _ operation: String, _ request: NetlinkRequest,
    _ parse: (NetlinkHeader, RawSpan) throws(MalformedMessage) -> Record?
  ) throws(NetlinkError) -> Record? {
    var record: Record?
    do {
      _ = try sockets.ask(.route, request, operation: operation) { (header, payload) throws(MalformedMessage) in
        record = try parse(header, payload)
      }
    } catch let error where error.code == .notFound {
      return nil
    }
    return record
  }
}
