public import Flows

/// Names of remote hosts, as far as they are already known.
public protocol NameSource: Sendable {
  /// The name of `address`; nil if it isn't known (yet). It never waits, but may start a lookup elsewhere.
  func name(of address: IPAddress) -> String?
}

/// The sources of the names in a view.
public struct TopNames: Sendable {
  /// The named set that contains an address: `cloudflare`.
  public var prefixSet: @Sendable (IPAddress) -> String?
  /// The service of a port: `https`.
  public var service: @Sendable (Transport, UInt16) -> String?
  /// The location of an address; nil if it isn't known.
  public var place: @Sendable (IPAddress) -> AddressLocation?
  /// Names of remote hosts; nil if they were not asked for.
  public var hosts: (any NameSource)?
  /// The names that an interval's flows asked for; nil if names are not watched.
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

  /// The same sources with the names that the flows of `interval` asked for.
  package func naming(_ interval: Interval) -> TopNames {
    var names = self
    names.flows = NameIndex(interval)
    return names
  }
}
