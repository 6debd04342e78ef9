public import Questions

/// What mirrored byte counters show for one inbound connection of a relay.
public struct MirrorLink: Hashable, Sendable {
  public enum Basis: Hashable, Sendable {
    /// Only these two of all connections fit each other.
    case unique
    /// Other connections fit as well, but this is the only way to pair all connections of a group that has as many
    /// inbound as outbound ones.
    case elimination
    /// Several outbound connections fit.
    case several
    /// One fits so far, but too little data has moved to confirm it.
    case unconfirmed
    /// No outbound connection fits.
    case none
  }

  public var inbound: SocketCounters
  /// The outbound connection; nil unless the basis is `unique` or `elimination`.
  public var outbound: SocketCounters?
  public var basis: Basis
  /// How many outbound connections fit.
  public var candidates: Int
  /// Why there is no outbound connection.
  public var reason: String?
}

/// What mirrored byte counters show for a whole relay.
public struct MirrorOutcome: Sendable {
  /// One link for every inbound connection that was seen.
  public var links: [MirrorLink] = []
  /// Outbound connections that are in no link.
  public var unpaired: [SocketCounters] = []
  /// The number of snapshots that were compared.
  public var snapshots = 0
  /// The time in seconds since the first question.
  public var seconds = 0.0
  public var notes: [String] = []

  public init(snapshots: Int = 0, notes: [String] = []) {
    self.snapshots = snapshots
    self.notes = notes
  }

  /// The number of links with an outbound connection.
  public var matched: Int { links.reduce(0) { $0 + ($1.outbound == nil ? 0 : 1) } }
  /// Whether every inbound connection about which more snapshots could show more has its partner.
  public var isComplete: Bool {
    links.allSatisfy { $0.basis != .several && $0.basis != .unconfirmed }
  }
}
