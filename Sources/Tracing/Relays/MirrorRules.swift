/// Assumptions about how a relay passes bytes on.
public struct MirrorRules: Hashable, Sendable {
  /// A relay passes on what it has read within this time, in seconds. Two connections that were both idle for that long
  /// must agree.
  public var settling: Double
  /// The same limit for the first snapshot, where only the kernel's ages show how long the connections were idle. It is
  /// used only if no bytes wait to be read, so that the relay is not behind.
  public var longSettling: Double
  /// The most bytes of one connection that a relay holds.
  public var held: UInt64
  /// Bytes that the relay itself sends first on every outbound connection: a PROXY protocol header of version 2 has 28
  /// bytes over IPv4 and 52 over IPv6.
  public var prefix: UInt64
  /// A pair that follows from the order of events, and not from the sums, is claimed only after it has moved and agreed
  /// this many more times: two connections without partners may fit by chance.
  public var confirmations: Int
  /// Whether every connection is known to have a partner. Then pairs may also be found by elimination; a health check
  /// or a cached answer would make that wrong.
  public var allHavePartners: Bool

  public init(
    settling: Double = 0.05, longSettling: Double = 0.5, held: UInt64 = 4 << 20, prefix: UInt64 = 0,
    confirmations: Int = 2, allHavePartners: Bool = false
  ) {
    self.settling = settling
    self.longSettling = longSettling
    self.held = held
    self.prefix = prefix
    self.confirmations = confirmations
    self.allHavePartners = allHavePartners
  }
}
