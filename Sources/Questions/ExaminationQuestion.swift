/// What can be seen of a host, found by trying: what `headwater doctor` reports.
public struct ExaminationQuestion: Question {
  public static let name = "examine"
  public init() {}

  public var scope: Scope<Examination> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "try what can be seen" }
}

/// What can be seen of this host, found by trying.
public struct Examination: Sendable, Codable {
  /// One thing that was tried.
  public struct Check: Sendable, Codable, Hashable {
    public enum Outcome: String, Sendable, Codable {
      case works
      /// It works, but something is less exact than it could be.
      case limited
      case missing
    }
    /// What was tried: `eBPF meter`, `connection tracking`.
    public var subject: String
    public var outcome: Outcome
    public var detail: String
    /// What its lack costs in exactness, and what would mend it.
    public var cost: String?
    /// What the kernel said of each part that is not there: `on_send_length: this kernel has no tracepoint sock_send_length`.
    public var parts: [String]?

    public init(subject: String, outcome: Outcome, detail: String, cost: String? = nil, parts: [String] = []) {
      self.subject = subject
      self.outcome = outcome
      self.detail = detail
      self.cost = cost
      self.parts = parts.isEmpty ? nil : parts
    }
  }

  public static let schema = "headwater.doctor/1"

  public var schema = Self.schema
  public var host: String
  public var kernel: String
  /// The meter that a command would use now: `ebpf`, `sockets`, or `none`.
  public var meter: String
  public var checks: [Check]

  public init(host: String, kernel: String, meter: String, checks: [Check]) {
    self.host = host
    self.kernel = kernel
    self.meter = meter
    self.checks = checks
  }
}

extension Examination: HostRelative {
  public func called(_ name: String) -> Self {
    var copy = self
    copy.host = name
    return copy
  }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}
