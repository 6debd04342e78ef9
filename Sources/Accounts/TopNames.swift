public import Flows

/// Names of remote hosts, as far as they are known already.
public protocol NameSource: Sendable {
  /// The name of `address`, or nil if it isn't known (yet). Never waits: it may note that the name is wanted and have it
  /// found out elsewhere.
  func name(of address: IPAddress) -> String?
}

/// Where the names in a view come from.
public struct TopNames: Sendable {
  /// The named set that holds an address: `cloudflare`.
  public var prefixSet: @Sendable (IPAddress) -> String?
  /// The service that a port is for: `https`.
  public var service: @Sendable (Transport, UInt16) -> String?
  /// Where an address is; nil if that isn't known.
  public var place: @Sendable (IPAddress) -> AddressLocation?
  /// Nil if names of remote hosts were not asked for.
  public var hosts: (any NameSource)?
  /// What the flows of an interval asked for; nil if that was not watched.
  public var flows: NameIndex?

  public init(
    prefixSet: @escaping @Sendable (IPAddress) -> String? = { _ in nil },
    service: @escaping @Sendable (Transport, UInt16) -> String? = { _, _ in nil },
    hosts: (any NameSource)? = nil, place: @escaping @Sendable (IPAddress) -> AddressLocation? = { _ in nil }
  ) {
    self.place = place
    self.prefixSet = prefixSet
    self.service = service
    self.hosts = hosts
  }

  /// The same with what the flows of `interval` asked for.
  package func naming(_ interval: Interval) -> TopNames {
    var names = self
    names.flows = NameIndex(interval)
    return names
  }
}
