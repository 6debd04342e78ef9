internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink

/// Finds the initiator of a flow if the socket itself does not show it. A TCP socket on a listening port is the
/// responder. Otherwise connection tracking knows, or the first packet shows it; failing that, the direction of the
/// bytes and the ports are hints.
struct ListenerIndex {
  /// The listening ports; nil if they could not be listed.
  private var ports: [Place: Set<UInt16>?] = [:]
  /// From this port on the kernel assigns ports by itself (net.ipv4.ip_local_port_range); services have lower ones.
  static let firstEphemeral: UInt16 = 32768
  /// How many rows are looked up in connection tracking at most, busiest first, because each lookup costs some
  /// microseconds.
  private static let lookUps = 4096
  /// Rows with fewer bytes than this are not looked up.
  private let leastBytes: UInt64

  init(_ rows: [SocketTraffic]) {
    guard rows.count > Self.lookUps else { leastBytes = 0; return }
    leastBytes = rows.map(\.traffic.bytes).sorted(by: >)[Self.lookUps]
  }

  /// - Returns: the role, and whether it is concluded from hints alone.
  mutating func role(
    of row: SocketTraffic, _ flow: Flow, _ namespaces: LocalNamespaces
  ) -> (FlowTraffic.Role, isInferred: Bool) {
    // Where nobody may ask what is listened on, a socket on a port of its own may still be one that accepts.
    if row.transport == .tcp, let listened = listened(in: row.namespace, namespaces) {
      if listened.contains(row.local.port) { return (.responder, false) }
      // A transparent proxy accepts at the server's own address: on a service's port, on which no process listens here.
      let isService = row.local.port < Self.firstEphemeral && flow.destination.port >= Self.firstEphemeral
      return (isService ? .responder : .initiator, false)
    }
    if row.transport == .icmp || row.transport == .icmp6 { return (.initiator, false) }
    let isAsked = row.traffic.bytes > leastBytes || leastBytes == 0
    do throws(NetlinkError) {
      if isAsked, let entry = try namespaces.connections(row.namespace)?.get(flow) {
        if entry.original == flow { return (.initiator, false) }
        if entry.original == flow.reversed || entry.reply == flow { return (.responder, false) }
        return (.peer, false)
      }
    } catch {
      // Without connection tracking in the kernel there is no further information; if tracking is denied, it might say
      // the opposite.
      if error.code != .unsupported, row.began == nil { return (.peer, true) }
    }
    if let began = row.began { return (began ? .initiator : .responder, false) }
    if row.traffic.packetsIn == 0, row.traffic.packetsOut > 0 { return (.initiator, true) }
    if row.traffic.packetsOut == 0, row.traffic.packetsIn > 0 { return (.responder, true) }
    if row.local.port < Self.firstEphemeral, flow.destination.port >= Self.firstEphemeral { return (.responder, true) }
    if row.local.port >= Self.firstEphemeral, flow.destination.port < Self.firstEphemeral { return (.initiator, true) }
    return (.peer, true)
  }

  private mutating func listened(in namespace: Place, _ namespaces: LocalNamespaces) -> Set<UInt16>? {
    if let known = ports[namespace] { return known }
    var found: Set<UInt16>?
    if let diagnosis = namespaces.diagnosis(namespace) {
      do throws(NetlinkError) {
        var ports: Set<UInt16> = []
        // ss -tln
        try diagnosis.dump(.tcp, filter: SocketFilter(states: .listening)) { ports.insert($0.local.port) }
        found = ports
      } catch { found = nil }
    }
    ports[namespace] = .some(found)
    return found
  }
}
