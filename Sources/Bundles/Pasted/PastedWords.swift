internal import Flows
internal import Programs

/// Helpers for the outputs of network tools.
enum PastedWords {
  /// The columns, separated by tabs or spaces.
  static func split(_ text: some StringProtocol) -> [Substring] {
    Substring(text).split { $0 == " " || $0 == "\t" || $0 == "\u{A0}" }
  }

  static func number(_ text: some StringProtocol) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(text)
  }

  /// The address without a zone (`fe80::1%eth0`) and brackets; an IPv4-mapped address becomes IPv4.
  static func address(_ text: some StringProtocol) -> IPAddress? {
    var rest = Substring(text)
    if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
    switch IPAddress(rest.prefix { $0 != "%" }) {
    case .v6(let value): return IPAddress(mapped: value)
    case let address: return address
    }
  }

  /// Reads `10.8.1.3:3129`, `[::1]:22`, `:::22`, `*:22`, `0.0.0.0:*`, `127.0.0.53%lo:53`, where the port follows the
  /// last colon. A port of `*` is 0; a port's name is one of `services`. A name in place of the address, or a
  /// placeholder, becomes a stand-in.
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
    } else if let known = self.address(host) ?? standIn(host) {
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

  /// The stand-in for a host's name or a placeholder that hides an address: `s750.local`, `x.x.x.x`, `<ip>`, `IP`.
  static func standIn(_ host: some StringProtocol) -> IPAddress? {
    switch host.lowercased() {
    case "localhost", "localhost.localdomain", "localhost4": return .v4(0x7F00_0001)
    case "ip6-localhost", "localhost6": return .v6(1)
    default: break
    }
    let isPlain = host.unicodeScalars.allSatisfy { scalar in
      (48...57).contains(scalar.value) || (65...90).contains(scalar.value) || (97...122).contains(scalar.value)
        || "-._*#<>[]".unicodeScalars.contains(scalar)
    }
    // Only digits and dots are a damaged address.
    guard isPlain, host.count <= 255, host.contains(where: { $0.isLetter || $0 == "*" || $0 == "#" }),
      host.first != "-", host.first != "."
    else { return nil }
    return IPAddress(standingFor: host)
  }

  /// Joins lines to records. `begins` says whether a line starts a record; other lines continue it. Lines before the
  /// first record are left out.
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

  /// Reads a record whose line was broken by a terminal or an editor. A terminal breaks at its width, even inside
  /// words; an editor breaks between words. If both readings are possible and differ, the result is nil.
  ///
  /// - Parameters:
  ///   - width: the length of the longest line in the output.
  ///   - key: the part that must not differ between the readings: the ends.
  static func unwrapped<Value, Key: Equatable>(
    _ record: [PastedText.Line], width: Int = 0, key: (Value) -> Key, _ parse: (String) -> Value?
  ) -> Value? {
    guard let first = record.first else { return nil }
    let pieces = record.dropFirst().prefix(4).map { $0.text }
    // The next lines may not belong to it.
    let alone = parse(first.text)
    if pieces.isEmpty { return alone }
    // A terminal breaks a line only where it is full.
    let isFull = first.text.count >= 40 && first.text.count >= width
    for count in stride(from: pieces.count, through: 1, by: -1) {
      let cut = parse(pieces.prefix(count).reduce(first.text) { $0 + $1 })
      let parted = parse(pieces.prefix(count).reduce(first.text) { $0 + " " + $1 })
      let found = [cut, parted, alone].compactMap { $0 }
      guard cut != nil || parted != nil, let one = found.first else { continue }
      if found.allSatisfy({ key($0) == key(one) }) { return isFull ? cut ?? parted : parted ?? cut }
      // An editor breaks lines anywhere, but not inside words.
      if !isFull { return first.text.count < 60 || cut == nil ? parted ?? alone : nil }
      let isWrapped = pieces.prefix(count - 1).allSatisfy { $0.count == first.text.count }
      if let cut, isWrapped, isUsualWidth(first.text.count) || count > 1 { return cut }
      return nil
    }
    return alone
  }

  /// Whether terminals commonly have this width.
  static func isUsualWidth(_ count: Int) -> Bool {
    [
      72, 76, 78, 79, 80, 90, 96, 100, 110, 118, 119, 120, 124, 126, 128, 130, 132, 136, 140, 150, 158, 159, 160, 180,
      190, 200,
    ]
    .contains(count)
  }

  /// The length of the longest line.
  static func width(_ lines: [PastedText.Line]) -> Int { lines.lazy.map(\.text.count).max() ?? 0 }
}
