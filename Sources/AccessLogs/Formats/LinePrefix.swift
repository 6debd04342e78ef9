/// Recognises what collectors put in front of lines, one layer at a time, and lines of the same programs that are no
/// requests.
enum LinePrefix {
  /// One layer in front of a line.
  struct Layer {
    /// The position of the rest of the line.
    var next: Int
    /// Milliseconds since the epoch.
    var time: Int64?
    /// Whether it is from a container runtime: CRI's `stdout F `.
    var isContainer = false
    /// Whether the line continues in the next one.
    var isPiece = false
    /// Whether it is from the container's standard error.
    var isError = false
    /// Whether syslog's host and program may still follow.
    var isThin = false
  }

  /// The layer at `start`; nil if there is no known one: blanks, syslog's priority, times of syslog, of the journal, of
  /// container runtimes and of other tools, `cat -n`'s numbers, `host program[pid]: `, `[pod/…] `, `name-1  | `, `file:12:`, `MESSAGE=`.
  static func layer(
    _ line: LineBytes, _ start: Int, isTimed: Bool, clock: inout TimestampReader, now: Double
  ) -> Layer? {
    var index = start
    while line[index] == UInt8(ascii: " ") || line[index] == 9 { index += 1 }
    if index > start { return Layer(next: index, isThin: true) }
    // A byte order mark, as Windows' editors write it.
    if line.has("\u{FEFF}", at: start) { return Layer(next: start + 3, isThin: true) }
    if let next = number(line, start) { return Layer(next: next, isThin: true) }
    if let next = priority(line, start) { return Layer(next: next, isThin: true) }
    if let layer = time(line, start, &clock, now) { return layer }
    if isTimed, let next = stream(line, start) { return Layer(next: next, isThin: true) }
    if isTimed, let next = messageStart(line, start) { return Layer(next: next) }
    if line.has("MESSAGE=", at: start) { return Layer(next: start + 8) }
    if let next = bracket(line, start) { return Layer(next: next, isThin: true) }
    if let next = pipe(line, start) { return Layer(next: next, isThin: true) }
    if let next = file(line, start) { return Layer(next: next) }
    return nil
  }

  /// The position after a line's number and a tab, as `cat -n` and `nl` print them.
  private static func number(_ line: LineBytes, _ start: Int) -> Int? {
    var index = start
    while line.isDigit(index) { index += 1 }
    return index > start && index < start + 10 && line[index] == 9 ? index + 1 : nil
  }

  /// The position after `<134>` and RFC 5424's version.
  private static func priority(_ line: LineBytes, _ start: Int) -> Int? {
    guard line[start] == UInt8(ascii: "<"), line.isDigit(start + 1) else { return nil }
    let close = line.first(UInt8(ascii: ">"), from: start)
    guard close < start + 6 else { return nil }
    return line.isDigit(close + 1) && line[close + 2] == UInt8(ascii: " ") ? close + 3 : close + 1
  }

  private static func time(
    _ line: LineBytes, _ start: Int, _ clock: inout TimestampReader, _ now: Double
  ) -> Layer? {
    var index = start
    // journalctl -o short-full: `Mon 2026-11-30 02:38:56 UTC host …`
    if line[start + 3] == UInt8(ascii: " "), line.isDigit(start + 4), line.digits(start + 4, 4) != nil { index += 4 }
    if let time = clock.iso(line, &index) {
      // `UTC`, `CET`
      if index > start + 19, line[index] == UInt8(ascii: " "), line[start + 3] == UInt8(ascii: " ") {
        let end = line.firstBlank(from: index + 1)
        if end - index <= 6, end < line.count { index = end }
      }
      guard line[index] == UInt8(ascii: " ") || line[index] == 9 else { return nil }
      var layer = Layer(next: index + 1, time: time.milliseconds)
      for stream: StaticString in ["stdout ", "stderr "] where line.has(stream, at: index + 1) {
        let tag = index + 1 + stream.utf8CodeUnitCount
        let end = line.firstBlank(from: tag)
        guard end - tag >= 1, end - tag < 32, end < line.count || line[tag] == UInt8(ascii: "P") else { break }
        layer.next = min(end + 1, line.count)
        layer.isContainer = true
        layer.isPiece = line[tag] == UInt8(ascii: "P")
        layer.isError = line[index + 4] == UInt8(ascii: "e")
      }
      return layer
    }
    if TimestampReader.month(line, start) != nil, line[start + 3] == UInt8(ascii: " ") {
      return syslogTime(line, start, &clock, now)
    }
    // journalctl -o short-unix: `1796009186.123456 host …`
    index = start
    if line.isDigit(start), line[start + 10] == UInt8(ascii: "."), let value = line.millionths(&index),
      line[index] == UInt8(ascii: " "), line.isDigit(start + 16)
    {
      return Layer(next: index + 1, time: value / 1000)
    }
    // journalctl -o short-monotonic: `[ 1234.567890] host …`, which is no time of day.
    if line[start] == UInt8(ascii: "[") {
      index = start + 1
      while line[index] == UInt8(ascii: " ") { index += 1 }
      if line.millionths(&index) != nil, line.has("] ", at: index), line[index - 7] == UInt8(ascii: ".") {
        return Layer(next: index + 2, isThin: true)
      }
    }
    // foreman: `12:34:56 web.1  | `
    if line.twoDigits(start) != nil, line[start + 2] == UInt8(ascii: ":"), line.twoDigits(start + 3) != nil,
      line[start + 5] == UInt8(ascii: ":"), line.twoDigits(start + 6) != nil, line[start + 8] == UInt8(ascii: " ")
    {
      return Layer(next: start + 9, isThin: true)
    }
    return nil
  }

  /// Reads `Jan 14 12:48:57 `, `Jan  4 12:48:57.123456 `, `Jan 14 2026 12:48:57 `. A time without a year is within the
  /// last twelve months.
  private static func syslogTime(
    _ line: LineBytes, _ start: Int, _ clock: inout TimestampReader, _ now: Double
  ) -> Layer? {
    var year = TimestampReader.year(now)
    if let written = line.digits(start + 7, 4), line[start + 11] == UInt8(ascii: " ") {
      let text = Array(line.part(start, start + 7).bytes + line.part(start + 12, start + 20).bytes)
      let seconds = LineBytes.with(text) { clock.monthDay($0, 0, year: written) }
      guard let seconds, line[start + 20] == UInt8(ascii: " ") || line[start + 20] == UInt8(ascii: ":") else {
        return nil
      }
      return Layer(next: line.firstBlank(from: start + 20) + 1, time: seconds * 1000)
    }
    guard var seconds = clock.monthDay(line, start, year: year) else { return nil }
    if Double(seconds) > now + 86400 {
      year -= 1
      seconds = clock.monthDay(line, start, year: year) ?? seconds
    }
    var index = start + 15
    var fraction: Int64 = 0
    if line[index] == UInt8(ascii: "."), line.isDigit(index + 1) {
      fraction = Int64(line.digits(index + 1, 3) ?? 0)
      index += 1
      while line.isDigit(index) { index += 1 }
    }
    guard line[index] == UInt8(ascii: " ") else { return nil }
    return Layer(next: index + 1, time: seconds * 1000 + fraction)
  }

  /// The position after `host program[pid]: `, or for RFC 5424 after `host program pid id - ` or
  /// `… [id name="value"] `.
  private static func messageStart(_ line: LineBytes, _ start: Int) -> Int? {
    var index = start
    for word in 0..<6 {
      let space = line.firstBlank(from: index)
      guard space < line.count || line[line.count - 1] == UInt8(ascii: ":") else { return nil }
      if space > index, line[space - 1] == UInt8(ascii: ":") { return min(space + 1, line.count) }
      // A date in brackets is a log's own, behind the name of a stream.
      if word >= 3, line[index] == UInt8(ascii: "["), !line.isDigit(index + 1) { return structuredEnd(line, index) }
      // A nil id is a dash, and so is nil data.
      if word >= 4, space == index + 1, line[index] == UInt8(ascii: "-") { return behindMark(line, space + 1) }
      // Only names, numbers and dashes stand there.
      for place in index..<space {
        let byte = line[place]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "{") { return nil }
      }
      index = space + 1
    }
    return nil
  }

  /// The position after the name of a stream, as `aws logs tail` prints it behind the time: `ecs/web/0123abcd`,
  /// `2026/11/30/[$LATEST]0123abcd`.
  private static func stream(_ line: LineBytes, _ start: Int) -> Int? {
    let end = line.firstBlank(from: start)
    guard end - start > 4, end - start < 512, end < line.count, line[start] != UInt8(ascii: "/") else { return nil }
    var slashes = 0
    for index in start..<end {
      let byte = line[index]
      if byte == UInt8(ascii: "/") { slashes += 1 }
      guard
        isNameByte(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "$")
          || ((byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")) && index > start)
      else { return nil }
    }
    return slashes > 0 ? end + 1 : nil
  }

  /// The position after one or several elements of structured data.
  private static func structuredEnd(_ line: LineBytes, _ start: Int) -> Int? {
    var index = start
    while line[index] == UInt8(ascii: "[") {
      index += 1
      while index < line.count, line[index] != UInt8(ascii: "]") {
        if line[index] == UInt8(ascii: "\"") {
          index += 1
          while index < line.count, line[index] != UInt8(ascii: "\"") { index += line[index] == 0x5C ? 2 : 1 }
        }
        index += 1
      }
      index += 1
    }
    return line[index] == UInt8(ascii: " ") ? behindMark(line, index + 1) : nil
  }

  /// The position after a byte order mark, which RFC 5424 puts in front of UTF-8.
  private static func behindMark(_ line: LineBytes, _ start: Int) -> Int {
    line[start] == 0xEF && line[start + 1] == 0xBB && line[start + 2] == 0xBF ? start + 3 : start
  }

  /// The position after `[pod/web-1/nginx] `, `[web] `.
  private static func bracket(_ line: LineBytes, _ start: Int) -> Int? {
    let own: [StaticString] = ["[NOTICE]", "[WARNING]", "[ALERT]"]
    guard line[start] == UInt8(ascii: "["), !own.contains(where: { line.has($0, at: start) }) else { return nil }
    var letters = 0
    for index in start + 1..<min(start + 400, max(line.count, start + 1)) {
      let byte = line[index]
      if byte == UInt8(ascii: "]") {
        return line[index + 1] == UInt8(ascii: " ") && letters > 0 ? index + 2 : nil
      }
      guard isNameByte(byte) || byte == UInt8(ascii: "/") else { return nil }
      if (byte | 0x20) &- 97 < 26 { letters += 1 }
    }
    return nil
  }

  /// The position after `proxy-1  | `, `nginx.1 | `, `web.1.abc@node1    | `, `0|app  | `.
  private static func pipe(_ line: LineBytes, _ start: Int) -> Int? {
    var last: Int?
    for index in start..<min(start + 160, line.count) {
      let byte = line[index]
      if byte == UInt8(ascii: "|"), index > start {
        last = line[index + 1] == UInt8(ascii: " ") ? index + 2 : index + 1
        if line[index + 1] == UInt8(ascii: " ") { return last }
      } else if !isNameByte(byte), byte != UInt8(ascii: " "), byte != UInt8(ascii: "@"), byte != UInt8(ascii: "/") {
        break
      }
    }
    return last.flatMap { $0 == line.count ? $0 : nil }
  }

  /// The position after `access.log:`, `./l/access.log:12:`, `12:`, as grep prints them.
  private static func file(_ line: LineBytes, _ start: Int) -> Int? {
    let blank = line.firstBlank(from: start)
    guard blank - start < 4096 else { return nil }
    var colon = start
    while colon < blank, line[colon] != UInt8(ascii: ":") {
      guard
        isNameByte(line[colon]) || line[colon] == UInt8(ascii: "/") || line[colon] >= 0x80
          || line[colon] == UInt8(ascii: "+") || line[colon] == UInt8(ascii: ",")
      else { return nil }
      colon += 1
    }
    guard colon > start, colon < line.count, line[colon] == UInt8(ascii: ":") else { return nil }
    return line[colon + 1] == UInt8(ascii: " ") ? nil : colon + 1
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: ".")
  }

  /// Whether this is a message of a proxy or web server and no request: nginx's and Apache's error log, Traefik's own
  /// log, HAProxy's notices, DNS servers' answers, and what journalctl and tail print between lines.
  static func isProgramMessage(_ line: LineBytes, _ start: Int) -> Bool {
    if line.has("time=\"", at: start) { return true }
    let isDated =
      line.digits(start, 4) != nil && line[start + 4] == UInt8(ascii: "/") && line[start + 7] == UInt8(ascii: "/")
    if isDated, line.first(UInt8(ascii: "["), from: start) < start + 24 { return true }
    let texts: [StaticString] = [
      "Proxy ", "Server ", "Health check ", "Connect from ", "backend ", "[NOTICE]", "[WARNING]", "[ALERT]",
      "Loading success", "New worker", "Stopping ", "Pausing ", "==> ", "-- Boot ", "-- Journal begins",
      "-- Logs begin", "-- No entries --", "-- Reboot --", "#Software:", "#Version:", "#Date:", "#Start-Date:",
      "#End-Date:", "#Remark:", "INFO:     ", "WARNING:  ", "ERROR:    ",
      "Processing by ", "Completed ", "Parameters: ", "Rendered ", "Rendering ", "Redirected to ",
    ]
    if texts.contains(where: { line.has($0, at: start) }) { return true }
    return isEntryMember(line, start) || isNameServerAnswer(line, start)
  }

  /// Whether this is `_PID=123`, `__CURSOR=…`, which `journalctl -o export` and `verbose` print around `MESSAGE=`.
  private static func isEntryMember(_ line: LineBytes, _ start: Int) -> Bool {
    var index = start
    while line[index] == UInt8(ascii: "_") || line[index] &- 65 < 26 || (index > start && line.isDigit(index)) {
      index += 1
    }
    return index > start + 2 && line[index] == UInt8(ascii: "=") && line[start] == UInt8(ascii: "_")
  }

  /// Whether this is dnsmasq's `reply x is …`, `forwarded x to …` or the like.
  private static func isNameServerAnswer(_ line: LineBytes, _ start: Int) -> Bool {
    var index = start
    // `log-queries=extra`: `1 10.99.1.2/55803 `
    if line.isDigit(start) { index = line.firstBlank(from: line.firstBlank(from: start) + 1) + 1 }
    let words: [StaticString] = [
      "reply ", "forwarded ", "cached ", "cached-stale ", "config ", "validation ", "gravity blocked ", "regex ",
      "special domain ", "exactly ", "dnssec-query", "/etc/hosts ", "/etc/pihole/", "read /", "using nameserver",
      "started, version", "compile time options", "reading /", "cleared cache", "exiting on",
    ]
    return words.contains { line.has($0, at: index) }
  }
}
