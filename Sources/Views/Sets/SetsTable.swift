public import Documents

/// Named address sets as a table.
public struct SetsTable: Sendable {
  private let width: Int?
  private let isVerbose: Bool

  /// - Parameters:
  ///   - width: the terminal's columns; nil shortens nothing.
  ///   - isVerbose: whether to show the names of all parts.
  public init(width: Int?, isVerbose: Bool = false) {
    self.width = width
    self.isVerbose = isVerbose
  }

  public func lines(_ document: SetsDocument) -> [Line] {
    var table = TextTable([
      .init("SET", minimum: 10), .init("IPV4", .right), .init("IPV6", .right), .init("PARTS", .right, rank: 2),
      .init("IMPORTED", rank: 1), .init("DATED", rank: 4), .init("SOURCE", minimum: 8, rank: 3),
    ])
    for set in document.sets {
      table.add([
        .init(set.name), .init("\(set.ipv4)"), .init("\(set.ipv6)"),
        .init(set.parts.isEmpty ? "-" : "\(set.parts.count)"), .init(set.imported.map { "\($0.prefix(10))" } ?? "-"),
        .init(set.dated ?? "-"), .init(set.source),
      ])
    }
    var lines = table.lines(width: width)
    if isVerbose {
      for set in document.sets where !set.parts.isEmpty {
        lines.append(Line("\(set.name): \(set.parts.map { "\(set.name):\($0)" }.joined(separator: " "))", .faint))
      }
    }
    return lines + document.notes.map { Line("note: \($0)", .faint) }
  }
}
