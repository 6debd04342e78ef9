/// How certain a claim is.
public enum Certainty: String, Hashable, Sendable, Codable {
  /// The kernel or the relay itself reports it.
  case observed
  /// One numeric match, and no other.
  case matched
  /// A statistical conclusion, from times or shares.
  case inferred
  case unknown
}

/// What was read, where, and a command with which a person can check it.
public struct Evidence: Hashable, Sendable, Codable {
  /// Where it was read: `meter`, `sock_diag`, `conntrack`, `docker`, `/proc`, …
  public var source: String
  public var detail: String
  /// The command to check it, ready to be typed; nil if there is none (for example because the flow is gone).
  public var command: String?

  public init(_ source: String, _ detail: String, command: String? = nil) {
    self.source = source
    self.detail = detail
    self.command = command
  }
}
