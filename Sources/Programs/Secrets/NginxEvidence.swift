/// Keeps what is needed of an nginx configuration, in which a statement may span lines and a line may have several.
struct NginxEvidence {
  private static let rules = EvidenceRules.table(EvidenceRules.nginx)
  private static let blocks = EvidenceRules.table(EvidenceRules.nginxBlocks)
  private static let requestedNames = EvidenceRules.words(EvidenceRules.requestedNames)

  /// The kept part of each line.
  private var kept: [String]
  private var number = 0
  private var words: [(text: String, line: Int)] = []
  /// The enclosing blocks that are kept.
  private var open: [Context] = []
  /// The depth of blocks inside a block that is left out.
  private var skipped = 0
  /// The depth of braces inside a Lua program.
  private var lua = 0

  private enum Context { case block, map, mapOfNames }

  static func lines(_ lines: [String]) -> [String] {
    var filter = NginxEvidence(lines.count)
    var quote: Character?
    var word = ""
    for (index, line) in lines.enumerated() {
      filter.number = index
      filter.read(line, &word, &quote)
    }
    return filter.kept
  }

  private init(_ count: Int) { kept = Array(repeating: "", count: count) }

  private mutating func read(_ line: String, _ word: inout String, _ quote: inout Character?) {
    var characters = Array(line)[...]
    if lua > 0 { skipLua(&characters, &quote) }
    while let character = characters.popFirst() {
      if let closing = quote {
        word.append(character)
        if character == "\\" {
          if let next = characters.popFirst() { word.append(next) }
        } else if character == closing {
          quote = nil
          finish(&word)
        }
      } else if word.isEmpty, character == "#" {
        break
      } else if word.isEmpty, character == "\"" || character == "'" {
        begin(&word, character)
        quote = character
      } else if word.isEmpty, character == "}" {
        words = []
        close()
      } else if character == " " || character == "\t" {
        finish(&word)
      } else if character == ";" || character == "{" && word.last != "$" {
        finish(&word)
        if character == ";" { statement() } else { block() }
        if lua > 0 { skipLua(&characters, &quote) }
      } else {
        begin(&word, character)
        if character == "\\", let next = characters.popFirst() { word.append(next) }
      }
    }
    if quote == nil { finish(&word) } else { word.append("\n") }
  }

  private mutating func begin(_ word: inout String, _ character: Character) {
    if word.isEmpty { words.append(("", number)) }
    word.append(character)
  }

  private mutating func finish(_ word: inout String) {
    if !word.isEmpty { words[words.count - 1].text = word }
    word = ""
  }

  private mutating func emit(_ text: String, _ line: Int) { kept[line] += kept[line].isEmpty ? text : " \(text)" }

  /// Puts the texts of a statement on the lines of its words, and appends `ending` to the last.
  private mutating func emit(_ texts: [String], ending: String) {
    for (index, text) in texts.enumerated() {
      let line = index < words.count ? words[index].line : number
      let isEnd = index == texts.count - 1 && line == number && ending == ";"
      emit(isEnd ? text + ending : text, line)
      if isEnd { return }
    }
    emit(ending, number)
  }

  private mutating func statement() {
    defer { words = [] }
    guard skipped == 0, let name = words.first?.text else { return }
    let texts = words.map(\.text)
    if let context = open.last, context != .block { return entry(texts, context) }
    guard let rule = Self.rules[name] else { return }
    if rule.contains("s"), texts.count != 3 || !EvidenceWords.leads(texts[1]) || !EvidenceWords.isTarget(texts[2]) {
      return
    }
    emit(EvidenceStatement.kept(texts, rule: rule), ending: ";")
  }

  /// Keeps what is needed of a line in a `map`.
  private mutating func entry(_ texts: [String], _ context: Context) {
    if texts.count == 1, ["hostnames", "volatile", "ranges"].contains(texts[0]) { return emit(texts, ending: ";") }
    guard texts.count == 2 else { return }
    if texts[0] == "include" { return emit([texts[0], EvidenceWords.plain(texts[1])], ending: ";") }
    guard EvidenceWords.isTarget(texts[1]) else { return }
    let isKept = texts[0] == "default" || context == .mapOfNames
    emit([isKept ? EvidenceWords.host(texts[0]) : EvidenceWords.mark, texts[1]], ending: ";")
  }

  private mutating func block() {
    defer { words = [] }
    let name = words.first?.text ?? ""
    if skipped > 0 || name.hasSuffix("_by_lua_block") {
      if name.hasSuffix("_by_lua_block") { lua = 1 } else { skipped += 1 }
      return
    }
    let texts = words.map(\.text)
    guard let rule = Self.blocks[name], open.last ?? .block == .block else {
      skipped = 1
      return
    }
    var context = Context.block
    if rule.contains("m") {
      guard let variable = texts.last, texts.count > 1, EvidenceWords.leads(variable) else {
        skipped = 1
        return
      }
      context = texts.count == 3 && Self.requestedNames.contains(texts[1]) ? .mapOfNames : .map
    }
    open.append(context)
    emit(EvidenceStatement.kept(texts, rule: rule), ending: "{")
  }

  private mutating func close() {
    if skipped > 0 {
      skipped -= 1
    } else if open.popLast() != nil {
      emit("}", number)
    }
  }

  /// Skips a Lua program up to the brace that ends it. Braces inside its own blocks, strings and comments do not count.
  private mutating func skipLua(_ characters: inout ArraySlice<Character>, _ quote: inout Character?) {
    while let character = characters.popFirst() {
      if let closing = quote {
        if character == "\\" { _ = characters.popFirst() } else if character == closing { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "-", characters.first == "-" {
        characters = []
      } else if character == "{" {
        lua += 1
      } else if character == "}" {
        lua -= 1
        if lua == 0 { return }
      }
    }
    // A string ends with its line.
    quote = nil
  }
}
