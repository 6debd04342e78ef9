internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink

/// Who began a flow, where the meter did not see it begin: a TCP socket on a port that is listened on answers; for the
/// rest, connection tracking knows, or else the ports are a hint.
struct ListenerIndex {
  private var ports: [Place: Set<UInt16>] = [:]
  /// From here on ports are the kernel's to give (net.ipv4.ip_local_port_range); services have lower ones.
  static let firstEphemeral: UInt16 = 32768

  mutating func role(of row: SocketTraffic, _ flow: Flow, _ namespaces: LocalNamespaces) -> FlowTraffic.Role {
    if row.transport == .tcp {
      if listened(in: row.namespace, namespaces).contains(row.local.port) { return .responder }
      // A transparent proxy accepts at the server's own address: a service's port, on which nobody listens here.
      return row.local.port < Self.firstEphemeral && flow.destination.port >= Self.firstEphemeral
        ? .responder : .initiator
    }
    if row.transport == .icmp || row.transport == .icmp6 { return .initiator }
    if let entry = (try? namespaces.connections(row.namespace)?.get(flow)) ?? nil {
      return entry.original == flow
        ? .initiator : entry.original == flow.reversed || entry.reply == flow ? .responder : .peer
    }
    if row.local.port < Self.firstEphemeral, flow.destination.port >= Self.firstEphemeral { return .responder }
    if row.local.port >= Self.firstEphemeral, flow.destination.port < Self.firstEphemeral { return .initiator }
    return .peer
  }

  private mutating func listened(in namespace: Place, _ namespaces: LocalNamespaces) -> Set<UInt16> {
    if let known = ports[namespace] { return known }
    var found: Set<UInt16> = []
    // ss -tln
    _ = try? namespaces.diagnosis(namespace)?.dump(.tcp, filter: SocketFilter(states: .listening)) {
      found.insert($0.local.port)
    }
    ports[namespace] = found
    return found
  }
}
