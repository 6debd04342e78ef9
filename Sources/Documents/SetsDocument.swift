/// The answer of `headwater sets list` (`headwater.sets/1`).
public struct SetsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.sets/1"

  public struct Item: Hashable, Sendable, Codable {
    public var name: String
    /// The number of prefixes of each address family.
    public var ipv4: Int
    public var ipv6: Int
    /// The names of the set's parts; a part is written `NAME:PART`.
    public var parts: [String]
    /// Where the set comes from: a file, `settings` or `built in`.
    public var source: String
    /// When the set was imported: RFC 3339, UTC.
    public var imported: String?
    /// The date inside the provider's file.
    public var dated: String?
    /// The set's age in days.
    public var days: Int?

    public init(
      name: String, ipv4: Int, ipv6: Int, parts: [String] = [], source: String, imported: String? = nil,
      dated: String? = nil, days: Int? = nil
    ) {
      self.name = name
      self.ipv4 = ipv4
      self.ipv6 = ipv6
      self.parts = parts
      self.source = source
      self.imported = imported
      self.dated = dated
      self.days = days
    }
  }

  /// A set older than this is reported as old, because providers change their ranges every few weeks.
  public static let oldDays = 90

  public var schema = Self.schema
  public var sets: [Item]
  public var notes: [String]

  /// - Parameter notes: what could not be read. Notes on old sets are added to these.
  public init(sets: [Item], notes: [String]) {
    self.sets = sets
    self.notes = notes
    let old = sets.filter { ($0.days ?? 0) > Self.oldDays }.map(\.name)
    if !old.isEmpty {
      self.notes.append("older than \(Self.oldDays) days, import them again: \(old.joined(separator: ", "))")
    }
  }
}
