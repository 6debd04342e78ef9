/// The combined format and its relatives.
struct CombinedFormat: LogFormat {
  let names: [LogFormatName] = [.combined, .common, .vhostCombined, .ingress, .traefikCommon]

  func mayBegin(with byte: UInt8) -> Bool { byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.combined(line, start, &record)
  }
}

extension LogFormatName {
  /// nginx and Apache: `client - user [time] "request" status bytes "referer" "agent"`.
  public static var combined: LogFormatName { LogFormatName("combined") }
  /// The same without referer and agent.
  public static var common: LogFormatName { LogFormatName("common") }
  /// Apache's `vhost_combined`: the combined format with the site and its port before it.
  public static var vhostCombined: LogFormatName { LogFormatName("vhost_combined") }
  /// Kubernetes' ingress-nginx: the combined format, then the upstream.
  public static var ingress: LogFormatName { LogFormatName("ingress_nginx") }
  public static var traefikCommon: LogFormatName { LogFormatName("traefik_clf") }
}

/// The combined format and its relatives: nginx `combined` and `main`, Apache's `common`, `combined` and `vhost_combined`,
/// Traefik's CLF (ngx_http_log_module, Apache mod_log_config, Traefik's documentation).
extension LineParser {
  /// `client ident user [time] "request" status bytes "referer" "agent"`; nil if it is nothing of the kind.
  @inline(__always)
  mutating func combined(_ line: LineBytes, _ start: Int = 0, _ record: inout LogRecord) -> LineKind? {
    let clientEnd = line.firstBlank(from: start)
    var time = clientEnd + 6
    // Almost always ` - - [`.
    if line.word(at: clientEnd) & 0xFFFF_FFFF_FFFF == 0x5B20_2D20_2D20, line.isDigit(start) {
      record.client = Field(start, clientEnd)
    } else {
      guard let place = combinedHead(line, start, clientEnd, &record) else { return nil }
      time = place
    }
    guard let seconds = clock.common(line, time), line[time + 26] == UInt8(ascii: "]"),
      line[time + 28] == UInt8(ascii: "\"")
    else { return nil }
    record.milliseconds = seconds &* 1000
    let request = time + 29
    let requestEnd = quoteEnd(line, request)
    record.setRequest(line, request, requestEnd)
    var index = requestEnd + 2
    // A line that was cut within the request is none.
    guard requestEnd < line.count else { return nil }
    guard let status = status(line, &index) else { return nil }
    record.status = status
    guard line[index] == UInt8(ascii: " ") || index >= line.count else { return nil }
    index += 1
    record.bytes = count(line, &index) ?? 0
    guard line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "\"") else {
      return .request(line.part(record.site).count > 0 ? .vhostCombined : .common)
    }
    // The referer may hold secrets: it is passed over.
    let agent = quoteEnd(line, index + 2) + 3
    let agentEnd = quoteEnd(line, agent)
    guard agent <= line.count, agentEnd < line.count else { return nil }
    record.agent = Field(agent, agentEnd)
    if agentEnd + 1 < line.count { return combinedTail(line, agentEnd + 1, &record) }
    return .request(record.site.isEmpty ? .combined : .vhostCombined)
  }

  /// Everything before the time, in unusual forms: where the time begins.
  @inline(never)
  private func combinedHead(_ line: LineBytes, _ start: Int, _ firstEnd: Int, _ record: inout LogRecord) -> Int? {
    guard firstEnd > start, firstEnd < line.count else { return nil }
    var bracket = firstEnd
    // A user's name may hold a bracket; a time does not.
    repeat {
      bracket = line.first(UInt8(ascii: "["), from: bracket + 1)
      guard bracket < line.count, bracket - start < 1024 else { return nil }
    } while line[bracket - 1] != UInt8(ascii: " ") || line[bracket + 3] != UInt8(ascii: "/")
    let first = Field(start, firstEnd)
    let secondEnd = line.firstBlank(from: firstEnd + 1)
    let second = Field(firstEnd + 1, secondEnd)
    if line.isAddress(first) {
      record.client = first
    } else if secondEnd < bracket, line.isAddress(second) {
      record.site = first
      record.client = second
    } else if line.has(":", at: line.withoutPort(first).end), line.isAddress(line.withoutPort(first)) {
      return nil  // HAProxy's
    } else {
      record.client = first  // a name (HostnameLookups On), or unix:
    }
    return bracket + 1
  }

  /// Where the quote is that ends the text at `start`; Apache escapes those within it.
  @inline(__always)
  func quoteEnd(_ line: LineBytes, _ start: Int) -> Int {
    var index = start
    while true {
      index = line.first(UInt8(ascii: "\""), from: index)
      guard index < line.count, line[index - 1] == UInt8(ascii: "\\") else { return index }
      var escapes = 1
      while index - escapes > start, line[index - escapes - 1] == UInt8(ascii: "\\") { escapes += 1 }
      if escapes & 1 == 0 || index - escapes < start { return index }
      index += 1
    }
  }

  /// Three digits, or `-`, at `index`, which moves behind them.
  @inline(__always)
  func status(_ line: LineBytes, _ index: inout Int) -> Int32? {
    if line[index] == UInt8(ascii: "-") {
      index += 1
      return 0
    }
    guard let value = line.number(&index), value < 1000 else { return nil }
    return Int32(truncatingIfNeeded: value)
  }

  /// A number, or `-` for none, at `index`, which moves behind it.
  @inline(__always)
  func count(_ line: LineBytes, _ index: inout Int) -> Int64? {
    if line[index] == UInt8(ascii: "-") {
      index += 1
      return 0
    }
    return line.number(&index)
  }

  /// What follows the user agent.
  @inline(never)
  private func combinedTail(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind {
    var index = start
    while line[index] == UInt8(ascii: " ") { index += 1 }
    if line.isDigit(index) {
      let space = line.firstBlank(from: index)
      if line[space + 1] == UInt8(ascii: "\"") { return traefikTail(line, space + 1, &record) }
      // ingress-nginx: `length time [upstream] [alternative] address length time status id`
      let name = line.firstBlank(from: space + 1) + 1
      if line[name] == UInt8(ascii: "["), let seconds = Self.seconds(line, space + 1) {
        record.duration = seconds
        let nameEnd = line.first(UInt8(ascii: "]"), from: name)
        if record.site.isEmpty, nameEnd > name + 1 { record.site = Field(name + 1, nameEnd) }
        let address = line.firstBlank(from: nameEnd + 2) + 1
        record.upstream = Field(address, line.firstBlank(from: address))
        let status = line.firstBlank(from: line.firstBlank(from: record.upstream.end + 1) + 1) + 1
        if let value = line.digits(status, 3) { record.upstreamStatus = Int32(value) }
        return .request(.ingress)
      }
    }
    return .request(record.site.isEmpty ? .combined : .vhostCombined)
  }

  /// `"router" "http://server" 12ms`. The router stands for the site, which this format does not say.
  private func traefikTail(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind {
    let routerEnd = quoteEnd(line, start + 1)
    let server = routerEnd + 3
    let serverEnd = quoteEnd(line, server)
    var index = serverEnd + 2
    guard serverEnd < line.count, let milliseconds = line.number(&index), line.has("ms", at: index) else {
      return .request(record.site.isEmpty ? .combined : .vhostCombined)
    }
    record.duration = min(milliseconds, 1 << 40) * 1000
    if routerEnd - start > 2 { record.site = Field(start + 1, routerEnd) }
    if let scheme = line.part(server, serverEnd).first("://", from: 0) {
      record.upstream = Field(server + scheme + 3, serverEnd)
    }
    return .request(.traefikCommon)
  }

  /// Seconds with decimals, in microseconds.
  static func seconds(_ line: LineBytes, _ start: Int) -> Int64? {
    var index = start
    return line.millionths(&index)
  }
}
