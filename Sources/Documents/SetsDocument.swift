/// What `headwater sets list` says (`headwater.sets/1`).
public struct SetsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.sets/1"

  public struct Item: Hashable, Sendable, Codable {
    public var name: String
    /// How many prefixes of each family.
    public var ipv4: Int
    public var ipv6: Int
    /// The names of its parts, usable as `NAME:PART`.
    public var parts: [String]
    /// The file, `settings` or `built in`.
    public var source: String
    /// RFC 3339, UTC.
    public var imported: String?
    /// The date that the provider's file gives.
    public var dated: String?
    /// Its age.
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

  /// Providers change their ranges every few weeks.
  public static let oldDays = 90

  public var schema = Self.schema
  public var sets: [Item]
  public var notes: [String]

  /// - Parameter notes: what could not be read; that sets are old is added.
  public init(sets: [Item], notes: [String]) {
    self.sets = sets
    self.notes = notes
    let old = sets.filter { ($0.days ?? 0) > Self.oldDays }.map(\.name)
    if !old.isEmpty {
      self.notes.append("older than \(Self.oldDays) days, import them again: \(old.joined(separator: ", "))")
    }
  }
}
