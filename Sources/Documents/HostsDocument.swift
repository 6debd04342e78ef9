public import Flows

/// The answer of `headwater hosts` (`headwater.hosts/1`).
public struct HostsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.hosts/1"

  public var schema = Self.schema
  public var hosts: [HostAnswer]
  /// Which parts of the settings were ignored, and why.
  public var notes: [String]

  public init(hosts: [HostAnswer], notes: [String] = []) {
    self.hosts = hosts
    self.notes = notes
  }
}

/// Whether a host can be queried, and with which privileges. Fields that are not known are left out.
public struct HostAnswer: Hashable, Sendable, Codable {
  /// Why the host can't be queried.
  public struct Failure: Hashable, Sendable, Codable {
    /// The kind of failure: `refused`, `timedOut`, `denied`, …
    public var code: String
    public var detail: String
    public var advice: String

    public init(code: String, detail: String, advice: String) {
      self.code = code
      self.detail = detail
      self.advice = advice
    }
  }

  public var name: String
  /// The destination that `ssh` is called with.
  public var ssh: String
  public var reachable: Bool
  public var error: Failure?
  /// The probe's version.
  public var version: String?
  /// What the probe may see: `root`, `sudo`, or `none`.
  public var privileges: String?
  public var architecture: String?
  /// The host's addresses: first those of its interfaces (without loopback and link-local ones), then the public ones
  /// from the settings and its cloud.
  public var addresses: [IPAddress]?
  /// The seconds to add to this host's time of day to get the other host's, and the possible error.
  public var clockOffset: Double?
  public var clockUncertainty: Double?
  /// Seconds until the host's probe answered.
  public var seconds: Double
  /// The probe's folder on the host, and whether the probe was copied there just now.
  public var place: String?
  public var copied: Bool?
  /// What limits the host's answers.
  public var notes: [String]

  public init(name: String, ssh: String, reachable: Bool, seconds: Double, notes: [String] = []) {
    self.name = name
    self.ssh = ssh
    self.reachable = reachable
    self.seconds = seconds
    self.notes = notes
  }
}
