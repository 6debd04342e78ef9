/// How much is kept. Beyond a limit the less frequent half is dropped, and the report says that it is approximate.
public struct LogLimits: Hashable, Sendable {
  public var sites = 1 << 14
  public var clients = 1 << 18
  public var paths = 1 << 18
  /// Pairs of client and path, and of client and site.
  public var visits = 1 << 19
  public var agents = 1 << 13
  public var upstreams = 1 << 12
  /// How many times are kept to find periods: in all, and for one pair.
  public var times = 12 << 20
  public var timesEach = 16384

  public init() {}
}
