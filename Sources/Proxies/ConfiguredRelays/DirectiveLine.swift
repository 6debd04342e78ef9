/// One line of a configuration with one directive per line: `http_port 10.0.0.1:3128 intercept`, `accept = 443`,
/// `internal: eth0 port = 1080`, `local_port = 12345;`.
struct DirectiveLine: Hashable, Sendable {
  /// The line's number, from 1.
  var number: Int
  /// The section, as `[web]` or `redsocks {` names it; empty before the first.
  var section: String
  /// The directive's name in lower case, without a colon behind it.
  var name: String
  /// The values, without quotes, equals signs and braces.
  var values: [String]

  /// The directives of a file. A comment begins with `#`, or with `;` at the start of a line.
  static func all(in text: String) -> [DirectiveLine] {
    var result: [DirectiveLine] = []
    var section = ""
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let bare = line.drop { $0 == " " || $0 == "\t" }
      guard let first = bare.first, first != "#", first != ";" else { continue }
      if first == "[", let end = bare.firstIndex(of: "]"), bare[bare.index(after: end)...].allSatisfy(\.isWhitespace) {
        section = String(bare[bare.index(after: bare.startIndex)..<end])
        continue
      }
      var words = words(bare)
      guard !words.isEmpty else { continue }
      if bare.contains("{") { section = words[0] }
      let name = words.removeFirst()
      result.append(
        DirectiveLine(
          number: number, section: section, name: (name.hasSuffix(":") ? String(name.dropLast()) : name).lowercased(),
          values: words))
    }
    return result
  }

  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    for word in line.split(whereSeparator: { " \t\r=;{}\"'()>".contains($0) }) {
      if word.hasPrefix("#") { break }
      words.append(String(word))
    }
    return words
  }
}

/// Reads `3128`, `*:3128`, `10.0.0.1:3128`, `[::1]:3128`, `[*]:443`, `host:80`; nil if there is no port.
func endpoint(written text: String) -> RelayEndpoint? {
  if let port = UInt16(text) { return RelayEndpoint(port: port) }
  guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
  var host = String(text[..<colon])
  if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
  return RelayEndpoint(host: host.isEmpty || host == "*" ? nil : host, port: port)
}
