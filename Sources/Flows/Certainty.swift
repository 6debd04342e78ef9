/// How sure a claim is.
public enum Certainty: String, Hashable, Sendable, Codable {
  /// The kernel or the relay itself says so.
  case observed
  /// A unique numeric match.
  case matched
  /// Statistics.
  case inferred
  case unknown
}

/// What was read, where, and a command a person can run to see the same.
public struct Evidence: Hashable, Sendable, Codable {
  /// `meter`, `sock_diag`, `conntrack`, `docker`, `/proc`, …
  public var source: String
  public var detail: String
  /// Shown as it can be typed; nil where no such command exists (the flow is gone).
  public var command: String?

  public init(_ source: String, _ detail: String, command: String? = nil) {
    self.source = source
    self.detail = detail
    self.command = command
  }
}
