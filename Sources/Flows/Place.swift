/// A host and one network namespace on it: the same tuple means different things at different places.
///
/// A host that is asked alone calls itself 0; who looks at several hosts as one numbers them (`on(host:)`).
public struct Place: Hashable, Sendable {
  /// Which of the hosts that are looked at together.
  public var host: Int
  /// The namespace's identity on its host: the inode of its nsfs file (`stat -Lc %i /proc/PID/ns/net`); 0 if it is not
  /// known.
  public var namespace: UInt64

  public init(host: Int = 0, namespace: UInt64) {
    self.host = host
    self.namespace = namespace
  }

  /// For what is the same in all namespaces of a host.
  public static func anywhere(on host: Int) -> Place { Place(host: host, namespace: 0) }

  /// The same namespace, as one of host `number`.
  public func on(host number: Int) -> Place { Place(host: number, namespace: namespace) }

  /// As its own host calls it.
  public var asAsked: Place { on(host: 0) }
}

extension Place: Comparable {
  public static func < (one: Place, other: Place) -> Bool {
    (one.host, one.namespace) < (other.host, other.namespace)
  }
}

/// In documents a place is one number: the namespace's inode, which has 32 bits, and from bit 40 on the host's number.
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
