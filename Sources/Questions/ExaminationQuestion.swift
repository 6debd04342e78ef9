/// Asks what can be seen of a host. The host finds out by trying; `headwater doctor` shows the answer.
public struct ExaminationQuestion: Question {
  public static let name = "examine"
  public init() {}

  public var scope: Scope<Examination> { .host(0) }
  public var asAsked: Self { self }
  public var description: String { "try what can be seen" }
}

/// What can be seen of a host, as trying showed.
public struct Examination: Sendable, Codable {
  /// One check: something that was tried.
  public struct Check: Sendable, Codable, Hashable {
    public enum Outcome: String, Sendable, Codable {
      case works
      /// It works, but less exactly than it could.
      case limited
      case missing
    }
    /// What was tried: `eBPF meter`, `connection tracking`.
    public var subject: String
    public var outcome: Outcome
    public var detail: String
    /// What is less exact or missing because of this, and what would help; nil if all is well.
    public var cost: String?
    /// What the kernel reported for each part that is missing:
    /// `on_send_length: this kernel has no tracepoint sock_send_length`.
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
