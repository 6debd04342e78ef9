/// Reads the questions in logs of DNS servers: dnsmasq and Pi-hole, unbound, bind, CoreDNS. The site is the name, the
/// path its type. (AdGuard Home writes JSON.)
struct NameServerFormat: LogFormat {
  let names: [LogFormatName] = [.dnsmasq, .unbound, .bind, .coreDNS]

  func mayBegin(with byte: UInt8) -> Bool { true }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    switch line[start] {
    case UInt8(ascii: "["):
      return line.has("[INFO] ", at: start)
        ? coreDNS(line, start + 7, &record, &parser) : unbound(line, start, &record, &parser)
    case UInt8(ascii: "i") where line.has("info: ", at: start):
      return question(line, start + 6, &record, &parser, time: parser.outerTime)
    case UInt8(ascii: "c"), UInt8(ascii: "q"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return dnsmasq(line, start, &record, &parser) ?? bind(line, start, &record, &parser)
    default: return nil
    }
  }

  private func finish(_ record: inout LogRecord, _ format: LogFormatName, _ time: Int64?) -> LineKind {
    guard let time else { return .untimed(format) }
    record.milliseconds = time
    return .request(format)
  }

  /// Reads `query[A] x.example from 10.99.1.2`, with `log-queries=extra` after `1 10.99.1.2/55803 `. A name may contain
  /// blanks.
  private func dnsmasq(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    var index = start
    if line.isDigit(start) {
      let number = line.firstBlank(from: start)
      let asker = line.firstBlank(from: number + 1)
      guard number - start < 12, asker < line.count else { return nil }
      index = asker + 1
    }
    guard line.has("query[", at: index) else { return nil }
    let type = index + 6
    let typeEnd = line.first(UInt8(ascii: "]"), from: type)
    guard typeEnd < line.count, let from = line.last(" from ", from: typeEnd + 1) else { return nil }
    let client = line.withoutPort(Field.trimmed(line, from + 6, line.count))
    guard line.isAddress(client), from > typeEnd + 2 else { return nil }
    record.client = client
    record.path = Field(type, typeEnd)
    record.site = Field(typeEnd + 2, from)
    return finish(&record, .dnsmasq, parser.outerTime)
  }

  /// Reads `[1796009186] unbound[9264:0] info: …`, or `[9264:0] info: …` after syslog's prefix.
  private func unbound(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    var index = start + 1
    guard let number = line.number(&index) else { return nil }
    var time = parser.outerTime
    if line.has("] unbound[", at: index) {
      time = (100_000_001...100_000_000_000).contains(number) ? number * 1000 : nil
      index = line.first(UInt8(ascii: "]"), from: index + 2)
    } else {
      guard line[index] == UInt8(ascii: ":") else { return nil }
      index = line.first(UInt8(ascii: "]"), from: index)
    }
    while line[index + 1] == UInt8(ascii: ":") || line[index + 1] == UInt8(ascii: " ") { index += 1 }
    index += 1
    if line.has("info: ", at: index) {
      return question(line, index + 6, &record, &parser, time: time) ?? .other
    }
    let levels: [StaticString] = ["notice: ", "debug: ", "warning: ", "error: ", "query: ", "reply: "]
    if line.has("query: ", at: index) || line.has("reply: ", at: index) {
      return question(line, index + 7, &record, &parser, time: time) ?? .other
    }
    return levels.contains { line.has($0, at: index) } ? .other : nil
  }

  /// Reads `10.99.1.2 x.example. A IN`, which for an answer is followed by ` NOERROR 0.000000 1 43`. A question is
  /// counted once.
  private func question(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser, time: Int64?
  ) -> LineKind? {
    let words = line.words(from: start, limit: 9)
    guard words.count == 4 || words.count == 8 || words.count == 9, line.isAddress(line.withoutPort(words[0])),
      [UInt8(ascii: "I"), UInt8(ascii: "C"), UInt8(ascii: "H"), UInt8(ascii: "A")].contains(line[words[3].start])
    else { return nil }
    if words.count == 4 { parser.hasUnboundQuestions = true } else if parser.hasUnboundQuestions { return .other }
    record.client = line.withoutPort(words[0])
    record.site = words[1]
    record.path = words[2]
    return finish(&record, .unbound, time)
  }

  /// Reads
  /// `30-Nov-2026 03:27:10.473 queries: info: client @0x7f05 10.99.1.2#38615 (x.example): query: x.example IN A + (10.99.1.1)`;
  /// after syslog's prefix without the time and category.
  private func bind(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    var index = start
    var time = parser.outerTime
    if let own = parser.clock.dashed(line, start) {
      time = own
      guard let client = line.first("client ", from: start), client < start + 64 else { return .other }
      index = client
    }
    guard line.has("client ", at: index) else { return nil }
    index += 7
    if line[index] == UInt8(ascii: "@") { index = line.firstBlank(from: index) + 1 }
    let mark = line.first(UInt8(ascii: "#"), from: index)
    guard mark < line.count, line.isAddress(Field(index, mark)) else { return nil }
    guard let query = line.first(": query: ", from: mark) else { return .other }
    let words = line.words(from: query + 9, limit: 4)
    guard words.count >= 3 else { return nil }
    record.client = Field(index, mark)
    record.site = words[0]
    record.path = words[2]
    return finish(&record, .bind, time)
  }

  /// Reads `10.244.0.5:40312 - 29008 "A IN x.example. udp 41 false 4096" NOERROR qr,rd 68 0.037s`.
  private func coreDNS(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    let blank = line.firstBlank(from: start)
    let client = line.withoutPort(Field(start, blank))
    guard line.isAddress(client), line.has(" - ", at: blank) else { return nil }
    let quote = line.first(UInt8(ascii: "\""), from: blank)
    let words = line.words(from: quote + 1, limit: 3)
    guard quote < line.count, words.count == 3 else { return nil }
    record.client = client
    record.path = words[0]
    record.site = words[2]
    return finish(&record, .coreDNS, parser.outerTime)
  }
}

extension LogFormatName {
  /// The format of dnsmasq and of Pi-hole, which uses dnsmasq.
  public static var dnsmasq: LogFormatName { LogFormatName("dnsmasq") }
  public static var unbound: LogFormatName { LogFormatName("unbound") }
  public static var bind: LogFormatName { LogFormatName("bind") }
  public static var coreDNS: LogFormatName { LogFormatName("coredns") }
}
