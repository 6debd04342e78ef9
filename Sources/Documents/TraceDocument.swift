public import Flows

/// What `headwater trace` found: `headwater.trace/1`. Written with keys in snake case (`bits_per_second`). A field may be added; none changes its meaning within `/1`.
public struct TraceDocument: Sendable, Codable {
  public static let schema = "headwater.trace/1"

  public var schema = TraceDocument.schema
  public var target: String
  /// RFC 3339, UTC.
  public var started: String
  /// The measuring window.
  public var seconds: Double
  public var coverage: Coverage
  /// VPNs' own flows that carried flows of the chains; their bytes are not among the chains'.
  public var carriers: [Carrier]?
  /// Ordered by bytes.
  public var chains: [Chain]
  public var findings: [Finding]

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
  public init(bytes: UInt64, explained: UInt64, unknown: UInt64, reasons: [String]) {
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
  /// Of the target's bytes, 0 to 1; of its flows where the evidence has no bytes.
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
    /// One line a person can act on.
    public var summary: String
    /// How many processes that differ only in their pids were started in the window; nil for one that just runs.
    public var starts: Int?
    /// Who starts them.
    public var startedBy: Process.Starter?
    public init(kind: Kind, name: String, summary: String) {
      self.kind = kind
      self.name = name
      self.summary = summary
    }
  }

  /// The other end, as far as it is known.
  public struct Destination: Hashable, Sendable, Codable {
    public var host: String?
    public var container: Container?
    public var process: Process?
    public var endpoint: Endpoint?
    /// What was asked for, where a proxy serves it.
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

/// Something a person should change, and how.
public struct Finding: Hashable, Sendable, Codable {
  public enum Severity: String, Hashable, Sendable, Codable { case low, medium, high }
  public var kind: String
  public var severity: Severity
  public var summary: String
  public var remedy: String
  public init(kind: String, severity: Severity, summary: String, remedy: String) {
    self.kind = kind
    self.severity = severity
    self.summary = summary
    self.remedy = remedy
  }
}
