/// A host and one network namespace on it. The same tuple means different things at different places.
///
/// A single host has the number 0. Whoever looks at several hosts numbers them with `on(host:)`.
public struct Place: Hashable, Sendable {
  /// The host's number among the hosts that are queried together.
  public var host: Int
  /// The namespace's identity on its host: the inode of its nsfs file (`stat -Lc %i /proc/PID/ns/net`); 0 if it is not
  /// known.
  public var namespace: UInt64

  public init(host: Int = 0, namespace: UInt64) {
    self.host = host
    self.namespace = namespace
  }

  /// A place for what is the same in all namespaces of a host.
  public static func anywhere(on host: Int) -> Place { Place(host: host, namespace: 0) }

  /// The same namespace, on host number `number`.
  public func on(host number: Int) -> Place { Place(host: number, namespace: namespace) }

  /// The same place in the host's own numbering, in which it is host 0.
  public var asAsked: Place { on(host: 0) }
}

extension Place: Comparable {
  public static func < (one: Place, other: Place) -> Bool {
    (one.host, one.namespace) < (other.host, other.namespace)
  }
}

/// In documents a place is one number: the namespace's inode in the low 32 bits, the host's number from bit 40 on.
extension Place: Codable {
  private static let hostShift: UInt64 = 40

  public init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(UInt64.self)
    self.init(host: Int(number >> Self.hostShift), namespace: number & (1 << Self.hostShift - 1))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(namespace | UInt64(host) << Self.hostShift)
  }
}
