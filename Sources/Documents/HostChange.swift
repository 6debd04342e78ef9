internal import Flows

/// The changes made by `headwater hosts add` and `headwater hosts forget` (`headwater.host-change/1`). Fields that do
/// not apply are left out.
public struct HostChange: Hashable, Sendable, Codable {
  public static let schema = "headwater.host-change/1"

  public enum Action: String, Hashable, Sendable, Codable { case added, forgotten }

  public var schema = Self.schema
  public var action: Action
  public var name: String
  /// The destination that `ssh` is called with.
  public var ssh: String
  /// The settings files that were changed.
  public var files: [String]
  /// How many probes were removed from a host that was forgotten; nil if the removal failed.
  public var probesRemoved: Int?
  /// Why the removal failed.
  public var error: HostAnswer.Failure?
  /// Which settings files could not be changed, and why.
  public var notes: [String] = []

  public init(_ action: Action, name: String, ssh: String, files: [String]) {
    self.action = action
    self.name = name
    self.ssh = ssh
    self.files = files
  }
}
