internal import Flows

/// `pfctl -ss`: `all tcp 203.0.113.2:51000 (192.168.1.10:51000) -> 198.51.100.9:443  ESTABLISHED:ESTABLISHED`.
///
/// In front stands what the filter made of it, in brackets what it was; the arrow shows who began.
struct PacketFilterOutput: PastedOutput {
  let name = "pfctl -ss"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [.title("a state of the packet filter") { connection($0, 1) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<TrackedConnection>] {
    text.lines.compactMap { line in Self.connection(line.text, line.number).map { text.evident($0, line: line.number) }
    }
  }

  private static func connection(_ text: String, _ line: Int) -> TrackedConnection? {
    guard text.utf8.count < 400 else { return nil }
    let words = PastedWords.split(text)
    guard words.count >= 6, let transport = Transport(String(words[1])), transport.hasPorts,
      let arrow = words.firstIndex(where: { $0 == "->" || $0 == "<-" }), arrow == 3 || arrow == 4,
      arrow + 2 < words.count, words.last?.contains(":") == true, words.last?.first?.isUppercase == true,
      let made = end(words[2]), let far = end(words[arrow + 1])
    else { return nil }
    var was = made
    if arrow == 4 {
      guard words[3].hasPrefix("("), words[3].hasSuffix(")"), let known = end(words[3].dropFirst().dropLast()) else {
        return nil
      }
      was = known
    }
    let isOut = words[arrow] == "->"
    let original = isOut ? Flow(transport, from: was, to: far) : Flow(transport, from: far, to: was)
    let translated = isOut ? Flow(transport, from: made, to: far) : Flow(transport, from: far, to: made)
    let tuple = { (flow: Flow) in
      "src=\(flow.source.address) dst=\(flow.destination.address) sport=\(flow.source.port) dport=\(flow.destination.port)"
    }
    return TrackedConnection(
      "\(words[1]) \(transport.number) 0 \(tuple(original)) \(tuple(translated.reversed))", line: line)
  }

  /// `192.168.1.10:51000`, `2001:db8::1[443]`
  private static func end(_ word: Substring) -> Endpoint? {
    if word.last == "]", let open = word.firstIndex(of: "["), let address = PastedWords.address(word[..<open]),
      let port = Port(word[open...].dropFirst().dropLast())
    {
      return Endpoint(address, port.number)
    }
    return Endpoint(String(word))
  }
}
