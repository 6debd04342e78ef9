internal import Programs

/// Parses the directives of one file, without following `include`.
struct NginxParser {
  /// How deep blocks may be nested. nginx has no limit, but sensible configurations need about six levels.
  static let depthLimit = 32

  let file: String
  private(set) var problems: [ConfigurationProblem] = []
  private var lexer: NginxLexer
  private var open: [NginxDirective] = []
  private var root: [NginxDirective] = []
  /// How many levels below the limit the parser is; such blocks are left out.
  private var skipped = 0

  static func parse(_ bytes: [UInt8], file: String) -> (directives: [NginxDirective], problems: [ConfigurationProblem])
  {
    var parser = NginxParser(bytes, file: file)
    parser.run()
    return (parser.root, parser.problems)
  }

  private init(_ bytes: [UInt8], file: String) {
    self.file = file
    lexer = NginxLexer(bytes)
  }

  private mutating func run() {
    while true {
      let item = lexer.next()
      switch item.ending {
      case .statement: if skipped == 0 { add(directive(item)) }
      case .blockStart: begin(item)
      case .blockEnd: end(item.line)
      case .file:
        if skipped > 0 || !open.isEmpty { lexer.report("unexpected end of file, expecting }") }
        while let directive = open.popLast() { add(directive) }
        problems += lexer.problems.map {
          ConfigurationProblem($0.text, at: ConfigurationLine(file: file, line: $0.line))
        }
        return
      }
    }
  }

  private mutating func begin(_ item: NginxLexer.Item) {
    let isLua = item.words.first?.hasSuffix("_by_lua_block") == true
    if isLua { lexer.skipLua() }
    if skipped > 0 || open.count == Self.depthLimit {
      if skipped == 0 { lexer.report("more than \(Self.depthLimit) blocks inside each other") }
      if !isLua { skipped += 1 }
      return
    }
    var directive = directive(item)
    directive.block = []
    if isLua { add(directive) } else { open.append(directive) }
  }

  private mutating func end(_ line: Int) {
    if skipped > 0 {
      skipped -= 1
    } else if let directive = open.popLast() {
      add(directive)
    } else {
      lexer.report("unexpected }")
    }
  }

  private func directive(_ item: NginxLexer.Item) -> NginxDirective {
    NginxDirective(
      item.words.first ?? "", Array(item.words.dropFirst()), at: ConfigurationLine(file: file, line: item.line))
  }

  private mutating func add(_ directive: NginxDirective) {
    if open.isEmpty { root.append(directive) } else { open[open.count - 1].block?.append(directive) }
  }
}
