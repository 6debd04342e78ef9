internal import Flows
internal import Netlink

/// Finds the lower interfaces that rows passed. Answers of the kernel are remembered.
struct LowerPassages {
  private let stack: InterfaceStack
  /// Interfaces with traffic in the window.
  private let moved: Set<InterfaceStack.Position>
  private var ports: [Way: UInt32?] = [:]

  /// How many lookups behind bridges one interval may have, because each costs some requests.
  private static let lookUps = 512

  private struct Way: Hashable {
    let bridge: InterfaceStack.Position
    let remote: IPAddress
  }

  init(_ stack: InterfaceStack, moved: Set<InterfaceStack.Position>) {
    self.stack = stack
    self.moved = moved
  }

  /// The interfaces below `row`'s own that it passed; nil if there are none.
  mutating func below(_ row: FlowTraffic, _ namespaces: LocalNamespaces) -> [InterfacePlace]? {
    var result: [InterfacePlace] = []
    let flow = row.translated ?? row.flow
    for (interface, remote) in [
      (row.interface, row.role == .forwarded ? row.flow.source.address : flow.destination.address),
      (row.outInterface, flow.destination.address),
    ] {
      guard let interface, !stack.isSibling(remote, of: InterfacePlace(interface, in: row.namespace)) else { continue }
      result +=
        stack.below(InterfacePlace(interface, in: row.namespace)) { master, kind, list in
          port(of: master, kind, list, toward: remote, namespaces)
        } ?? []
    }
    return result.isEmpty ? nil : result
  }

  /// A bridge's port toward `remote`, or the only port with any traffic.
  private mutating func port(
    of master: InterfaceStack.Position, _ kind: InterfaceKind?, _ list: [UInt32], toward remote: IPAddress,
    _ namespaces: LocalNamespaces
  ) -> UInt32? {
    let active = list.filter { moved.contains(InterfaceStack.Position(namespace: master.namespace, index: $0)) }
    guard active.count != 1 else { return active[0] }
    guard kind == .bridge, !active.isEmpty else { return nil }
    let way = Way(bridge: master, remote: remote)
    if let known = ports[way] { return known }
    guard ports.count < Self.lookUps, let routing = namespaces.routing(master.namespace) else { return nil }
    let found = Self.port(of: master.index, toward: remote, routing)
    ports[way] = .some(found)
    return found
  }

  /// The port; nil also if the kernel does not answer. The row then has its own interface only.
  private static func port(of bridge: UInt32, toward remote: IPAddress, _ routing: Routing) -> UInt32? {
    // ip route get REMOTE; ip neighbour get; bridge fdb get. What one of them does not tell is left out, as said above.
    guard let route = try? routing.route(to: remote), route.outputInterface == bridge,
      let neighbour = try? routing.neighbour(of: route.gateway ?? remote), !neighbour.hardwareAddress.isEmpty
    else { return nil }
    // Left out as well.
    return (try? routing.port(of: bridge, toward: neighbour.hardwareAddress)) ?? nil
  }
}
