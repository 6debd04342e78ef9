public import Flows

/// The answer of `headwater trace` (`headwater.trace/1`). Keys are in snake case (`bits_per_second`). Within `/1`,
/// fields may be added, but no field changes its meaning.
public struct TraceDocument: Sendable, Codable {
  public static let schema = "headwater.trace/1"

  public var schema = TraceDocument.schema
  public var target: String
  /// The start of the window: RFC 3339, UTC.
  public var started: String
  /// The window in seconds.
  public var seconds: Double
  public var coverage: Coverage
  /// VPNs' own flows that carried flows of the chains. Their bytes are not part of the chains' bytes.
  public var carriers: [Carrier]?
  /// The chains, ordered by bytes.
  public var chains: [Chain]
  public var findings: [Finding]
  /// What the host has besides, if nearly nothing moved and no target was given; nil otherwise.
  public var quiet: QuietReport?

  public init(
    target: String, started: String, seconds: Double, coverage: Coverage, carriers: [Carrier]? = nil, chains: [Chain],
    findings: [Finding]
  ) {
    self.target = target
    self.started = started
    self.seconds = seconds
    self.coverage = coverage
    self.carriers = carriers
    self.chains = chains
    self.findings = findings
  }
}

/// How much of the target's traffic the chains explain, in network-layer bytes.
public struct Coverage: Hashable, Sendable, Codable {
  public var bytes: UInt64
  public var explained: UInt64
  public var unknown: UInt64
  public var reasons: [String]
  /// What could not be examined or was not answered, so that a claim may be missing even where all bytes are explained; nil
  /// if nothing was refused.
  public var refused: [String]?
  /// Why there may be more than could be seen, although nothing was refused: what is shown is right. Given where the answer
  /// may depend on it (the target is a process, or bytes are not explained); nil elsewhere.
  public var limits: [String]?
  /// Why bytes are estimates although an exact meter was wanted; nil if none was, or if it counted.
  public var estimated: [String]?
  /// What was concluded about which connections belong to the target, and which of them count; nil if nothing was.
  public var included: [String]?

  public init(bytes: UInt64, explained: UInt64, unknown: UInt64, reasons: [String], refused: [String]? = nil) {
    self.refused = refused
    self.bytes = bytes
    self.explained = explained
    self.unknown = unknown
    self.reasons = reasons
  }
}

/// Hops from the symptom to the source, with bytes. Flows that pass the same hops are one chain.
public struct Chain: Sendable, Codable {
  public var bytes: UInt64
  public var bitsPerSecond: UInt64
  /// The chain's share of the target's bytes, 0 to 1; its share of the flows if the evidence has no bytes.
  public var share: Double
  public var flows: Int
  public var hops: [Hop]
  public var source: Source
  public var destination: Destination

  public struct Source: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
      case process, container
      case vpnClient = "vpn-client"
      case external, unknown
    }
    public var kind: Kind
    public var name: String
    /// The source in one line for people.
    public var summary: String
    /// How many such processes were started in the window, if they differ only in their pids; nil for a process that
    /// keeps running.
    public var starts: Int?
    /// Who starts them.
    public var startedBy: Process.Starter?
    public init(kind: Kind, name: String, summary: String) {
      self.kind = kind
      self.name = name
      self.summary = summary
    }
  }

  /// The other end of the traffic, as far as it is known.
  public struct Destination: Hashable, Sendable, Codable {
    public var host: String?
    public var container: Container?
    public var process: Process?
    public var endpoint: Endpoint?
    /// The requested site, if a proxy serves it.
    public var site: Site?
    public init(
      host: String? = nil, container: Container? = nil, process: Process? = nil, endpoint: Endpoint? = nil
    ) {
      self.host = host
      self.container = container
      self.process = process
      self.endpoint = endpoint
    }
  }

  public init(
    bytes: UInt64, bitsPerSecond: UInt64, share: Double, flows: Int, hops: [Hop], source: Source,
    destination: Destination
  ) {
    self.bytes = bytes
    self.bitsPerSecond = bitsPerSecond
    self.share = share
    self.flows = flows
    self.hops = hops
    self.source = source
    self.destination = destination
  }

}

/// Something to repair, with a remedy.
public struct Finding: Hashable, Sendable, Codable {
  public enum Severity: String, Hashable, Sendable, Codable { case low, medium, high }
  public var kind: String
  public var severity: Severity
  public var summary: String
  public var remedy: String
  /// A command that does it, with `TRUSTED` in place of the addresses to allow; nil if it depends on what is not known.
  public var command: String?
  public init(kind: String, severity: Severity, summary: String, remedy: String, command: String? = nil) {
    self.kind = kind
    self.severity = severity
    self.summary = summary
    self.remedy = remedy
    self.command = command
  }
}
