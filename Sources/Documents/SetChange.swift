/// The changes made by `headwater sets import` and `headwater sets forget` (`headwater.set-change/1`). Fields that do
/// not apply are left out.
public struct SetChange: Hashable, Sendable, Codable {
  public static let schema = "headwater.set-change/1"

  public enum Action: String, Hashable, Sendable, Codable { case imported, forgotten }

  public var schema = Self.schema
  public var action: Action
  public var name: String
  /// The file that was read, and its format: `plain`, `aws`, …
  public var source: String?
  public var format: String?
  public var prefixes: Int?
  /// The names of the set's parts; a part is written `NAME:PART`.
  public var parts: [String]?
  /// How many lines or values are not prefixes, and the first of them.
  public var skipped: Int?
  public var examples: [String]?

  public init(_ action: Action, name: String) {
    self.action = action
    self.name = name
  }
}
