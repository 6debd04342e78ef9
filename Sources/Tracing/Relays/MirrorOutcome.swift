public import Questions

/// What mirrored counters say of one inbound connection of a relay.
public struct MirrorLink: Hashable, Sendable {
  public enum Basis: Hashable, Sendable {
    /// Of all connections only these two fit each other.
    case unique
    /// Others fit too, but then some connection would have no partner: the only way to pair all of a group of as many
    /// inbound as outbound connections.
    case elimination
    /// Several fit.
    case several
    /// One fits so far, but not enough has moved to show that it is the one.
    case unconfirmed
    /// None fits.
    case none
  }

  public var inbound: SocketCounters
  /// Only where it is the one: `unique` or `elimination`.
  public var outbound: SocketCounters?
  public var basis: Basis
  /// How many fit.
  public var candidates: Int
  /// Why there is no outbound connection.
  public var reason: String?
}

/// All that mirrored counters say of a relay.
public struct MirrorOutcome: Sendable {
  /// One for every inbound connection that was seen.
  public var links: [MirrorLink] = []
  /// Outbound connections that are in no link.
  public var unpaired: [SocketCounters] = []
  /// How many snapshots were compared.
  public var snapshots = 0
  /// Seconds that it took, from the first question on.
  public var seconds = 0.0
  public var notes: [String] = []

  public init(snapshots: Int = 0, notes: [String] = []) {
    self.snapshots = snapshots
    self.notes = notes
  }

  /// Links with an outbound connection.
  public var matched: Int { links.reduce(0) { $0 + ($1.outbound == nil ? 0 : 1) } }
  /// Every inbound connection that more snapshots could tell more about has its partner.
  public var isComplete: Bool {
    links.allSatisfy { $0.basis != .several && $0.basis != .unconfirmed }
  }
}
