public import Flows

extension Target {
  /// Whether a counted row belongs to the target.
  ///
  /// - Parameter names: the names of the row's interval; nil if they were not watched.
  public func covers(_ row: FlowTraffic, _ names: NameIndex?) -> Bool {
    guard case .name(let name) = plain else { return matches(row) }
    return names?.asks(row, for: name) ?? false
  }

  /// Whether a packet belongs to the target by its addresses and ports alone. Of a process, a container or a name only its rows
  /// tell.
  public func covers(_ packet: Flow) -> Bool {
    switch plain {
    case .busiest: true
    case .prefix(let prefix): prefix.contains(packet.source.address) || prefix.contains(packet.destination.address)
    case .set(_, let prefixes):
      prefixes.contains { $0.contains(packet.source.address) || $0.contains(packet.destination.address) }
    case .endpoint(let end): packet.source == end || packet.destination == end
    case .port(let port):
      packet.transport.hasPorts && (packet.source.port == port || packet.destination.port == port)
    case .flow(let one, let other):
      (packet.source, packet.destination) == (one, other) || (packet.source, packet.destination) == (other, one)
    case .interface, .pid, .processName, .container, .name, .on: false
    }
  }
}
