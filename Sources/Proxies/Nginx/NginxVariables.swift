/// The values of variables from `set` and `map`, as far as they are constant.
struct NginxVariables {
  /// By the variable's name in lower case, without the dollar sign.
  private var maps: [String: Table] = [:]
  private var sets: [String: [String]] = [:]
  /// A `map`, `geo` or `split_clients`.
  private struct Table {
    /// The text that selects the value.
    var source: String
    /// The values, without duplicates.
    var values: [String] = []
    /// Those entries whose key is a host name, with their values.
    var entries: [(name: String, value: String)] = []
  }

  /// How many values of one text are kept.
  static let limit = 1000
  private static let depthLimit = 8
  private static let entryLimit = 10_000

  /// - Parameter block: the directives of `http {}` or `stream {}`, with `map`, `geo` and `split_clients`.
  init(maps block: [NginxDirective] = []) {
    for directive in block {
      guard let body = directive.block, let name = directive.arguments.last, name.hasPrefix("$") else { continue }
      let words: Set<String>
      switch directive.name {
      case "map": words = ["hostnames", "volatile"]
      case "geo": words = ["ranges", "proxy", "delete", "proxy_recursive"]
      case "split_clients": words = []
      default: continue
      }
      maps[Self.key(name.dropFirst())] = Self.table(directive.arguments[0], body, without: words)
    }
  }

  private static func table(_ source: String, _ body: [NginxDirective], without words: Set<String>) -> Table {
    var table = Table(source: source)
    var seen: Set<String> = []
    for line in body where line.block == nil && !words.contains(line.name) {
      guard let value = line.value, !value.isEmpty else { continue }
      if table.values.count < limit, seen.insert(value).inserted { table.values.append(value) }
      if !line.name.isEmpty, line.name != "default", table.entries.count < entryLimit {
        // A backslash allows a key called `default` or `hostnames`.
        table.entries.append((line.name.hasPrefix("\\") ? String(line.name.dropFirst()) : line.name, value))
      }
    }
    return table
  }

  /// Adds the `set` directives of a server's or location's block. A value from an `if` is one of several.
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

  /// All possible values of `text`, at most `limit`. A variable that depends on the request stays as `$name`.
  func values(of text: String) -> [String] {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return [text] }
    var budget = 4 * Self.limit
    return values(of: text, depth: 0, budget: &budget)
  }

  /// - Parameter budget: how many texts may still be expanded, because variables that name many others multiply.
  private func values(of text: String, depth: Int, budget: inout Int) -> [String] {
    budget -= 1
    guard text.utf8.contains(UInt8(ascii: "$")), depth < Self.depthLimit, budget > 0 else { return [text] }
    var texts = [""]
    var rest = Substring(text)
    while !rest.isEmpty {
      let plain = rest[..<(rest.utf8.firstIndex(of: UInt8(ascii: "$")) ?? rest.endIndex)]
      rest = rest[plain.endIndex...]
      var choices = [String(plain)]
      if plain.isEmpty {
        rest = rest.dropFirst()
        let name = Self.takeName(&rest)
        choices = name.isEmpty ? ["$"] : possible(name, depth: depth, budget: &budget)
      }
      if choices.count == 1 {
        for index in texts.indices { texts[index] += choices[0] }
      } else {
        let starts = texts.prefix(max(1, Self.limit / max(1, choices.count)))
        texts = Array(starts.flatMap { start in choices.map { start + $0 } }.prefix(Self.limit))
      }
    }
    return texts
  }

  private func possible(_ name: String, depth: Int, budget: inout Int) -> [String] {
    let key = Self.key(name[...])
    if let values = sets[key] ?? maps[key]?.values {
      var all: [String] = []
      var seen: Set<String> = []
      for value in values {
        for text in self.values(of: value, depth: depth + 1, budget: &budget) where seen.insert(text).inserted {
          all.append(text)
        }
        if all.count >= Self.limit { break }
      }
      // A variable that refers to itself keeps its name.
      if !all.isEmpty { return all }
    }
    return key == "scheme" ? ["http", "https"] : ["$\(name)"]
  }

  /// Variables whose value is the name that a client asks for.
  private static let requestedNames: Set<String> = [
    "$ssl_preread_server_name", "$ssl_server_name", "$host", "$http_host",
  ]

  /// For a `text` with a `map` that selects by the requested name: the map's keys, each with the texts that `text` then
  /// may be.
  func textsByRequestedName(_ text: String) -> [(name: String, texts: [String])] {
    var rest = Substring(text)
    while let dollar = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
      rest = rest[dollar...].dropFirst()
      let key = Self.key(Self.takeName(&rest)[...])
      guard let map = maps[key], Self.requestedNames.contains(map.source) else { continue }
      return map.entries.map { entry in
        var inner = self
        inner.sets[key] = [entry.value]
        return (entry.name, inner.values(of: text))
      }
    }
    return []
  }

  /// Removes and returns the name behind a dollar sign: `name` or `{name}`.
  static func takeName(_ rest: inout Substring) -> String {
    if rest.utf8.first == UInt8(ascii: "{"), let end = rest.utf8.firstIndex(of: UInt8(ascii: "}")) {
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
