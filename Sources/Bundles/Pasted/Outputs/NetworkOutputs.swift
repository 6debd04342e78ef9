internal import Flows

/// `ip address`, also with `-o`, `-br` and `-d`.
struct InterfacesOutput: PastedOutput {
  let name = "ip address"
  let isOfHost = false
  let signs: [PastedSign] = [
    .line("an interface with its flags or its state") { line in
      let words = PastedWords.split(line)
      guard words.count >= 2 else { return false }
      if words[0].last == ":", PastedWords.number(words[0].dropLast()) != nil, words.count > 2 {
        return words[2].hasPrefix("<") || words[2] == "inet" || words[2] == "inet6"
      }
      return ["UP", "DOWN", "UNKNOWN"].contains(words[1]) && line.first != " "
        && words.dropFirst(2).allSatisfy { $0.contains("/") || $0.contains("metric") }
    }
  ]
  let script: String? = #"""
    into "$folder/ip-addr.txt" "$@" ip -d address
    [ -s "$folder/ip-addr.txt" ] || into "$folder/ip-addr.txt" "$@" ip address
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedInterface>] {
    ListedInterface.list(text.lines).map { text.evident($0, line: $0.line) }
  }
}

/// `ip -json address`
struct InterfacesJSONOutput: PastedOutput {
  let name = "ip -json address"
  let isOfHost = false
  let signs: [PastedSign] = [.key("addr_info"), .key("ifname")]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedInterface>] {
    guard let found = ListedInterface.list(parsingJSON: text.part.content, line: text.firstLine) else {
      notes.append("\(text.file) cannot be read as \(name)")
      return []
    }
    return found.map { text.evident($0, line: $0.line) }
  }
}

/// `ip route`
struct RoutesOutput: PastedOutput {
  let name = "ip route"
  let isOfHost = false
  let signs: [PastedSign] = [
    .line("a route with its device") { line in
      let words = PastedWords.split(line)
      guard words.count >= 3, words.contains("dev") || words.contains("via") else { return false }
      return !ListedRoute.list([PastedText.Line(number: 1, text: line)]).isEmpty
    }
  ]
  let script: String? = #"""
    into "$folder/ip-route.txt" "$@" ip route
    into "$folder/ip-route-6.txt" "$@" ip -6 route
    """#

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedRoute>] {
    // `ip route show table 200`
    let words = text.part.command?.words ?? []
    if let at = words.firstIndex(where: { $0 == "table" || $0 == "t" }), at + 1 < words.count, words[at + 1] != "all",
      !ListedRoute.mainTables.contains(words[at + 1][...])
    {
      return []
    }
    return ListedRoute.list(text.lines).map { text.evident($0, line: $0.line) }
  }
}

/// `ip -json route`
struct RoutesJSONOutput: PastedOutput {
  let name = "ip -json route"
  let isOfHost = false
  let signs: [PastedSign] = [.key("dst")]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedRoute>] {
    guard let found = ListedRoute.list(parsingJSON: text.part.content, line: text.firstLine) else {
      notes.append("\(text.file) cannot be read as \(name)")
      return []
    }
    return found.map { text.evident($0, line: $0.line) }
  }
}
