/// Reads Nginx Proxy Manager's formats.
struct ProxyManagerFormat: LogFormat {
  let names: [LogFormatName] = [.proxyManagerProxy, .proxyManagerStandard, .proxyManagerStream]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "[") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.proxyManager(line, start, &record)
  }
}

extension LogFormatName {
  /// Nginx Proxy Manager's `proxy`.
  public static var proxyManagerProxy: LogFormatName { LogFormatName("npm_proxy") }
  /// Nginx Proxy Manager's `standard`.
  public static var proxyManagerStandard: LogFormatName { LogFormatName("npm_standard") }
  /// Nginx Proxy Manager's `stream`.
  public static var proxyManagerStream: LogFormatName { LogFormatName("npm_stream") }
}

/// The formats of Nginx Proxy Manager (its docker/rootfs/etc/nginx/conf.d/include/log-*.conf).
extension LineParser {
  /// Reads a line; nil for other formats.
  mutating func proxyManager(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    guard let seconds = clock.common(line, start + 1), line.has("] ", at: start + 27) else { return nil }
    record.milliseconds = seconds * 1000
    // Its real-IP rules accept X-Real-IP from every private address, so a neighbour can send any.
    record.isClaimed = true
    let head = start + 29
    if line.has("[Client ", at: head) { return proxyManagerStream(line, head, &record) }
    let quote = line.first(UInt8(ascii: "\""), from: head)
    guard quote < line.count else { return nil }
    // In front of the quoted target, from the end: site, scheme, method, a dash, status. What is before those belongs
    // to the cache and the upstream (`502, 503, 200` after retries, `502 : 200` after an internal redirect).
    var end = quote
    // For an invalid request nginx has no host, and writes two spaces.
    let hasSite = line[quote - 2] != UInt8(ascii: " ")
    let site = hasSite ? previous(line, head, &end) : .none
    let scheme = previous(line, head, &end)
    let method = previous(line, head, &end)
    let dash = previous(line, head, &end)
    guard line.part(dash).count == 1, line[dash.start] == UInt8(ascii: "-"), !scheme.isEmpty else {
      return siteAndClient(line, head, quote, &record)
    }
    let status = previous(line, head, &end)
    var index = status.start
    guard let code = self.status(line, &index), index == status.end else { return nil }
    record.status = code
    record.site = site
    if end > head {
      var place = previous(line, head, &end).start
      record.upstreamStatus = self.status(line, &place) ?? 0
    }
    let targetEnd = quoteEnd(line, quote + 1)
    guard targetEnd < line.count else { return nil }
    record.method = HTTPMethod(line, method.start, method.end)
    if record.method == .none { record.isMalformed = true } else { record.setTarget(line, quote + 1, targetEnd) }
    return marked(line, targetEnd + 1, &record)
  }

  /// Reads `[Client …] [Length …] [Gzip …] [Sent-to …] "agent" "referer"` from `start`.
  private func marked(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    guard line.has(" [Client ", at: start) else { return nil }
    var index = start + 9
    record.client = bracketed(line, &index)
    var format = LogFormatName.proxyManagerStandard
    while line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "[") {
      if line.has(" [Length ", at: index) {
        index += 9
        record.bytes = count(line, &index) ?? 0
      } else if line.has(" [Sent-to ", at: index) {
        index += 10
        record.upstream = bracketed(line, &index)
        format = .proxyManagerProxy
        continue
      }
      index = line.first(UInt8(ascii: "]"), from: index) + 1
    }
    if line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "\"") {
      let end = quoteEnd(line, index + 2)
      if end < line.count { record.agent = Field(index + 2, end) }
    }
    return .request(format)
  }

  /// Reads `[Client ip:port] protocol status sent received seconds [Sent-to address] …` from `start`. The status is the
  /// one that nginx gives a stream (200, 502 …).
  private func proxyManagerStream(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    var index = start + 8
    record.client = line.withoutPort(bracketed(line, &index))
    record.isClaimed = false
    index = line.firstBlank(from: index + 1) + 1
    guard let code = status(line, &index) else { return nil }
    record.status = code
    index += 1
    record.bytes = count(line, &index) ?? 0
    index = line.firstBlank(from: index + 1) + 1
    record.duration = line.millionths(&index) ?? -1
    if let sent = line.first("[Sent-to ", from: index) {
      var place = sent + 9
      record.upstream = bracketed(line, &place)
    }
    return .request(.proxyManagerStream)
  }

  /// Reads `[time] site client seconds "request" status bytes …`, a custom format that often occurs with it.
  private func siteAndClient(
    _ line: LineBytes, _ head: Int, _ quote: Int, _ record: inout LogRecord
  ) -> LineKind? {
    var end = quote
    let seconds = previous(line, head, &end)
    let client = previous(line, head, &end)
    let site = previous(line, head, &end)
    guard line.isAddress(client), !site.isEmpty, end <= head, let duration = Self.seconds(line, seconds.start) else {
      return nil
    }
    record.site = site
    record.client = client
    record.isClaimed = false
    record.duration = duration
    let requestEnd = quoteEnd(line, quote + 1)
    record.setRequest(line, quote + 1, requestEnd)
    var index = requestEnd + 2
    guard let code = status(line, &index) else { return nil }
    record.status = code
    index += 1
    record.bytes = count(line, &index) ?? 0
    return .request(.custom)
  }

  /// The word in front of `end`, which moves in front of it.
  private func previous(_ line: LineBytes, _ start: Int, _ end: inout Int) -> Field {
    while end > start, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
    var first = end
    while first > start, line[first - 1] != UInt8(ascii: " ") { first -= 1 }
    let word = Field(first, end)
    end = first
    while end > start, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return word
  }

  /// The text up to the closing bracket; moves `index` behind it. An IPv6 address may have brackets of its own.
  private func bracketed(_ line: LineBytes, _ index: inout Int) -> Field {
    let start = index
    var end = line.first(UInt8(ascii: "]"), from: index)
    if line[start] == UInt8(ascii: "["), end < line.count {
      end = line.first(UInt8(ascii: "]"), from: end + 1)
      index = end + 1
      let inner = Field(start, end)
      return line[end - 1] == UInt8(ascii: "]") ? Field(start + 1, end - 1) : inner
    }
    index = end + 1
    return Field(start, end)
  }
}
