public import Flows

/// What the flows of one row have in common.
public enum TopKey: Hashable, Sendable {
  /// A row of one of several hosts: a pid, a unit, an address stand for something else on each.
  indirect case on(host: Int, TopKey)
  /// A host by its number.
  case host(Int)
  case process(pid: Int32, startTime: Double?)
  case container(runtime: String, id: String)
  case machine(String)
  case unit(String)
  case service(Transport, port: UInt16)
  case remote(IPAddress)
  case prefixSet(String)
  case country(String)
  case network(String)
  case interface(Place, String?)
  /// Routed between two addresses; nobody here owns it.
  case forwarded(from: IPAddress, to: IPAddress)
  /// Sockets that the kernel itself opened.
  case kernel
  /// The owner isn't in any container.
  case noContainer
  /// The owner isn't in any systemd unit.
  case noUnit
  /// The address is in no named set.
  case noPrefixSet
  /// No database says where the address is, or whose: private addresses are in none.
  case noCountry
  case noNetwork
  /// The traffic belongs to no single remote.
  case noRemote
  /// What was asked for by name, or what the DNS leads to.
  case name(String, isInferred: Bool)
  /// No name was seen, as of flows that began before.
  case noName
  /// Who it is isn't known, and why.
  case unknown(reason: String)
}

extension TopKey {
  /// Whether it stands for what could not be found out.
  public var isUnknown: Bool { if case .unknown = what { true } else { false } }

  /// What it stands for on its host.
  package var what: TopKey { if case .on(_, let what) = self { what } else { self } }
}
