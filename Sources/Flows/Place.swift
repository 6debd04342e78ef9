/// A network namespace's identity on its host: the inode of its nsfs file (`stat -Lc %i /proc/PID/ns/net`).
public struct NamespaceID: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A host and one network namespace on it. The same tuple means different things in different places.
public struct Place: Hashable, Sendable, Codable {
  public var host: String
  public var namespace: NamespaceID
  public init(host: String, namespace: NamespaceID) {
    self.host = host
    self.namespace = namespace
  }
}
