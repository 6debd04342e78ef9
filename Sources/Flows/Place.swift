/// A network namespace's identity on its host: the inode of its nsfs file (`stat -Lc %i /proc/PID/ns/net`).
public struct NamespaceID: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

extension NamespaceID {
  /// Inode numbers of namespaces have 32 bits; the bits above tell hosts apart where several are looked at as one.
  private static let hostShift: UInt64 = 40

  /// Which of several hosts the namespace is on; 0 for one host alone.
  public var hostNumber: Int { Int(rawValue >> Self.hostShift) }

  /// The same namespace, as one of host `number`.
  public func on(host number: Int) -> NamespaceID {
    NamespaceID(rawValue: inode.rawValue | UInt64(number) << Self.hostShift)
  }

  /// As its own host calls it.
  public var inode: NamespaceID { NamespaceID(rawValue: rawValue & (1 << Self.hostShift - 1)) }
}
