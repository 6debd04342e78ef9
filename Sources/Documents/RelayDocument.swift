public import Flows

/// What `headwater relays` found: `headwater.relays/1`. Written with keys in snake case.
public struct RelayDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.relays/1"

  public var schema = RelayDocument.schema
  public var host: String
  /// RFC 3339, UTC.
  public var started: String
  /// The measuring window.
  public var seconds: Double
  /// Ordered by bytes.
  public var relays: [RelayReport]
  /// What could not be seen, and why.
  public var notes: [String]

  public init(host: String, started: String, seconds: Double, relays: [RelayReport], notes: [String]) {
    self.host = host
    self.started = started
    self.seconds = seconds
    self.relays = relays
    self.notes = notes
  }
}

/// One relaying process and who goes where through it.
public struct RelayReport: Hashable, Sendable, Codable {
  public var software: String
  public var owner: Owner
  /// Flows that moved something within the window.
  public var inbound: Int
  public var outbound: Int
  /// Network-layer bytes of the inbound flows, both ways.
  public var bytes: UInt64
  public var ways: [Way]
  /// Outbound flows that serve clients, not known which.
  public var unpaired: [Unpaired]
  /// Outbound flows that serve no client: health checks, connections kept for later.
  public var own: [Flow]
  public var notes: [String]

  /// One inbound flow and where it goes, or one of its ways if it is served by several.
  public struct Way: Hashable, Sendable, Codable {
    /// From the client to the relay.
    public var inbound: Flow
    /// From the relay to the server; nil if that is not known.
    public var outbound: Flow?
    public var names: RelayNames?
    public var method: String
    public var certainty: Certainty
    /// How many outbound flows could be the one; nil if exactly one.
    public var candidates: Int?
    /// Network-layer bytes of the inbound flow that went this way, both ways.
    public var bytes: UInt64
    public var exchanges: Int?

    public init(
      inbound: Flow, outbound: Flow? = nil, names: RelayNames? = nil, method: String, certainty: Certainty,
      candidates: Int? = nil, bytes: UInt64, exchanges: Int? = nil
    ) {
      self.inbound = inbound
      self.outbound = outbound
      self.names = names
      self.method = method
      self.certainty = certainty
      self.candidates = candidates
      self.bytes = bytes
      self.exchanges = exchanges
    }
  }

  public struct Unpaired: Hashable, Sendable, Codable {
    public var outbound: Flow
    /// How many inbound flows could be the one.
    public var candidates: Int

    public init(outbound: Flow, candidates: Int) {
      self.outbound = outbound
      self.candidates = candidates
    }
  }

  public init(
    software: String, owner: Owner, inbound: Int, outbound: Int, bytes: UInt64, ways: [Way],
    unpaired: [Unpaired] = [], own: [Flow], notes: [String]
  ) {
    self.software = software
    self.owner = owner
    self.inbound = inbound
    self.outbound = outbound
    self.bytes = bytes
    self.ways = ways
    self.unpaired = unpaired
    self.own = own
    self.notes = notes
  }
}
