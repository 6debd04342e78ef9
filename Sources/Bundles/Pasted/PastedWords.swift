internal import Clues
internal import Flows

/// What the outputs of network tools have in common.
enum PastedWords {
  /// Columns, whether tabs or spaces part them.
  static func split(_ text: some StringProtocol) -> [Substring] {
    Substring(text).split { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
  }

  static func number(_ text: some StringProtocol) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(text)
  }

  /// Without a zone (`fe80::1%eth0`) and brackets, and IPv4 where it is only mapped.
  static func address(_ text: some StringProtocol) -> IPAddress? {
    var rest = Substring(text)
    if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
    switch IPAddress(rest.prefix { $0 != "%" }) {
    case .v6(let value): return IPAddress(mapped: value)
    case let address: return address
    }
  }

  /// `10.8.1.3:3129`, `[::1]:22`, `:::22`, `*:22`, `0.0.0.0:*`, `127.0.0.53%lo:53`: the port follows the last colon. A port of
  /// `*` is 0; a name is one of `services`.
  static func endpoint(_ text: some StringProtocol, _ transport: Transport, _ services: ServiceNames?) -> Endpoint? {
    let text = Substring(text)
    guard let colon = text.lastIndex(of: ":") else { return nil }
    var host = text[..<colon]
    // `[::1%lo]:22`, `*%ens33:58`
    if let percent = host.firstIndex(of: "%") { host = host[..<percent] }
    if host.hasPrefix("["), host.last != "]" { host = host.dropFirst() }
    let address: IPAddress
    if host == "*" || host.isEmpty {
      address = .anyV6
    } else if host == "::" {
      address = .anyV6
    } else if let known = self.address(host) {
      address = known
    } else {
      return nil
    }
    let name = text[text.index(after: colon)...]
    if name == "*" { return Endpoint(address, 0) }
    if let port = Port(name) { return Endpoint(address, port.number) }
    guard let service = services?.services(named: String(name)).first(where: { $0.transport == transport }) else {
      return nil
    }
    return Endpoint(address, service.port)
  }

  /// Lines joined to records: a record begins where `begins` says so, and what follows is a wrapped rest of it. What comes
  /// before the first is left out.
  static func records(_ lines: [PastedText.Line], begins: (PastedText.Line) -> Bool) -> [[PastedText.Line]] {
    var records: [[PastedText.Line]] = []
    for line in lines where line.text.utf8.count < 65536 {
      if begins(line) {
        records.append([line])
      } else if let last = records.indices.last, records[last].count < 16 {
        records[last].append(line)
      }
    }
    return records
  }

  /// A record whose line a terminal cut into pieces: the first way to join them that `parse` takes. A terminal cuts words;
  /// an editor cuts between them.
  static func unwrapped<Value>(_ record: [PastedText.Line], _ parse: (String) -> Value?) -> Value? {
    guard let first = record.first else { return nil }
    let pieces = record.dropFirst().prefix(4).map { $0.text }
    if pieces.isEmpty { return parse(first.text) }
    for ways in 0..<(1 << pieces.count) {
      var text = first.text
      for (index, piece) in pieces.enumerated() { text += (ways >> index & 1 == 0 ? "" : " ") + piece }
      if let value = parse(text) { return value }
    }
    // What follows may be no part of it at all.
    return parse(first.text)
  }
}
