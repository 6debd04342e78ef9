/// A sign that a text is the output of one program.
struct PastedSign: Sendable {
  /// How strong a sign is. Strong signs are tried before those that may be a coincidence.
  enum Strength: CaseIterable {
    /// A line that no other program writes: a heading.
    case title
    /// A line with the form of this output.
    case line
    /// A member of a JSON document.
    case key
    /// Two such lines, as in a configuration.
    case twoLines
    /// The name of the file.
    case fileName
    /// Most of the first lines.
    case most
  }

  let strength: Strength
  /// The sign in words for people: `two tuples with src= and dst=`.
  let evidence: String
  let matches: @Sendable (String) -> Bool

  /// Whether a single line shows it.
  var isOfLine: Bool { strength == .title || strength == .line }

  /// One such line is enough.
  static func title(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .title, evidence: evidence, matches: matches)
  }

  /// One such line is enough, if no other output has its title there.
  static func line(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .line, evidence: evidence, matches: matches)
  }

  /// Two such lines are needed.
  static func twoLines(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .twoLines, evidence: evidence, matches: matches)
  }

  /// A JSON document with the member `name`.
  static func key(_ name: String) -> PastedSign {
    PastedSign(strength: .key, evidence: "the key \"\(name)\"") { $0.contains("\"\(name)\"") }
  }

  /// A file whose name (in lower case, without its folder) matches.
  static func fileName(_ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .fileName, evidence: "the file's name", matches: matches)
  }

  /// More than half of the first lines match.
  static func most(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .most, evidence: evidence, matches: matches)
  }

  /// The number of the line that shows it; 0 if the file's name does; nil if nothing does.
  ///
  /// - Parameters:
  ///   - looked: the lines to examine.
  ///   - all: all lines.
  func line(in looked: [PastedText.Line], of all: [PastedText.Line], named name: String) -> Int? {
    switch strength {
    case .title, .line: return looked.first { matches($0.text) }?.number
    case .twoLines:
      let hits = looked.filter { matches($0.text) }
      return hits.count >= 2 ? hits.first?.number : nil
    case .key:
      guard Self.beginsJSON(looked) else { return nil }
      return all.first { matches($0.text) }?.number
    case .fileName: return matches((name.split(separator: "/").last ?? "").lowercased()) ? 0 : nil
    case .most:
      let first = looked.prefix(20).filter { !$0.text.isEmpty }
      let hits = first.filter { matches($0.text) }
      return !hits.isEmpty && hits.count * 2 > first.count ? hits.first?.number : nil
    }
  }

  static func beginsJSON(_ lines: [PastedText.Line]) -> Bool {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    let start = lines.first { !$0.text.allSatisfy(isBlank) }?.text.drop(while: isBlank).first
    return start == "[" || start == "{"
  }
}
