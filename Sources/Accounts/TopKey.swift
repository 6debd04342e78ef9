public import Flows

/// What the flows of one row have in common.
public enum TopKey: Hashable, Sendable {
  /// A row on one of several hosts, because a pid, a unit or an address means something different on each.
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
  /// Forwarded between two addresses; no process here owns it.
  case forwarded(from: IPAddress, to: IPAddress)
  /// Sockets that the kernel itself opened.
  case kernel
  /// The owner isn't in any container.
  case noContainer
  /// The owner isn't in any systemd unit.
  case noUnit
  /// The address is in no named set.
  case noPrefixSet
  /// No database has the address, which includes all private addresses.
  case noCountry
  case noNetwork
  /// The traffic belongs to no single remote.
  case noRemote
  /// A name that was asked for, or that DNS suggests (`isInferred`).
  case name(String, isInferred: Bool)
  /// No name was seen, for example because the flow began earlier.
  case noName
  /// The owner isn't known, with the reason.
  case unknown(reason: String)
}

extension TopKey {
  /// Whether it stands for something that could not be determined.
  public var isUnknown: Bool { if case .unknown = what { true } else { false } }

  /// The key without its host.
  package var what: TopKey { if case .on(_, let what) = self { what } else { self } }
}
