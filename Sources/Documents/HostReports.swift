/// Reports of several hosts as one document (`headwater.reports/1`).
public struct HostReports<Report: Encodable & Sendable>: Encodable, Sendable {
  public let schema = "headwater.reports/1"
  public let reports: [Report]
  /// Hosts that could not be reached, or did not answer.
  public let unreached: [HostSilence]
  /// Hosts that were reached and may not tell, for want of a privilege; nil if there is none.
  public let refused: [HostSilence]?
  /// Hosts that answered but do not have the target.
  public let absent: [HostSilence]

  public init(_ reports: [Report], unreached: [HostSilence], refused: [HostSilence] = [], absent: [HostSilence] = []) {
    self.refused = refused.isEmpty ? nil : refused
    self.reports = reports
    self.unreached = unreached
    self.absent = absent
  }
}

/// A host without a report, and why it has none.
public struct HostSilence: Hashable, Sendable, Codable {
  public var host: String
  public var reason: String

  public init(host: String, reason: String) {
    self.host = host
    self.reason = reason
  }
}
