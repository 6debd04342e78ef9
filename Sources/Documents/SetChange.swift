/// What `headwater sets import` and `headwater sets forget` changed (`headwater.set-change/1`). What does not apply is left
/// out.
public struct SetChange: Hashable, Sendable, Codable {
  public static let schema = "headwater.set-change/1"

  public enum Action: String, Hashable, Sendable, Codable { case imported, forgotten }

  public var schema = Self.schema
  public var action: Action
  public var name: String
  /// The file that was read, and how it was written: `plain`, `aws`, …
  public var source: String?
  public var format: String?
  public var prefixes: Int?
  /// The names of its parts, usable as `NAME:PART`.
  public var parts: [String]?
  /// Lines or values that are no prefix, and the first of them.
  public var skipped: Int?
  public var examples: [String]?

  public init(_ action: Action, name: String) {
    self.action = action
    self.name = name
  }
}
