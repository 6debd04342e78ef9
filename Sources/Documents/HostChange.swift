internal import Flows

/// What `headwater hosts add` and `headwater hosts forget` changed (`headwater.host-change/1`). What does not apply is left
/// out.
public struct HostChange: Hashable, Sendable, Codable {
  public static let schema = "headwater.host-change/1"

  public enum Action: String, Hashable, Sendable, Codable { case added, forgotten }

  public var schema = Self.schema
  public var action: Action
  public var name: String
  /// What `ssh` is told.
  public var ssh: String
  /// The settings files that were changed.
  public var files: [String]
  /// How many probes were removed from a forgotten host; nil if that failed.
  public var probesRemoved: Int?
  /// Why that failed.
  public var error: HostAnswer.Failure?
  /// Settings files that could not be changed, and why.
  public var notes: [String] = []

  public init(_ action: Action, name: String, ssh: String, files: [String]) {
    self.action = action
    self.name = name
    self.ssh = ssh
    self.files = files
  }
}
