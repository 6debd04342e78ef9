/// What shows that a text is the output of one program.
struct PastedSign: Sendable {
  /// Sure signs are looked for before what may be by chance.
  enum Strength: CaseIterable {
    /// A line that nobody else writes: a heading.
    case title
    /// A line that looks like one of its lines.
    case line
    /// A member of a JSON document.
    case key
    /// Two such lines, as in a configuration.
    case twoLines
    /// What the file is called.
    case fileName
    /// Most of its first lines.
    case most
  }

  let strength: Strength
  /// `two tuples with src= and dst=`
  let evidence: String
  let matches: @Sendable (String) -> Bool

  /// Whether a line alone shows it.
  var isOfLine: Bool { strength == .title || strength == .line }

  /// A single line is enough.
  static func title(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .title, evidence: evidence, matches: matches)
  }

  /// A single line is enough, if no output has its title there.
  static func line(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .line, evidence: evidence, matches: matches)
  }

  /// Two lines are needed.
  static func twoLines(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .twoLines, evidence: evidence, matches: matches)
  }

  /// A JSON document with a member called `name`.
  static func key(_ name: String) -> PastedSign {
    PastedSign(strength: .key, evidence: "the key \"\(name)\"") { $0.contains("\"\(name)\"") }
  }

  /// A file whose name, in small letters and without its folder, is like this.
  static func fileName(_ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .fileName, evidence: "the file's name", matches: matches)
  }

  /// More than half of the first lines.
  static func most(_ evidence: String, _ matches: @escaping @Sendable (String) -> Bool) -> PastedSign {
    PastedSign(strength: .most, evidence: evidence, matches: matches)
  }

  /// The line that shows it; 0 if the file's name does; nil if nothing does.
  ///
  /// - Parameters:
  ///   - looked: the lines that are looked at.
  ///   - all: all of them.
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
