internal import Flows

/// Helpers for the answers of HAProxy's command line.
enum HAProxyText {
  static func lines(_ answer: [UInt8]) -> [Substring] {
    String(decoding: answer, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
  }

  /// The word behind the last ` key` in a line, up to a space or a closing parenthesis.
  static func value(_ key: String, in line: Substring) -> Substring? {
    let (bytes, wanted) = (line.utf8, Array(key.utf8))
    var position = bytes.endIndex
    var found: Substring.UTF8View.Index?
    // From the end, because names, which the configuration chooses, come before the addresses.
    while found == nil, position > bytes.startIndex {
      position = bytes.index(before: position)
      guard bytes[position] == wanted[0], bytes[position...].starts(with: wanted) else { continue }
      let isWordStart = wanted[0] == 32 || position == bytes.startIndex || bytes[bytes.index(before: position)] == 32
      if isWordStart || bytes[bytes.index(before: position)] == UInt8(ascii: "(") { found = position }
    }
    guard let found else { return nil }
    let rest = bytes[found...].dropFirst(wanted.count)
    return Substring(rest.prefix { $0 != 32 && $0 != UInt8(ascii: ")") })
  }

  /// Reads `fd50::2:41004`, `::ffff:192.0.2.1:80`, where the port follows the last colon. Nil for `unix`, `unix:1`,
  /// `?`.
  static func endpoint(_ text: Substring) -> Endpoint? {
    guard let colon = text.lastIndex(of: ":"), let port = Port(text[colon...].dropFirst()),
      let address = IPAddress(text[..<colon])
    else { return nil }
    if case .v6(let value) = address { return Endpoint(IPAddress(mapped: value), port.number) }
    return Endpoint(address, port.number)
  }

  /// Reads `3d4h`, `2m30s`, `5s` as seconds. Nil for `?` and `<NEVER>`.
  static func seconds(_ text: Substring) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    var total = 0
    var number = ""
    for character in text {
      if let unit = units[character] {
        guard number.utf8.count < 10, let value = Int(number) else { return nil }
        total += value * unit
        number = ""
      } else {
        number.append(character)
      }
    }
    return number.isEmpty && !text.isEmpty ? total : nil
  }
}
