internal import Clues
internal import Flows
internal import LinuxSystem
internal import Views

/// What `headwater sets list` says.
struct SetsDocument: Encodable {
  struct Item: Encodable {
    var name: String
    var ipv4: Int
    var ipv6: Int
    /// The names of its parts, usable as `NAME:PART`.
    var parts: [String]
    /// The file, `settings` or `built in`.
    var source: String
    /// RFC 3339, UTC.
    var imported: String?
    var dated: String?
    var days: Int?

    init(_ name: String, _ prefixes: [Prefix], source: String) {
      self.name = name
      self.source = source
      ipv4 = prefixes.count { $0.address.isV4 }
      ipv6 = prefixes.count - ipv4
      parts = []
    }

    init(_ name: String, _ set: StoredAddressSet, now: Double) {
      self.init(name, set.prefixes, source: set.source)
      parts = set.parts.sorted()
      imported = SystemClock.text(set.imported)
      dated = set.dated
      days = Int(max(0, now - set.imported) / 86400)
    }
  }

  /// Providers change their ranges every few weeks.
  static let oldDays = 90

  var schema = "headwater.sets/1"
  var sets: [Item]
  var notes: [String]

  init(sets: [Item], notes: [String]) {
    self.sets = sets
    self.notes = notes
    let old = sets.filter { ($0.days ?? 0) > Self.oldDays }.map(\.name)
    if !old.isEmpty {
      self.notes.append("older than \(Self.oldDays) days, import anew: \(old.joined(separator: ", "))")
    }
  }

  func lines(width: Int?, isVerbose: Bool) -> [Line] {
    var table = TextTable([
      .init("SET", minimum: 10), .init("IPV4", .right), .init("IPV6", .right), .init("PARTS", .right, rank: 2),
      .init("IMPORTED", rank: 1), .init("DATED", rank: 4), .init("SOURCE", minimum: 8, rank: 3),
    ])
    for set in sets {
      table.add([
        .init(set.name), .init("\(set.ipv4)"), .init("\(set.ipv6)"),
        .init(set.parts.isEmpty ? "-" : "\(set.parts.count)"), .init(set.imported.map { "\($0.prefix(10))" } ?? "-"),
        .init(set.dated ?? "-"), .init(set.source),
      ])
    }
    var lines = table.lines(width: width)
    if isVerbose {
      for set in sets where !set.parts.isEmpty {
        lines.append(Line("\(set.name): \(set.parts.map { "\(set.name):\($0)" }.joined(separator: " "))", .faint))
      }
    }
    return lines + notes.map { Line("note: \($0)", .faint) }
  }
}
