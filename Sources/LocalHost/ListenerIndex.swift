internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink

/// Who began a flow, where the meter did not see it begin: a TCP socket on a port that is listened on answers; for the
/// rest, connection tracking knows, or else the ports are a hint. Where one of these does not tell, nobody knows.
struct ListenerIndex {
  /// Nil where they cannot be listed.
  private var ports: [Place: Set<UInt16>?] = [:]
  /// From here on ports are the kernel's to give (net.ipv4.ip_local_port_range); services have lower ones.
  static let firstEphemeral: UInt16 = 32768

  mutating func role(of row: SocketTraffic, _ flow: Flow, _ namespaces: LocalNamespaces) -> FlowTraffic.Role {
    if row.transport == .tcp {
      guard let listened = listened(in: row.namespace, namespaces) else { return .peer }
      if listened.contains(row.local.port) { return .responder }
      // A transparent proxy accepts at the server's own address: a service's port, on which nobody listens here.
      return row.local.port < Self.firstEphemeral && flow.destination.port >= Self.firstEphemeral
        ? .responder : .initiator
    }
    if row.transport == .icmp || row.transport == .icmp6 { return .initiator }
    do throws(NetlinkError) {
      if let entry = try namespaces.connections(row.namespace)?.get(flow) {
        return entry.original == flow
          ? .initiator : entry.original == flow.reversed || entry.reply == flow ? .responder : .peer
      }
    } catch {
      // A kernel without connection tracking has nothing to tell; one that may not tell might say the opposite.
      if error.code != .unsupported { return .peer }
    }
    if row.local.port < Self.firstEphemeral, flow.destination.port >= Self.firstEphemeral { return .responder }
    if row.local.port >= Self.firstEphemeral, flow.destination.port < Self.firstEphemeral { return .initiator }
    return .peer
  }

  private mutating func listened(in namespace: Place, _ namespaces: LocalNamespaces) -> Set<UInt16>? {
    if let known = ports[namespace] { return known }
    var found: Set<UInt16>? = []
    do throws(NetlinkError) {
      // ss -tln
      try namespaces.diagnosis(namespace)?.dump(.tcp, filter: SocketFilter(states: .listening)) {
        found?.insert($0.local.port)
      }
    } catch { found = nil }
    ports[namespace] = .some(found)
    return found
  }
}
