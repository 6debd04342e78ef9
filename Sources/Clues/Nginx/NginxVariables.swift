/// What `set` and `map` say about variables, as far as it is constant.
struct NginxVariables {
  /// Names are lower case, without the dollar.
  private var maps: [String: [String]] = [:]
  private var sets: [String: [String]] = [:]
  /// More values than these of one text are left out.
  static let limit = 64
  private static let depthLimit = 8

  /// With the `map`, `geo` and `split_clients` blocks of `http {}` or `stream {}`.
  init(maps block: [NginxDirective] = []) {
    for directive in block {
      guard let body = directive.block, let name = directive.arguments.last, name.hasPrefix("$") else { continue }
      let key = Self.key(name.dropFirst())
      switch directive.name {
      case "map": maps[key] = Self.values(body, without: ["hostnames", "volatile"])
      case "geo": maps[key] = Self.values(body, without: ["ranges", "proxy", "delete", "proxy_recursive"])
      case "split_clients": maps[key] = Self.values(body, without: [])
      default: break
      }
    }
  }

  private static func values(_ body: [NginxDirective], without words: Set<String>) -> [String] {
    var values: [String] = []
    var seen: Set<String> = []
    for line in body where line.block == nil && !words.contains(line.name) {
      if let value = line.value, !value.isEmpty, values.count < limit, seen.insert(value).inserted {
        values.append(value)
      }
    }
    return values
  }

  /// Adds the `set`s of a server's or location's block. A value from `if` is one of several.
  mutating func enter(_ block: [NginxDirective]) {
    var own: [String: [String]] = [:]
    var possible: [String: [String]] = [:]
    func collect(_ block: [NginxDirective], isSure: Bool) {
      for line in block {
        if line.name == "set", line.arguments.count == 2, line.arguments[0].hasPrefix("$") {
          let key = Self.key(line.arguments[0].dropFirst())
          if isSure { own[key] = [line.arguments[1]] } else { possible[key, default: []].append(line.arguments[1]) }
        } else if line.name == "if", let inner = line.block {
          collect(inner, isSure: false)
        }
      }
    }
    collect(block, isSure: true)
    sets.merge(own) { _, new in new }
    for (key, values) in possible { sets[key] = Array((sets[key, default: []] + values).prefix(Self.limit)) }
  }

  /// Every text that `text` can be. Variables whose value depends on the request stay as `$name`.
  func values(of text: String) -> [String] { values(of: text, depth: 0) }

  private func values(of text: String, depth: Int) -> [String] {
    guard text.utf8.contains(UInt8(ascii: "$")), depth < Self.depthLimit else { return [text] }
    var texts = [""]
    var rest = Substring(text)
    while !rest.isEmpty {
      let plain = rest.prefix { $0 != "$" }
      rest = rest[plain.endIndex...].dropFirst()
      texts = texts.map { $0 + plain }
      guard plain.endIndex < text.endIndex else { break }
      let name = Self.takeName(&rest)
      let choices = name.isEmpty ? ["$"] : possible(name, depth: depth)
      texts = Array(texts.lazy.flatMap { start in choices.lazy.map { start + $0 } }.prefix(Self.limit))
    }
    return texts
  }

  private func possible(_ name: String, depth: Int) -> [String] {
    let key = Self.key(name[...])
    if let values = sets[key] ?? maps[key] {
      let all = values.prefix(Self.limit).flatMap { self.values(of: $0, depth: depth + 1) }
      // A variable that leads back to itself stays what it is.
      if !all.isEmpty { return Array(Set(all)).sorted() }
    }
    return key == "scheme" ? ["http", "https"] : ["$\(name)"]
  }

  /// The name behind a dollar: `name` or `{name}`.
  static func takeName(_ rest: inout Substring) -> String {
    if rest.first == "{", let end = rest.firstIndex(of: "}") {
      let name = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[end...].dropFirst()
      return String(name)
    }
    let utf8 = rest.utf8.prefix(while: isName)
    defer { rest = rest[utf8.endIndex...] }
    return String(Substring(utf8))
  }

  static func isName(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }

  private static func key(_ name: Substring) -> String { name.lowercased() }
}
