public import Flows

/// The answer of `headwater relays` (`headwater.relays/1`). Keys are in snake case.
public struct RelayDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.relays/1"

  public var schema = RelayDocument.schema
  public var host: String
  /// The start of the window: RFC 3339, UTC.
  public var started: String
  /// The window in seconds.
  public var seconds: Double
  /// The relays, ordered by bytes.
  public var relays: [RelayReport]
  /// What could not be seen, and why.
  public var notes: [String]
  /// Why there may be more relays than `relays` has; nil if the owners of all traffic were seen.
  public var reason: String?

  public init(host: String, started: String, seconds: Double, relays: [RelayReport], notes: [String]) {
    self.host = host
    self.started = started
    self.seconds = seconds
    self.relays = relays
    self.notes = notes
  }
}

/// One relay, and which inbound flow goes where.
public struct RelayReport: Hashable, Sendable, Codable {
  public var software: String
  public var owner: Owner
  /// The number of inbound flows with traffic in the window.
  public var inbound: Int
  public var outbound: Int
  /// Network-layer bytes of the inbound flows, both ways.
  public var bytes: UInt64
  public var ways: [Way]
  /// Outbound flows that serve clients, but it is not known which ones.
  public var unpaired: [Unpaired]
  /// Outbound flows that serve no client: health checks and idle connections kept for later.
  public var own: [Flow]
  public var notes: [String]
  /// How many processes it has, if one program started them all, one for each client or worker, and `owner` is that program's;
  /// nil for one.
  public var processes: Int?

  /// One inbound flow and where it goes. An inbound flow that several outbound flows serve has several ways.
  public struct Way: Hashable, Sendable, Codable {
    /// The inbound flow, from the client to the relay.
    public var inbound: Flow
    /// The outbound flow, from the relay to the server; nil if it is not known.
    public var outbound: Flow?
    public var names: RelayNames?
    public var method: String
    public var certainty: Certainty
    /// How many outbound flows could be the other side; nil if there is exactly one.
    public var candidates: Int?
    /// Network-layer bytes of the inbound flow that took this way, both directions.
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
    /// How many inbound flows could be the other side.
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
