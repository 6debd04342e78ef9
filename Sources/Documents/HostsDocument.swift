public import Flows

/// What `headwater hosts` says of each host (`headwater.hosts/1`).
public struct HostsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.hosts/1"

  public var schema = Self.schema
  public var hosts: [HostAnswer]
  /// What was passed over in the settings.
  public var notes: [String]

  public init(hosts: [HostAnswer], notes: [String] = []) {
    self.hosts = hosts
    self.notes = notes
  }
}

/// Whether a host can be asked, and as whom. What is not known is left out.
public struct HostAnswer: Hashable, Sendable, Codable {
  /// Why it can't be asked.
  public struct Failure: Hashable, Sendable, Codable {
    /// `refused`, `timedOut`, `denied`, …
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
  /// What `ssh` is told.
  public var ssh: String
  public var reachable: Bool
  public var error: Failure?
  /// The probe's version.
  public var version: String?
  /// `root`, `sudo`, or `none`: what the probe may see.
  public var privileges: String?
  public var architecture: String?
  /// Of its interfaces, without loopback and link-local ones, then those of the settings and of its cloud.
  public var addresses: [IPAddress]?
  /// Seconds to add to this host's time of day to get the other's, and how far that may be off.
  public var clockOffset: Double?
  public var clockUncertainty: Double?
  /// How long it took until its probe answered.
  public var seconds: Double
  /// The folder of the probe there, and whether it was copied just now.
  public var place: String?
  public var copied: Bool?
  /// What makes its answers less.
  public var notes: [String]

  public init(name: String, ssh: String, reachable: Bool, seconds: Double, notes: [String] = []) {
    self.name = name
    self.ssh = ssh
    self.reachable = reachable
    self.seconds = seconds
    self.notes = notes
  }
}
