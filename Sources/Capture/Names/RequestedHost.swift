/// Normalises names in requests so that they can be compared.
enum RequestedHost {
  /// The name in lower case without a final dot; nil if it is empty, too long (RFC 1035, section 2.3.4), or has
  /// characters other than visible ASCII.
  static func normal(_ bytes: some Collection<UInt8>) -> String? {
    var bytes = Array(bytes.prefix(256))
    if bytes.last == 0x2E { bytes.removeLast() }
    guard !bytes.isEmpty, bytes.count <= 255, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return String(decoding: bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// The name in `host[:port]` (RFC 3986, section 3.2.2); for an IPv6 literal the text in brackets.
  static func withoutPort(_ authority: ArraySlice<UInt8>) -> String? {
    var host = authority
    // User information is not part of the name and may be secret.
    if let at = host.lastIndex(of: 0x40) { host = host[(at + 1)...] }
    if host.first == 0x5B {
      guard let end = host.firstIndex(of: 0x5D) else { return nil }
      return normal(host[(host.startIndex + 1)..<end])
    }
    if let colon = host.lastIndex(of: 0x3A) {
      guard host[(colon + 1)...].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      host = host[..<colon]
    }
    return normal(host)
  }
}
