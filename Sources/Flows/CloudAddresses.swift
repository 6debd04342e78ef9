/// What a host's cloud says of the addresses by which others reach it.
public struct CloudAddresses: Hashable, Sendable, Codable {
  /// An address that the host does not see itself, and the own one that it stands for.
  public struct Pair: Hashable, Sendable, Codable {
    public var outer: IPAddress
    public var own: IPAddress
    /// What a person can run on the host to see the same.
    public var command: String?

    public init(outer: IPAddress, own: IPAddress, command: String? = nil) {
      self.outer = outer
      self.own = own
      self.command = command
    }
  }

  /// `aws`, `gcp`, `azure`, `tencent`, `aliyun`.
  public var provider: String
  public var pairs: [Pair]

  public init(provider: String, pairs: [Pair]) {
    self.provider = provider
    self.pairs = pairs
  }
}
