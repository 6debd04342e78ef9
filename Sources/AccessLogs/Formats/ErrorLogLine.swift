/// Reads the error logs of nginx and Apache, which name the client of an error.
///
/// Each such line is an event in addition to the request's own line in the access log. If a log has both, only the
/// access log's line counts.
struct ErrorLogFormat: LogFormat {
  let names: [LogFormatName] = [.nginxError, .apacheError]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "[") || byte &- 48 < 10 }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    line[start] == UInt8(ascii: "[") ? apache(line, start, &record, &parser) : nginx(line, start, &record, &parser)
  }

  /// Reads
  /// `2026/11/30 03:27:10 [error] 16868#16868: *2 MESSAGE, client: A, server: S, request: "…", upstream: "…", host: "…"`.
  /// The message may contain commas, and text that a client sent.
  private func nginx(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard line[start + 4] == UInt8(ascii: "/"), line[start + 7] == UInt8(ascii: "/"), line.has(" [", at: start + 19)
    else {
      return nil
    }
    var index = start
    guard let time = parser.clock.iso(line, &index), index == start + 19 else { return nil }
    // The last `client` that a `server` follows, before the request that nginx quotes.
    let request = line.last(", request: \"", from: index)
    let head = line.part(0, request ?? line.count)
    guard let client = head.last(", client: ", from: index) else { return nil }
    let clientStart = client + 10
    let clientEnd = line.first(UInt8(ascii: ","), from: clientStart)
    let address = line.withoutPort(Field(clientStart, clientEnd))
    guard line.isAddress(address) || line.has("unix:", at: clientStart), line.has(", server: ", at: clientEnd) else {
      return nil
    }
    record.client = address
    record.milliseconds = time.milliseconds
    record.isEvent = true
    let serverEnd = line.first(UInt8(ascii: ","), from: clientEnd + 10)
    if serverEnd > clientEnd + 10 { record.site = Field(clientEnd + 10, serverEnd) }
    if let request {
      let end = line.first(UInt8(ascii: "\""), from: request + 12)
      record.setRequest(line, request + 12, end)
      if let host = line.last(", host: \"", from: end) {
        let hostEnd = line.first(UInt8(ascii: "\""), from: host + 9)
        if hostEnd < line.count { record.site = Field(host + 9, hostEnd) }
      }
      if let upstream = line.last(", upstream: \"", from: end) {
        // Without scheme and path, because the path has the query.
        let name = (line.part(0, line.count).first("://", from: upstream).map { $0 + 3 }) ?? upstream + 13
        var stop = name
        while stop < line.count, line[stop] != UInt8(ascii: "/"), line[stop] != UInt8(ascii: "\"") { stop += 1 }
        record.upstream = Field(name, stop)
      }
    }
    if record.site.count == 1, line[record.site.start] == UInt8(ascii: "_") { record.site = .none }
    return .request(.nginxError)
  }

  /// Reads `[Mon Nov 30 03:27:10.516726 2026] [core:info] [pid 16874:tid 16880] [client 10.99.1.2:39626] AH00128: …`,
  /// which has neither host nor request. A line without a client is not about a request.
  private func apache(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard line[start + 4] == UInt8(ascii: " "), TimestampReader.month(line, start + 5) != nil else { return nil }
    let close = line.first(UInt8(ascii: "]"), from: start)
    guard close < start + 48, let year = line.digits(close - 4, 4),
      let seconds = parser.clock.monthDay(line, start + 5, year: year)
    else { return nil }
    let hasSubseconds = line[start + 20] == UInt8(ascii: ".")
    guard let mark = line.first("[client ", from: close), mark < close + 200 else { return .other }
    let end = line.first(UInt8(ascii: "]"), from: mark + 8)
    // `[client ::1:39626]`: the port is there since 2.4, and is the last part.
    var field = Field(mark + 8, end)
    var colons = 0
    var last = 0
    for index in field.start..<field.end where line[index] == UInt8(ascii: ":") {
      colons += 1
      last = index
    }
    if colons > 0 { field = Field(field.start, last) }
    guard line.isAddress(field) else { return .other }
    record.client = field
    record.milliseconds = seconds * 1000 + (hasSubseconds ? Int64(line.digits(start + 21, 3) ?? 0) : 0)
    record.hasSubseconds = hasSubseconds
    record.isEvent = true
    return .request(.apacheError)
  }
}

extension LogFormatName {
  public static var nginxError: LogFormatName { LogFormatName("nginx_error") }
  public static var apacheError: LogFormatName { LogFormatName("apache_error") }
}
