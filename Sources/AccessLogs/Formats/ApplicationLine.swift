/// Reads the lines of application servers and small proxies with formats of their own: uvicorn, php-fpm, Zoraxy,
/// Apache's `ssl_request_log`, Caddy's console, Gin, Rails.
struct ApplicationFormat: LogFormat {
  let names: [LogFormatName] = [.uvicorn, .phpFPM, .zoraxy, .sslRequest, .gin, .rails]

  func mayBegin(with byte: UInt8) -> Bool { byte != UInt8(ascii: "{") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    if line[start] == UInt8(ascii: "[") {
      return zoraxy(line, start, &record, &parser) ?? sslRequest(line, start, &record, &parser)
        ?? gin(line, start, &record, &parser) ?? rails(line, start, &record, &parser)
    }
    return caddyConsole(line, start, &record, &parser) ?? uvicorn(line, start, &record, &parser)
      ?? phpFPM(line, start, &record, &parser) ?? rails(line, start, &record, &parser)
  }

  /// Reads `INFO:     10.99.1.2:43660 - "GET /x?a=1 HTTP/1.1" 200 OK`, which has no time.
  private func uvicorn(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    var index = start
    if line.has("INFO:", at: start) {
      index += 5
      while line[index] == UInt8(ascii: " ") { index += 1 }
    }
    let blank = line.firstBlank(from: index)
    let client = line.withoutPort(Field(index, blank), lastColon: true)
    guard client.count < blank - index, line.isAddress(client), line.has(" - \"", at: blank) else { return nil }
    let end = parser.quoteEnd(line, blank + 4)
    record.setRequest(line, blank + 4, end)
    var place = end + 2
    guard end < line.count, let status = parser.status(line, &place) else { return nil }
    record.client = client
    record.status = status
    guard let time = parser.outerTime else { return .untimed(.uvicorn) }
    record.milliseconds = time
    return .request(.uvicorn)
  }

  /// Reads `127.0.0.1 -  30/Nov/2026:02:38:56 +0000 "GET /index.php" 200`, the default `access.format`.
  private func phpFPM(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    let blank = line.firstBlank(from: start)
    guard line.has(" - ", at: blank), line.isAddress(Field(start, blank)) || line.isHostName(Field(start, blank)) else {
      return nil
    }
    let quote = line.first(UInt8(ascii: "\""), from: blank)
    guard quote < line.count, let seconds = parser.clock.common(line, quote - 27) else { return nil }
    let end = parser.quoteEnd(line, quote + 1)
    record.setRequest(line, quote + 1, end)
    var place = end + 2
    guard end < line.count, let status = parser.status(line, &place) else { return nil }
    record.client = Field(start, blank)
    record.milliseconds = seconds * 1000
    record.status = status
    return .request(.phpFPM)
  }

  /// Reads `[2026-11-30 03:27:10.123456] [router:CLASS] [origin:HOST] [client: A] [useragent: UA] GET /x 200`.
  private func zoraxy(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    var index = start + 1
    guard let time = parser.clock.iso(line, &index), line.has("] [", at: index) else { return nil }
    guard let origin = line.first("[origin:", from: index), let client = line.first("[client: ", from: origin),
      let agent = line.first("[useragent: ", from: client)
    else { return line.has("] [router:", at: index) || line.has("] [internal", at: index) ? .other : nil }
    // The agent may contain brackets, so the last three words are read.
    let statusStart = lastWord(line, line.count)
    let targetStart = lastWord(line, statusStart - 1)
    let methodStart = lastWord(line, targetStart - 1)
    guard methodStart > agent, line[methodStart - 2] == UInt8(ascii: "]"),
      let status = line.statusCode(Field(statusStart, line.count))
    else { return nil }
    let clientEnd = line.first(UInt8(ascii: "]"), from: client)
    record.client = line.withoutPort(Field(client + 9, clientEnd))
    guard line.isAddress(record.client) else { return nil }
    record.site = Field(origin + 8, line.first(UInt8(ascii: "]"), from: origin))
    record.agent = Field(agent + 12, methodStart - 2)
    record.milliseconds = time.milliseconds
    record.hasSubseconds = time.hasSubseconds
    record.status = status
    record.method = HTTPMethod(line, methodStart, targetStart - 1)
    record.setTarget(line, targetStart, statusStart - 1)
    return .request(.zoraxy)
  }

  private func lastWord(_ line: LineBytes, _ end: Int) -> Int {
    var index = end
    while index > 0, line[index - 1] != UInt8(ascii: " ") { index -= 1 }
    return index
  }

  /// Reads `[30/Nov/2026:02:38:56 +0000] 203.0.113.77 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /x HTTP/1.1" 512`.
  private func sslRequest(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard let seconds = parser.clock.common(line, start + 1), line.has("] ", at: start + 27) else { return nil }
    let words = line.words(from: start + 29, limit: 5)
    guard words.count >= 4, line.isAddress(words[0]) || line.isHostName(words[0]),
      line.has("TLS", at: words[1].start) || line.has("SSL", at: words[1].start) || line.isDash(words[1]),
      line[words[3].start - 1] == UInt8(ascii: "\"")
    else { return nil }
    record.client = words[0]
    record.milliseconds = seconds * 1000
    record.setRequest(line, words[3].start, words[3].end)
    if words.count > 4 { record.bytes = line.wholeNumber(words[4]) ?? 0 }
    return .request(.sslRequest)
  }

  /// Reads `[GIN] 2026/11/30 - 02:38:56 | 200 |    1.2ms |  203.0.113.77 | GET      "/x?a=1"`, in local time.
  private func gin(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard line.has("[GIN] ", at: start), line.has(" - ", at: start + 16), line.has(" | ", at: start + 27),
      let local = TimestampReader.universal(line, start + 6, start + 19)
    else { return line.has("[GIN-debug]", at: start) ? .other : nil }
    let columns = line.words(from: start + 30, limit: 5, separator: UInt8(ascii: "|")).map { trimmed(line, $0) }
    guard columns.count == 4 || columns.count == 5, let last = columns.last, let status = line.statusCode(columns[0])
    else { return nil }
    let blank = line.firstBlank(from: last.start)
    let quote = line.first(UInt8(ascii: "\""), from: blank)
    guard line.isAddress(columns[2]), quote < last.end else { return nil }
    record.client = columns[2]
    // The framework takes the address from headers if it trusts who connected.
    record.isClaimed = true
    record.milliseconds = (local - parser.clock.offset(local)) * 1000
    record.status = status
    record.method = HTTPMethod(line, last.start, blank)
    record.setTarget(line, quote + 1, parser.quoteEnd(line, quote + 1))
    return .request(.gin)
  }

  private func trimmed(_ line: LineBytes, _ field: Field) -> Field {
    var (start, end) = (field.start, field.end)
    while start < end, line[start] == UInt8(ascii: " ") { start += 1 }
    while end > start, line[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return Field(start, end)
  }

  /// Reads `Started GET "/x?a=1" for 203.0.113.77 at 2026-11-30 02:38:56 +0000`, behind Ruby's head and the request's id.
  private func rails(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard let place = line.first("Started ", from: start), place - start < 200,
      place == start || line[place - 1] == UInt8(ascii: " ")
    else { return nil }
    let blank = line.firstBlank(from: place + 8)
    guard line[blank + 1] == UInt8(ascii: "\"") else { return nil }
    let end = parser.quoteEnd(line, blank + 2)
    guard line.has(" for ", at: end + 1) else { return nil }
    let client = Field(end + 6, line.firstBlank(from: end + 6))
    guard line.isAddress(client), line.has(" at ", at: client.end),
      var seconds = TimestampReader.universal(line, client.end + 4, client.end + 15)
    else { return nil }
    let zone = client.end + 24
    if let hours = line.twoDigits(zone + 1), let minutes = line.twoDigits(zone + 3), line[zone - 1] == UInt8(ascii: " ")
    {
      let ahead = Int64(hours * 3600 + minutes * 60)
      seconds += line[zone] == UInt8(ascii: "-") ? ahead : -ahead
    } else {
      seconds -= parser.clock.offset(seconds)
    }
    record.client = client
    record.isClaimed = true
    record.milliseconds = seconds * 1000
    record.method = HTTPMethod(line, place + 8, blank)
    record.setTarget(line, blank + 2, end)
    return .request(.rails)
  }

  /// Reads `2026/11/30 02:38:56.123<tab>INFO<tab>http.log.access.log0<tab>handled request<tab>{…}`, in UTC by default.
  private func caddyConsole(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard line[start + 4] == UInt8(ascii: "/"), line[start + 7] == UInt8(ascii: "/") else { return nil }
    let tab = line.first(9, from: start)
    guard tab < start + 36, tab < line.count, let seconds = TimestampReader.universal(line, start, start + 11) else {
      return nil
    }
    let brace = line.first(UInt8(ascii: "{"), from: tab)
    guard brace < line.count, line[brace - 1] == 9 else { return .other }
    parser.outerTime =
      seconds * 1000 + (line[start + 19] == UInt8(ascii: ".") ? Int64(line.digits(start + 20, 3) ?? 0) : 0)
    guard case .request = parser.json(line, brace, &record) else { return .other }
    record.hasSubseconds = true
    return .request(.caddyJSON)
  }
}

extension LogFormatName {
  public static var uvicorn: LogFormatName { LogFormatName("uvicorn") }
  public static var phpFPM: LogFormatName { LogFormatName("php_fpm") }
  public static var zoraxy: LogFormatName { LogFormatName("zoraxy") }
  /// Gin, a framework for Go.
  public static var gin: LogFormatName { LogFormatName("gin") }
  /// Ruby on Rails.
  public static var rails: LogFormatName { LogFormatName("rails") }
  /// Apache's `ssl_request_log`.
  public static var sslRequest: LogFormatName { LogFormatName("ssl_request") }
}
