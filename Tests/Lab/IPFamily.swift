/// For tests that do the same with both.
public enum IPFamily: String, CaseIterable, Sendable, CustomStringConvertible {
  case v4 = "IPv4"
  case v6 = "IPv6"

  public var description: String { rawValue }
  /// Where a server listens to be reached by any address of the family.
  public var any: String { self == .v4 ? "0.0.0.0" : "::" }
  public var loopback: String { self == .v4 ? "127.0.0.1" : "::1" }
  /// `address:port`, `[address]:port`
  public func endpoint(_ address: String, _ port: Int) -> String {
    self == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
