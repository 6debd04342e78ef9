internal import Flows
public import Questions

/// The interfaces of a host's own network namespace, and which of them lead away from the host.
public struct Uplinks: Sendable {
  /// The host's own namespace, or the one that the program is in where the host's can't be seen.
  public let namespace: NamespaceDescription
  /// The names of the interfaces that lead away from the host.
  public private(set) var names: [String]

  /// Nil if no namespace is known.
  public init?(_ inventory: Inventory) {
    let known = inventory.namespaces
    guard let namespace = known.first(where: \.isHost) ?? known.first(where: { $0.entry == "" }) else { return nil }
    self.namespace = namespace
    let places = Set(known.map(\.id))
    names = namespace.interfaces.filter { Self.leadsAway($0, from: places) }.map(\.name).sorted()
  }

  /// These, and those of an earlier moment that are no longer there: what they moved until then went away by them.
  public func including(_ earlier: Uplinks?) -> Uplinks {
    guard let earlier, earlier.namespace.id == namespace.id else { return self }
    let there = Set(namespace.interfaces.map(\.name))
    var result = self
    result.names = (names + earlier.names.filter { !there.contains($0) }).sorted()
    return result
  }

  /// Whether packets leave the host by it: hardware, and devices that stand for it in a virtual machine or a container. What is
  /// stacked on another interface leaves by that one, and the other end of a veth may be on this host.
  static func leadsAway(_ interface: Interface, from places: Set<Place>) -> Bool {
    if interface.name == "lo" { return false }
    guard let kind = interface.kind else { return true }
    if kind == .veth {
      guard let peer = interface.peer else { return true }
      return !places.contains(peer.namespace)
    }
    // A container's own macvlan or ipvlan has its parent in another namespace, which is not this host's to count.
    if kind.isVirtual { return interface.peer.map { !places.contains($0.namespace) } ?? true }
    let stacked: [InterfaceKind] = [.tun, .bridge, .vlan, .ifb, .bond, .team, .dummy]
    return !kind.isTunnel && !stacked.contains(kind) && kind != InterfaceKind("netkit") && kind != "vrf"
  }

  /// Whether packets of interface `upper` pass `lower` as well: a port of a bridge or bond, the parent of a VLAN, or what
  /// carries a tunnel.
  func carries(_ lower: String, _ upper: String?) -> Bool {
    guard let upper, let above = namespace.interfaces.first(where: { $0.name == upper }), let kind = above.kind else {
      return false
    }
    guard let below = namespace.interfaces.first(where: { $0.name == lower }) else { return false }
    if below.master == above.index { return true }
    if kind.isOnParent { return above.peer?.index == below.index }
    return kind.isTunnel
  }
}
