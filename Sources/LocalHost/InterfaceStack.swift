internal import Flows
internal import Meter
internal import Netlink
internal import Questions

/// Which interfaces are stacked on which others, in any namespaces. What passes a VLAN, a macvlan or a VXLAN device
/// also passes the one below it; what a bridge or a bond sends also leaves by one of its ports.
struct InterfaceStack {
  struct Position: Hashable {
    let namespace: Place
    let index: UInt32
  }

  private struct Lower {
    let position: Position
    /// How many bytes longer each packet is on the lower interface, from the network header on.
    let header: UInt64
    /// Whether its packets to siblings on the same lower interface do not pass that.
    var reachesSiblings = false
  }

  private var lowers: [Position: Lower] = [:]
  private var ports: [Position: [UInt32]] = [:]
  private var kinds: [Position: InterfaceKind] = [:]
  private var positions: [InterfacePlace: Position] = [:]
  private var names: [Position: InterfacePlace] = [:]
  /// The addresses of interfaces that reach their siblings, by the interface below.
  private var siblings: [Position: [IPAddress: Position]] = [:]

  init(_ namespaces: LocalNamespaces) {
    for description in namespaces.descriptions {
      let place = description.id
      for link in namespaces.links(place) {
        let position = Position(namespace: place, index: link.index)
        names[position] = InterfacePlace(link.name, in: place)
        kinds[position] = link.kind
        if let master = link.master { ports[Position(namespace: place, index: master), default: []].append(link.index) }
        lowers[position] = Self.lower(of: link, description, namespaces)
        if link.reachesSiblings, let lower = lowers[position]?.position {
          for address in description.interface(link.index)?.addresses ?? [] {
            siblings[lower, default: [:]][address.address] = position
          }
        }
      }
    }
    for (position, name) in names where lowers[position] != nil || ports[position] != nil { positions[name] = position }
  }

  private static func lower(of link: Link, _ place: NamespaceDescription, _ namespaces: LocalNamespaces) -> Lower? {
    guard let kind = link.kind else { return nil }
    if kind == .wireguard {
      return WireGuardUnderlay(link.index, at: place.id, namespaces).map {
        Lower(position: Position(namespace: $0.place, index: $0.interface), header: $0.header)
      }
    }
    let parent = place.interface(link.index)?.peer.map { Position(namespace: $0.namespace, index: $0.index) }
    if kind.isOnParent {
      return parent.map { Lower(position: $0, header: 0, reachesSiblings: link.reachesSiblings) }
    }
    guard let underlay = link.underlay, let header = kind.tunnelHeader(isV4: underlay.remote?.isV4 ?? true) else {
      return nil
    }
    if let parent { return Lower(position: parent, header: header) }
    if let index = underlay.interface {
      return Lower(position: Position(namespace: place.id, index: index), header: header)
    }
    // Without a route that may be read the interface below is not known, and its bytes are counted where they are seen.
    guard let remote = underlay.remote, let route = try? namespaces.routing(place.id)?.route(to: remote),
      let index = route.outputInterface
    else { return nil }
    return Lower(position: Position(namespace: place.id, index: index), header: header)
  }

  /// The interfaces that are stacked on `position`.
  func uppers(of position: Position) -> [InterfaceCounters.Upper] {
    lowers.filter { $0.value.position == position }.map {
      InterfaceCounters.Upper(
        namespace: $0.key.namespace, index: $0.key.index, header: $0.value.header,
        reachesSiblings: $0.value.reachesSiblings)
    }.sorted { ($0.namespace.namespace, $0.index) < ($1.namespace.namespace, $1.index) }
  }

  /// Whether packets from `interface` to `remote` go to another macvlan or ipvlan on the same interface below, without passing that.
  func isSibling(_ remote: IPAddress, of interface: InterfacePlace) -> Bool {
    guard let position = positions[interface], let lower = lowers[position], lower.reachesSiblings,
      let other = siblings[lower.position]?[remote]
    else { return false }
    return other != position
  }

  /// The interfaces below `interface` that its packets pass, nearest first; nil if there are none.
  ///
  /// - Parameter port: the port by which a bridge or bond reaches the remote; nil if that is not known.
  func below(_ interface: InterfacePlace, port: (Position, InterfaceKind?, [UInt32]) -> UInt32?) -> [InterfacePlace]? {
    guard var position = positions[interface] else { return nil }
    var result: [InterfacePlace] = []
    // Deeper than any real nesting.
    for _ in 0..<8 {
      if let lower = lowers[position] {
        position = lower.position
      } else if let ports = ports[position], let index = port(position, kinds[position], ports) {
        position = Position(namespace: position.namespace, index: index)
      } else {
        break
      }
      guard let name = names[position], !result.contains(name) else { break }
      result.append(name)
    }
    return result.isEmpty ? nil : result
  }
}
