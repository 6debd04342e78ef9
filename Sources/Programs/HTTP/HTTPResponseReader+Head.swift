/// The lines of a response's head (RFC 9112 sections 4 and 5).
extension HTTPResponseReader {
  /// Reads the status line: `HTTP/1.1 200 OK`.
  static func status(_ line: ArraySlice<UInt8>) throws(Malformation) -> Int {
    let parts = line.split(separator: 32, maxSplits: 2)
    guard parts.count > 1, parts[0].starts(with: "HTTP/1.".utf8), parts[1].count == 3,
      parts[1].allSatisfy({ (48...57).contains($0) })
    else { throw .statusLine }
    return parts[1].reduce(0) { $0 * 10 + Int($1 - 48) }
  }

  /// Reads header lines: `Content-Type: application/json`.
  static func headers(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(Malformation) -> [String: String] {
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { throw .header }
      let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
      var value = line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }
      while value.last == 32 || value.last == 9 { value.removeLast() }
      let text = String(decoding: value, as: UTF8.self)
      // Two different lengths leave the end of the response open.
      if name == "content-length", let other = headers[name], other != text { throw .length }
      headers[name] = text
    }
    return headers
  }

  /// Reads at most 15 digits, so that the number fits; nil for anything else.
  static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
    guard (1...15).contains(digits.count) else { return nil }
    var value = 0
    for digit in digits {
      switch digit {
      case 48...57: value = value << 4 | Int(digit - 48)
      case 65...70: value = value << 4 | Int(digit - 55)
      case 97...102: value = value << 4 | Int(digit - 87)
      default: return nil
      }
    }
    return value
  }
}
