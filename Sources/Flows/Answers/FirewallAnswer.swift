/// One packet that a firewall is asked about: the first of a connection from `source` to `destination`.
public struct FirewallAttempt: Hashable, Sendable, Codable {
  public var transport: Transport
  public var source: IPAddress
  public var destination: Endpoint
  /// The interface on which it arrives; nil if the host sends it to itself.
  public var interface: String?

  public init(_ transport: Transport, from source: IPAddress, to destination: Endpoint, on interface: String?) {
    self.transport = transport
    self.source = source
    self.destination = destination
    self.interface = interface
  }
}

/// A socket that serves at an address, or at any (`0.0.0.0`, `::`).
public struct FirewallListener: Hashable, Sendable, Codable {
  public var transport: Transport
  public var endpoint: Endpoint
  /// Whether a socket of IPv6 does not serve IPv4.
  public var isIPv6Only: Bool

  public init(_ transport: Transport, at endpoint: Endpoint, isIPv6Only: Bool = false) {
    self.transport = transport
    self.endpoint = endpoint
    self.isIPv6Only = isIPv6Only
  }
}

/// What a copy of a host's rules did with one packet and its answer.
public struct FirewallVerdict: Sendable, Codable {
  public enum Outcome: String, Hashable, Sendable, Codable {
    /// The packet arrived, and the answer came back.
    case reachable
    /// The packet, or the answer to it, was dropped or rejected.
    case blocked
    /// The copy can't tell; `reason` says why.
    case unknown
  }

  public var outcome: Outcome
  /// The rule that decided, as its own tool writes it, or `no rule matches, policy accept`; nil if none did.
  public var rule: String?
  /// Where that rule is: `ip filter INPUT`.
  public var chain: String?
  /// Where a rule sent the packet instead of its destination; nil if none did.
  public var translated: Endpoint?
  /// The interface by which the packet left for `translated`, or the next host; nil if it ended on the host.
  public var leftBy: String?
  /// Why the outcome is unknown, or why the packet is blocked although no rule dropped it.
  public var reason: String?
  /// Each rule that the packet met, in order; nil unless asked for.
  public var steps: [String]?

  public init(_ outcome: Outcome, reason: String? = nil) {
    self.outcome = outcome
    self.reason = reason
  }
}

/// A host's rules, asked about packets.
public struct FirewallAnswer: Sendable, Codable {
  /// One verdict per attempt, in the same order.
  public var verdicts: [FirewallVerdict]
  /// The prefixes and addresses that the rules and their sets name.
  public var prefixes: [String]
  /// Why all verdicts are unknown; nil if they are not.
  public var problem: String?
  /// Ports that the tables which translate destinations name: one to which a rule sends packets is among them, and most are
  /// none. Nil if there are none.
  public var doors: [FirewallDoor]?

  public init(verdicts: [FirewallVerdict], prefixes: [String] = [], problem: String? = nil) {
    self.verdicts = verdicts
    self.prefixes = prefixes
    self.problem = problem
  }
}

/// A port that rules name.
public struct FirewallDoor: Hashable, Sendable, Codable {
  public var transport: Transport
  public var port: UInt16

  public init(_ transport: Transport, _ port: UInt16) {
    self.transport = transport
    self.port = port
  }
}
