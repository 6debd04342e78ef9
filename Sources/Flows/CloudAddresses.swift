/// A host's public addresses, as its cloud's metadata service reports them.
public struct CloudAddresses: Hashable, Sendable, Codable {
  /// A public address that the host itself does not have, and the host's own address that it stands for.
  public struct Pair: Hashable, Sendable, Codable {
    public var outer: IPAddress
    public var own: IPAddress
    /// A command that shows the same on the host; nil if there is none.
    public var command: String?

    public init(outer: IPAddress, own: IPAddress, command: String? = nil) {
      self.outer = outer
      self.own = own
      self.command = command
    }
  }

  /// The cloud: `aws`, `gcp`, `azure`, `tencent` or `aliyun`.
  public var provider: String
  public var pairs: [Pair]

  public init(provider: String, pairs: [Pair]) {
    self.provider = provider
    self.pairs = pairs
  }
}
