/// What a relay is trusted to do with the bytes that it passes on.
public struct MirrorRules: Hashable, Sendable {
  /// A relay passes on what it has read within this time, in seconds: two connections that were both quiet for so long
  /// must agree.
  public var settling: Double
  /// The same by the kernel's own word alone, in the first snapshot: how long ago the newest byte moved. Only asked for
  /// where no byte waits to be read, so that the relay is not behind.
  public var longSettling: Double
  /// More bytes than this a relay does not hold of one connection.
  public var held: UInt64
  /// Bytes that the relay sends before the client's on every outbound connection: a PROXY protocol header of version 2
  /// has 28 over IPv4, 52 over IPv6.
  public var prefix: UInt64
  /// Pairs that the order of events tells, not their sums, are claimed after they have moved and agreed so many more times:
  /// two connections of which neither has a partner may fit by chance.
  public var confirmations: Int
  /// Whether each connection is known to have a partner. Then pairs may be told by elimination too; a health check or an
  /// answer from a cache would make it wrong.
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
