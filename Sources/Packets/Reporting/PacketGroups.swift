internal import Documents
internal import Flows

/// The sums of connections that have something in common.
struct PacketGroups {
  private struct Sum {
    var packets: UInt64 = 0
    var sent: UInt64 = 0
    var received: UInt64 = 0
    var conversations = 0
    var first = Double.infinity
    var last = -Double.infinity
    var bytes: UInt64 { sent &+ received }
  }

  /// What the connections of a group have in common.
  enum Kind { case endpoint, source, network, port, name, owner }

  enum Key: Hashable, Comparable, CustomStringConvertible {
    case address(IPAddress)
    /// The first address of the network.
    case network(IPAddress)
    case text(String)

    var description: String {
      switch self {
      case .address(let address): "\(address)"
      case .network(let address): "\(address)/\(address.isV4 ? 24 : 48)"
      case .text(let text): text
      }
    }
  }

  private let report: PacketReport

  init(_ report: PacketReport) { self.report = report }

  func fill(_ document: inout PacketsDocument) {
    document.endpoints = groups(.endpoint).map(withFilters)
    document.sources = groups(.source).map(withFilters)
    document.networks = groups(.network).map(withFilters)
    document.ports = groups(.port)
    document.names = groups(.name)
    document.owners = groups(.owner)
    document.interfaces = interfaces
    document.others = report.tally.others.sorted { ($1.value.packets, $0.key) < ($0.value.packets, $1.key) }.map {
      PacketsGroup(
        name: $0.key, packets: $0.value.packets, bytes: $0.value.bytes,
        share: Self.part($0.value.bytes, of: report.tally.all.bytes))
    }
  }

  private static func port(_ flow: Flow) -> String {
    flow.transport.hasPorts ? "\(flow.destination.port)/\(flow.transport)" : "\(flow.transport)"
  }

  /// The groups that a connection belongs to, each with whether it has the end that began.
  func keys(_ kind: Kind, _ connection: Connections.Connection) -> [(key: Key, isSource: Bool)] {
    let flow = report.connections.flow(connection)
    let (source, destination) = (flow.source.address, flow.destination.address)
    switch kind {
    case .endpoint:
      return source == destination
        ? [(.address(source), true)] : [(.address(source), true), (.address(destination), false)]
    case .source: return [(.address(source), true)]
    case .network:
      let (one, other) = (Self.network(source), Self.network(destination))
      return one == other ? [(.network(one), true)] : [(.network(one), true), (.network(other), false)]
    case .port: return [(.text(Self.port(flow)), true)]
    case .name:
      let name = connection.rows.lazy.compactMap { report.name(report.connections.rows[$0])?.name }.first
      return name.map { [(.text($0), true)] } ?? []
    case .owner: return report.owner(connection).map { [(.text($0), true)] } ?? []
    }
  }

  private func groups(_ kind: Kind) -> [PacketsGroup] {
    var sums: [Key: Sum] = [:]
    for connection in report.matched where connection.packets > 0 {
      let row = report.connections.rows[connection.main]
      for (key, isSource) in keys(kind, connection) {
        var sum = sums[key] ?? Sum()
        sum.packets += connection.packets
        sum.sent &+= isSource ? connection.out.bytes : connection.back.bytes
        sum.received &+= isSource ? connection.back.bytes : connection.out.bytes
        sum.conversations += Int(row.conversations)
        sum.first = min(sum.first, row.firstTime)
        sum.last = max(sum.last, row.lastTime)
        sums[key] = sum
      }
    }
    return sums.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }.prefix(report.options.top).map {
      key, sum in
      var group = PacketsGroup(
        name: "\(key)", packets: sum.packets, bytes: sum.bytes, share: report.share(sum.bytes))
      (group.bytesSent, group.bytesReceived, group.conversations) = (sum.sent, sum.received, sum.conversations)
      (group.first, group.last) = (PacketReport.text(sum.first), PacketReport.text(sum.last))
      let seconds = sum.last - sum.first
      group.bitsPerSecond = seconds > 0 && seconds.isFinite ? Double(sum.bytes) * 8 / seconds : nil
      return group
    }
  }

  private var interfaces: [PacketsGroup] {
    report.tally.places.interfaces.sorted { $0.count.bytes > $1.count.bytes }.prefix(report.options.top).map {
      interface in
      var group = PacketsGroup(
        name: interface.name, packets: interface.count.packets, bytes: interface.count.bytes,
        share: Self.part(interface.count.bytes, of: report.tally.all.bytes))
      group.dropped = interface.dropped
      group.first = interface.firstTime.flatMap(PacketReport.text)
      group.last = interface.lastTime.flatMap(PacketReport.text)
      if let first = interface.firstTime, let last = interface.lastTime, last > first {
        group.bitsPerSecond = Double(interface.count.bytes) * 8 / (last - first)
      }
      return group
    }
  }

  private static func part(_ bytes: UInt64, of all: UInt64) -> Double {
    all == 0 ? 0 : Double(bytes) / Double(all)
  }

  /// The first address of the network of 256 addresses (IPv6: /48).
  private static func network(_ address: IPAddress) -> IPAddress {
    switch address {
    case .v4(let value): .v4(value & ~0xFF)
    case .v6(let value): .v6((value >> 80) << 80)
    }
  }

  private func withFilters(_ group: PacketsGroup) -> PacketsGroup {
    var group = group
    group.filter = (group.name.contains("/") ? "net " : "host ") + group.name
    group.displayFilter = (group.name.contains(":") ? "ipv6.addr == " : "ip.addr == ") + group.name
    return group
  }
}
