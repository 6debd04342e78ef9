/// How much memory the counting may take.
public struct PacketLimits: Hashable, Sendable {
  /// How many conversations are counted by themselves. When there are more, the small ones are merged by the address
  /// that began and the service.
  public var conversations = 40_000
  /// How many later fragments wait for their first.
  public var fragments = 4096

  public init() {}
}
