/// A DNS server's answer to one question for addresses, as it was seen on its way (RFC 1035, RFC 3596).
public struct NameAnswer: Hashable, Sendable, Codable {
  /// Where it was seen; nil in a recording.
  public var namespace: Place?
  /// From who asked to the server.
  public var flow: Flow
  /// What was asked for, in lower case without a final dot.
  public var question: String
  /// The names that the question stands for, in the order in which one leads to the next (CNAME).
  public var aliases: [String]
  /// Empty if there are none.
  public var addresses: [IPAddress]
  /// Seconds for which the answer may be kept: the shortest of its records.
  public var lifetime: UInt32
  /// Seconds since 1970, UTC.
  public var time: Double

  public init(
    namespace: Place? = nil, flow: Flow, question: String, aliases: [String] = [], addresses: [IPAddress],
    lifetime: UInt32, time: Double
  ) {
    self.namespace = namespace
    self.flow = flow
    self.question = question
    self.aliases = aliases
    self.addresses = addresses
    self.lifetime = lifetime
    self.time = time
  }
}
