/// A DNS server's answer to one question for addresses, as captured (RFC 1035, RFC 3596).
public struct NameAnswer: Hashable, Sendable, Codable {
  /// Where the answer was seen; nil in a recording.
  public var namespace: Place?
  /// The flow from the client to the DNS server.
  public var flow: Flow
  /// The name that was asked for, in lower case without a final dot.
  public var question: String
  /// The aliases (CNAME records) that lead from the question to the addresses, in that order.
  public var aliases: [String]
  /// The addresses; empty if the name has none.
  public var addresses: [IPAddress]
  /// How long the answer may be cached, in seconds: the shortest lifetime of its records.
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
