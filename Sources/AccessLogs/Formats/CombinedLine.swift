/// Reads the combined format and its relatives.
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
  /// The combined format without referer and agent.
  public static var common: LogFormatName { LogFormatName("common") }
  /// Apache's `vhost_combined`: the combined format with the site and its port in front.
  public static var vhostCombined: LogFormatName { LogFormatName("vhost_combined") }
  /// Kubernetes' ingress-nginx: the combined format and then the upstream.
  public static var ingress: LogFormatName { LogFormatName("ingress_nginx") }
  public static var traefikCommon: LogFormatName { LogFormatName("traefik_clf") }
}

/// The combined format and its relatives: nginx `combined` and `main`, Apache's `common`, `combined` and `vhost_combined`,
/// Traefik's CLF (ngx_http_log_module, Apache mod_log_config, Traefik's documentation).
extension LineParser {
  /// Reads `client ident user [time] "request" status bytes "referer" "agent"`; nil for anything else.
  @inline(__always)
  mutating func combined(_ line: LineBytes, _ start: Int = 0, _ record: inout LogRecord) -> LineKind? {
    let clientEnd = line.firstBlank(from: start)
    var time = clientEnd + 6
    // Almost always ` - - [`.
    if line.word(at: clientEnd) & 0xFFFF_FFFF_FFFF == 0x5B20_2D20_2D20, line.isAddress(Field(start, clientEnd)) {
      record.client = Field(start, clientEnd)
    } else {
      guard let place = combinedHead(line, start, clientEnd, &record) else { return nil }
      time = place
    }
    guard let seconds = clock.common(line, time), line[time + 26] == UInt8(ascii: "]"),
      line[time + 28] == UInt8(ascii: "\"")
    else { return combinedOtherwise(line, time, &record) }
    record.milliseconds = seconds &* 1000
    return combinedRest(line, time + 29, &record)
  }

  /// Reads the rest from the request on.
  ///
  /// - Parameter request: the position behind the request's quote.
  @inline(__always)
  private mutating func combinedRest(_ line: LineBytes, _ request: Int, _ record: inout LogRecord) -> LineKind? {
    let requestEnd = quoteEnd(line, request)
    record.setRequest(line, request, requestEnd)
    var index = requestEnd + 2
    // A line that was cut off inside the request is not accepted.
    guard requestEnd < line.count else { return nil }
    guard let status = status(line, &index) else { return nil }
    record.status = status
    guard line[index] == UInt8(ascii: " ") || index >= line.count else { return nil }
    index += 1
    record.bytes = count(line, &index) ?? -1
    if line[index] != UInt8(ascii: " ") || line[index + 1] != UInt8(ascii: "\"") {
      // Without referer and agent, or with times before them (APISIX).
      index = Self.wordsEnd(line, index)
      guard index < line.count else {
        return .request(line.part(record.site).count > 0 ? .vhostCombined : .common)
      }
    }
    // The referer may hold secrets, so it is skipped.
    let agent = quoteEnd(line, index + 2) + 3
    let agentEnd = quoteEnd(line, agent)
    guard agent <= line.count, agentEnd < line.count else {
      // Syslog, a pipe or a screen cut it off there: the request is whole, and the agent is not known.
      return .request(record.site.isEmpty ? .combined : .vhostCombined)
    }
    record.agent = Field(agent, agentEnd)
    if agentEnd + 1 < line.count { return combinedTail(line, agentEnd + 1, &record) }
    return .request(record.site.isEmpty ? .combined : .vhostCombined)
  }

  /// The position of the blank in front of a quoted text, after words without quotes; the line's end if no quoted text
  /// follows.
  @inline(never)
  private static func wordsEnd(_ line: LineBytes, _ start: Int) -> Int {
    var index = start
    while index < line.count {
      if line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "\"") { return index }
      index += 1
    }
    return line.count
  }

  /// Reads lines with a host between time and request (APISIX: `[time] host "request"`), or with a time in Python's
  /// form (`[30/Nov/2026 02:38:56]`, which http.server and Werkzeug write in local time).
  @inline(never)
  private mutating func combinedOtherwise(_ line: LineBytes, _ time: Int, _ record: inout LogRecord) -> LineKind? {
    if let seconds = clock.common(line, time), line.has("] ", at: time + 26) {
      record.milliseconds = seconds &* 1000
      var index = time + 28
      // `"host" "request"` or `host "request"`
      let isQuoted = line[index] == UInt8(ascii: "\"")
      let end = isQuoted ? quoteEnd(line, index + 1) : line.firstBlank(from: index)
      let host = isQuoted ? Field(index + 1, end) : Field(index, end)
      index = isQuoted ? end + 1 : end
      guard line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "\"") else { return nil }
      let isDash = host.count == 1 && line[host.start] == UInt8(ascii: "-")
      guard
        isDash || host.isEmpty || line.isSiteName(host) || line.isHostName(host)
          || line.isAddress(line.withoutPort(host))
      else { return nil }
      if !isDash, record.site.isEmpty { record.site = host }
      return combinedRest(line, index + 2, &record)
    }
    guard line[time + 11] == UInt8(ascii: " "), line.has("] \"", at: time + 20),
      let seconds = clock.commonWithoutZone(line, time)
    else { return nil }
    record.milliseconds = seconds &* 1000
    return combinedRest(line, time + 23, &record)
  }

  /// Reads everything in front of the time in unusual forms, and returns the position of the time. Nil if no word there
  /// can be the client: an address, or a plausible host name.
  @inline(never)
  private mutating func combinedHead(
    _ line: LineBytes, _ start: Int, _ firstEnd: Int, _ record: inout LogRecord
  ) -> Int? {
    guard firstEnd > start, firstEnd < line.count else { return nil }
    var bracket = firstEnd
    // A user's name may contain a bracket, but a time does not.
    repeat {
      bracket = line.first(UInt8(ascii: "["), from: bracket + 1)
      guard bracket < line.count, bracket - start < 1024 else { return nil }
    } while line[bracket - 1] != UInt8(ascii: " ") || line[bracket + 3] != UInt8(ascii: "/")
    let first = Field(start, firstEnd)
    let secondEnd = line.firstBlank(from: firstEnd + 1)
    let second = Field(firstEnd + 1, secondEnd)
    let hasDash = second.count == 1 && line[second.start] == UInt8(ascii: "-")
    if line.isAddress(first), hasDash {
      record.client = first
      return bracket + 1
    }
    // `$remote_addr:$remote_port - -`
    if hasDash, line.isDigit(firstEnd - 1), line.isAddress(line.withoutPort(first)) {
      record.client = line.withoutPort(first)
      return bracket + 1
    }
    if secondEnd < bracket, line.isAddress(second), line.isSiteName(first) {
      (record.site, record.client) = (first, second)
      namesSiteFirst = true
      return bracket + 1
    }
    return combinedNames(line, headWords(line, start, bracket), &record) ? bracket + 1 : nil
  }

  /// The words in front of a time. A list (`203.0.113.77, 10.0.0.1`) and a quoted text count as one word. Empty if
  /// there are more than eight.
  private func headWords(_ line: LineBytes, _ start: Int, _ end: Int) -> [(field: Field, isList: Bool)] {
    var words: [(field: Field, isList: Bool)] = []
    var index = start
    while index < end {
      guard line[index] != UInt8(ascii: " ") else {
        index += 1
        continue
      }
      guard words.count < 8 else { return [] }
      if line[index] == UInt8(ascii: "\"") {
        let stop = min(quoteEnd(line, index + 1), end)
        words.append((Field(index + 1, stop), true))
        index = stop + 1
        continue
      }
      let first = index
      var isList = false
      while index < end, line[index] != UInt8(ascii: " ") {
        if line[index] == UInt8(ascii: ","), line[index + 1] == UInt8(ascii: " ") || index > first {
          isList = true
          while line[index + 1] == UInt8(ascii: " "), index + 1 < end { index += 1 }
        }
        index += 1
      }
      words.append((Field(first, index), isList))
    }
    return words
  }

  /// Finds the client and the site among the words in front of the time.
  private mutating func combinedNames(
    _ line: LineBytes, _ words: [(field: Field, isList: Bool)], _ record: inout LogRecord
  ) -> Bool {
    // `client [time]` is HAProxy's form.
    guard words.count >= 2 else { return false }
    let isAddress = { (word: (field: Field, isList: Bool)) in !word.isList && line.isAddress(word.field) }
    let isDash = { (word: (field: Field, isList: Bool)) in
      word.field.isEmpty || (word.field.count == 1 && line[word.field.start] == UInt8(ascii: "-"))
    }
    let (first, second) = (words[0], words[1])
    if first.isList {
      guard isDash(first) || LogRecord.isAddressList(line, first.field) else { return false }
      if isAddress(second) {
        record.client = second.field
      } else if isDash(second), !isDash(first) {
        record.client = LogRecord.visitor(line, in: first.field) ?? .none
        record.isClaimed = true
        return !record.client.isEmpty
      } else {
        return false
      }
      if !isDash(first) { record.forwarded = first.field }
      return true
    }
    if isAddress(first) {
      if words.count >= 4, isAddress(second) {
        // `$host $remote_addr - -` where the host is an address, or a forwarded address before that of the connection.
        if namesSiteFirst { record.site = first.field } else { record.forwarded = first.field }
        record.client = second.field
        return true
      }
      record.client = first.field
      if second.isList, LogRecord.isAddressList(line, second.field) {
        record.forwarded = second.field
      } else if !isDash(second), line.isSiteName(second.field) || line.isAddress(line.withoutPort(second.field)) {
        record.site = second.field  // lighttpd names the host there
      }
      return true
    }
    if isDash(first), isAddress(second) {
      record.client = second.field
      return true
    }
    let name = line.withoutPort(first.field)
    if isAddress(second), words.count >= 3, line.isHostName(name) || line.isAddress(name) || isUnderscore(line, name),
      !line.has(":", at: first.field.end - 1)
    {
      (record.site, record.client) = (first.field, second.field)
      namesSiteFirst = namesSiteFirst || !line.isAddress(name)
      return true
    }
    // A name (HostnameLookups On), or nginx's `unix:`.
    guard isDash(second), words.count >= 3, line.isHostName(first.field) || line.has("unix:", at: first.field.start)
    else {
      return false
    }
    record.client = first.field
    return true
  }

  private func isUnderscore(_ line: LineBytes, _ field: Field) -> Bool {
    field.count == 1 && line[field.start] == UInt8(ascii: "_")
  }

  /// Reads a line of which only `client ident user [time] "request" …` is known, after anything that a collector put in
  /// front.
  mutating func combinedAnywhere(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    var bracket = start
    repeat {
      bracket = line.first(UInt8(ascii: "["), from: bracket + 1)
      guard bracket < line.count, bracket - start < 1024 else { return nil }
    } while line[bracket - 1] != UInt8(ascii: " ") || line[bracket + 3] != UInt8(ascii: "/")
      || line[bracket + 27] != UInt8(ascii: "]")
    var end = bracket - 1
    var words: [Field] = []
    while words.count < 3, end > start {
      var first = end
      while first > start, line[first - 1] != UInt8(ascii: " "), line[first - 1] != 9 { first -= 1 }
      words.append(Field(first, end))
      end = first - 1
    }
    guard words.count == 3, line.isAddress(words[2]), line.has("- ", at: words[1].start) else {
      return combinedMasked(line, bracket, &record)
    }
    return combined(line, words[2].start, &record)
  }

  /// Reads `[REDACTED] - - [time] "request" …`: somebody made the client unreadable, and the request is there.
  private mutating func combinedMasked(_ line: LineBytes, _ bracket: Int, _ record: inout LogRecord) -> LineKind? {
    guard line[bracket - 3] == UInt8(ascii: " "), line[bracket - 2] == UInt8(ascii: "-"),
      line[bracket - 4] == UInt8(ascii: "-"), line[bracket - 5] == UInt8(ascii: " "),
      let seconds = clock.common(line, bracket + 1), line.has("] \"", at: bracket + 27)
    else { return nil }
    let end = bracket - 5
    var first = end
    while first > 0, line[first - 1] != UInt8(ascii: " ") { first -= 1 }
    guard end > first, MaskedClient.isMasked(String(decoding: line.part(first, end).bytes, as: UTF8.self)) else {
      return nil
    }
    record = LogRecord()
    record.client = Field(first, end)
    record.milliseconds = seconds &* 1000
    return combinedRest(line, bracket + 30, &record)
  }

  /// The position of the quote that ends the text at `start`. Apache escapes quotes inside it.
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

  /// Reads three digits or `-` at `index`, and moves `index` behind them.
  @inline(__always)
  func status(_ line: LineBytes, _ index: inout Int) -> Int32? {
    if line[index] == UInt8(ascii: "-") {
      index += 1
      return 0
    }
    // A line may have been cut off in the middle of it.
    guard let value = line.digits(index, 3), !line.isDigit(index + 3) else { return nil }
    index += 3
    return Int32(truncatingIfNeeded: value)
  }

  /// Reads a number, or `-` for none, at `index`, and moves `index` behind it.
  @inline(__always)
  func count(_ line: LineBytes, _ index: inout Int) -> Int64? {
    if line[index] == UInt8(ascii: "-") {
      index += 1
      return 0
    }
    return line.number(&index)
  }

  /// Reads what follows the user agent.
  @inline(never)
  private func combinedTail(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind {
    var index = start
    while line[index] == UInt8(ascii: " ") { index += 1 }
    if line.isDigit(index) {
      let space = line.firstBlank(from: index)
      if line[space + 1] == UInt8(ascii: "\""), let kind = traefikTail(line, space + 1, &record) { return kind }
      // ingress-nginx: `length time [upstream] [alternative] address length time status id`
      let name = line.firstBlank(from: space + 1) + 1
      if line[name] == UInt8(ascii: "["), let seconds = Self.seconds(line, space + 1) {
        record.duration = seconds
        let nameEnd = line.first(UInt8(ascii: "]"), from: name)
        if record.site.isEmpty, nameEnd > name + 1 { record.site = Field(name + 1, nameEnd) }
        let other = line.first(UInt8(ascii: "]"), from: nameEnd + 1)
        let address = other + 2
        record.upstream = Field(address, line.firstBlank(from: address))
        let status = line.firstBlank(from: line.firstBlank(from: record.upstream.end + 1) + 1) + 1
        if let value = line.digits(status, 3) { record.upstreamStatus = Int32(value) }
        return .request(.ingress)
      }
    }
    addedTexts(line, index, &record)
    return .request(record.site.isEmpty ? .combined : .vhostCombined)
  }

  /// Reads what people add behind the agent: `"$http_x_forwarded_for"`, `"$host"`, `xff="…"`.
  private func addedTexts(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) {
    var index = start
    for _ in 0..<24 where index < line.count {
      while line[index] == UInt8(ascii: " ") { index += 1 }
      let first = index
      while index < line.count, line[index] != UInt8(ascii: " "), line[index] != UInt8(ascii: "\"") { index += 1 }
      var text = Field(first, index)
      var isQuoted = false
      if line[index] == UInt8(ascii: "\"") {
        // `name="text"`, or the text alone.
        let end = quoteEnd(line, index + 1)
        guard end < line.count else { return }
        if first == index || line[index - 1] == UInt8(ascii: "=") {
          isQuoted = true
          text = Field(index + 1, end)
        }
        index = end + 1
      } else {
        // `name=text`
        for place in text.start..<text.end where line[place] == UInt8(ascii: "=") { text = Field(place + 1, text.end) }
      }
      guard text.count > 1 else { continue }
      let key = Field(first, text.start)
      if LogRecord.isAddressList(line, text), !Self.isServersKey(line, key) {
        if record.forwarded.isEmpty { record.forwarded = text }
      } else if isQuoted || first < text.start, record.site.isEmpty, line.isSiteName(text),
        !Self.isServersKey(line, key)
      {
        record.site = text
      }
    }
  }

  /// Whether a name such as `ua=`, `upstream_addr=`, `server=` refers to the upstream.
  private static func isServersKey(_ line: LineBytes, _ key: Field) -> Bool {
    let names: [StaticString] = ["upstream", "ua=", "ua:", "server", "up=", "backend", "to=", "addr=", "ref", "kong"]
    return names.contains { line.has($0, at: key.start) && key.count >= $0.utf8CodeUnitCount }
  }

  /// Reads `"router" "http://server" 12ms`. The router is used as the site, which this format does not have.
  private func traefikTail(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    let routerEnd = quoteEnd(line, start + 1)
    let server = routerEnd + 3
    let serverEnd = quoteEnd(line, server)
    var index = serverEnd + 2
    guard serverEnd < line.count, let milliseconds = line.number(&index), line.has("ms", at: index) else {
      return nil
    }
    record.duration = min(milliseconds, 1 << 40) * 1000
    if routerEnd - start > 2 { record.site = Field(start + 1, routerEnd) }
    if let scheme = line.part(server, serverEnd).first("://", from: 0) {
      record.upstream = Field(server + scheme + 3, serverEnd)
    }
    return .request(.traefikCommon)
  }

  /// Reads seconds with decimals, and returns microseconds.
  static func seconds(_ line: LineBytes, _ start: Int) -> Int64? {
    var index = start
    return line.millionths(&index)
  }
}
