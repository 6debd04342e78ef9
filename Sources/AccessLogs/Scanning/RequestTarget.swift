/// Reads the target of a request. Queries, fragments, parameters and user names are dropped, because they hold secrets.
extension LogRecord {
  /// Reads a request line, `GET /path?query HTTP/1.1`, from `start` up to `end`.
  @inline(__always)
  mutating func setRequest(_ line: LineBytes, _ start: Int, _ end: Int) {
    let space = min(line.firstBlank(from: start), end)
    method = HTTPMethod(line, start, space)
    guard method != .none, space < end else {
      method = .none
      isMalformed = true
      return
    }
    setTarget(line, space + 1, end)
  }

  /// Reads the text between method and version, or all of it.
  @inline(__always)
  mutating func setTarget(_ line: LineBytes, _ start: Int, _ end: Int) {
    if line[start] == UInt8(ascii: "/") {
      path = Field(start, Self.pathEnd(line, start, end))
    } else {
      setUnusualTarget(line, start, end)
    }
  }

  /// Reads `http://user:password@host/path` (a request to a proxy), `host:port` (CONNECT), `*`.
  @inline(never)
  private mutating func setUnusualTarget(_ line: LineBytes, _ start: Int, _ end: Int) {
    var authority = start
    let scheme = line.has("http://", at: start) ? 7 : line.has("https://", at: start) ? 8 : 0
    authority += scheme
    let hasAuthority = scheme > 0 || method == .connect
    var stop = authority
    var userEnd = authority
    while stop < end {
      let byte = line[stop]
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "?")
        || byte == UInt8(ascii: "#")
      {
        break
      }
      if byte == UInt8(ascii: "@") { userEnd = stop + 1 }
      stop += 1
    }
    if hasAuthority, stop > userEnd {
      if site.isEmpty || scheme > 0 { site = Field(userEnd, stop) }
      path = line[stop] == UInt8(ascii: "/") && stop < end ? Field(stop, Self.pathEnd(line, stop, end)) : .none
    } else if line[start] == UInt8(ascii: "*"), end - start == 1 || line[start + 1] == UInt8(ascii: " ") {
      path = Field(start, start + 1)
    } else {
      isMalformed = true
    }
  }

  /// The end of the path that begins at `start`: the beginning of its query, written plainly or as `%3F`.
  @inline(__always)
  static func pathEnd(_ line: LineBytes, _ start: Int, _ end: Int) -> Int {
    var index = start
    while true {
      index = line.firstPathEnd(from: index)
      if index >= end { return end }
      switch line[index] {
      case UInt8(ascii: "%"):
        if hides(line[index + 1], line[index + 2]) { return index }
      case UInt8(ascii: "\\"):
        // JSON: `\u003f`; nginx: `\x3F`.
        if line[index + 1] == UInt8(ascii: "x"), hides(line[index + 2], line[index + 3]) { return index }
        if line[index + 1] == UInt8(ascii: "u"), hides(line[index + 4], line[index + 5]) { return index }
      default: return index
      }
      index += 1
    }
  }

  /// Whether two hexadecimal digits stand for `?`, `;` or `#`.
  private static func hides(_ high: UInt8, _ low: UInt8) -> Bool {
    switch (high, low | 0x20) {
    case (UInt8(ascii: "3"), UInt8(ascii: "f")), (UInt8(ascii: "3"), UInt8(ascii: "b")): true
    case (UInt8(ascii: "2"), UInt8(ascii: "3")): true
    default: false
    }
  }
}
