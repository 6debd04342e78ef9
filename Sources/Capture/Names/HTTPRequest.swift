/// Finds the host in an HTTP/1 request (RFC 9112, section 3.2; RFC 9110, section 7.2).
enum HTTPRequest {
  enum Reading: Hashable, Sendable {
    case other
    case partial
    case host(String)
    /// There is no usable name; the text says why.
    case none(String)
  }

  private static let methods = [
    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL",
    "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH",
  ].map { Array(($0 + " ").utf8) }
  private static let preface = Array("PRI * HTTP/2.0\r\n".utf8)

  /// Whether a stream that begins with `bytes` may be a request; nil if there are too few bytes to decide.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool? {
    guard let first = bytes.first else { return nil }
    guard (0x41...0x5A).contains(first) else { return false }
    var isOpen = false
    for start in methods + [preface] {
      guard bytes.elementsEqual(start.prefix(bytes.count)) || bytes.starts(with: start) else { continue }
      if bytes.count >= start.count { return true }
      isOpen = true
    }
    return isOpen ? nil : false
  }

  /// The host. Lines are read as they arrive, so the end of the header need not be there.
  static func host(in bytes: [UInt8], atEnd: Bool) -> Reading {
    if bytes.starts(with: preface) { return .none("HTTP/2: the compression of its fields is not followed") }
    var lines = bytes[...]
    guard let request = nextLine(&lines) else { return atEnd ? .none("cut off before the request's end") : .partial }
    let words = request.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count == 3, words[2].starts(with: "HTTP/1.".utf8) else { return .other }
    if words[0].elementsEqual("CONNECT".utf8) { return named(RequestedHost.withoutPort(words[1])) }
    if let authority = authority(words[1]) { return named(RequestedHost.withoutPort(authority)) }
    while let line = nextLine(&lines) {
      if line.isEmpty { return .none("the request names no host") }
      guard let colon = line.firstIndex(of: 0x3A), line[..<colon].count == 4,
        zip(line[..<colon], "host".utf8).allSatisfy({ $0 | 0x20 == $1 })
      else { continue }
      var value = line[(colon + 1)...]
      while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
      while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
      return named(RequestedHost.withoutPort(value))
    }
    return atEnd ? .none("cut off before the request's host") : .partial
  }

  private static func named(_ name: String?) -> Reading {
    name.map(Reading.host) ?? .none("the request's host is empty or not text")
  }

  /// Removes and returns the next line; nil if it is incomplete.
  private static func nextLine(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
    let line = bytes[..<end]
    bytes = bytes[(end + 1)...]
    return line.last == 0x0D ? line.dropLast() : line
  }

  /// The authority of `scheme://authority/path`.
  private static func authority(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let first = target.first, first != 0x2F, first != 0x2A, let colon = target.firstIndex(of: 0x3A),
      target[colon...].starts(with: "://".utf8)
    else { return nil }
    return target[(colon + 3)...].prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
  }
}
