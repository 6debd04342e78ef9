/// Reads the logs of AWS' load balancers: Application (ALB), Network (NLB, TLS listeners only) and Classic (ELB),
/// according to their documentation. New fields are appended to the known ones.
struct LoadBalancerFormat: LogFormat {
  let names: [LogFormatName] = [.awsALB, .awsNLB, .awsELB]

  func mayBegin(with byte: UInt8) -> Bool {
    // `http`, `https`, `h2`, `ws`, `wss`, `grpcs`, `tls`, or a year
    [UInt8(ascii: "h"), UInt8(ascii: "w"), UInt8(ascii: "g"), UInt8(ascii: "t"), UInt8(ascii: "2")].contains(byte)
  }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    let space = line.firstBlank(from: start)
    guard space - start <= 32, space < line.count else { return nil }
    if line[start] == UInt8(ascii: "2") { return classic(line, start, &record, &parser) }
    if line.has("tls ", at: start) { return network(line, space + 1, &record, &parser) }
    let types: [StaticString] = ["http ", "https ", "h2 ", "ws ", "wss ", "grpc ", "grpcs "]
    guard types.contains(where: { line.has($0, at: start) }) else { return nil }
    return application(line, space + 1, &record, &parser)
  }

  private func time(
    _ line: LineBytes, _ field: Field, _ record: inout LogRecord, _ parser: inout LineParser, isUniversal: Bool = false
  ) -> Bool {
    var index = field.start
    if isUniversal, field.count == 19 {
      guard let seconds = TimestampReader.universal(line, field.start, field.start + 11) else { return false }
      record.milliseconds = seconds * 1000
      return true
    }
    guard let time = parser.clock.iso(line, &index), index == field.end else { return false }
    record.milliseconds = time.milliseconds
    record.hasSubseconds = time.hasSubseconds
    return true
  }

  /// Reads
  /// `time elb client:port target:port t1 t2 t3 status target_status in out "request" "agent" cipher protocol group "trace" "domain" …`.
  /// The time is that of the answer.
  private func application(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    let words = line.words(from: start, limit: 18)
    guard words.count >= 13, time(line, words[0], &record, &parser), fill(line, Array(words[2...]), &record) else {
      return nil
    }
    if words.count > 17, !line.isDash(words[17]) { record.site = words[17] }
    return .request(.awsALB)
  }

  /// Reads `time elb client:port backend:port t1 t2 t3 status backend_status in out "request" "agent" cipher protocol`.
  private func classic(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    guard line[start + 10] == UInt8(ascii: "T") else { return nil }
    let words = line.words(from: start, limit: 13)
    guard words.count >= 12, time(line, words[0], &record, &parser), fill(line, Array(words[2...]), &record) else {
      return nil
    }
    return .request(.awsELB)
  }

  /// Reads the part from the client on:
  /// `client:port target:port t1 t2 t3 status target_status in out "request" "agent"`.
  private func fill(_ line: LineBytes, _ words: [Field], _ record: inout LogRecord) -> Bool {
    let client = line.withoutPort(words[0])
    guard line.isAddress(client), let status = statusCode(line, words[5]),
      let targetStatus = statusCode(line, words[6]),
      line.isDash(words[8]) || line.wholeNumber(words[8]) != nil
    else { return false }
    record.client = client
    if !line.isDash(words[1]) { record.upstream = words[1] }
    record.status = status
    record.upstreamStatus = targetStatus
    record.bytes = line.wholeNumber(words[8]) ?? 0
    var duration: Int64 = 0
    for word in words[2...4] where line[word.start] != UInt8(ascii: "-") {
      var index = word.start
      duration += line.millionths(&index) ?? 0
    }
    record.duration = min(duration, 1 << 50)
    record.setRequest(line, words[9].start, words[9].end)
    if words.count > 10, !line.isDash(words[10]) { record.agent = words[10] }
    // `https://h:443/p`: the port is always there.
    return true
  }

  /// Reads a status; 0 if there was no answer, which classic load balancers write as a digit.
  private func statusCode(_ line: LineBytes, _ field: Field) -> Int32? {
    if field.count == 1, line[field.start] == UInt8(ascii: "0") { return 0 }
    return line.statusCode(field)
  }

  /// Reads
  /// `version time elb listener client:port target:port ms ms in out alert certificate serial cipher protocol group domain …`:
  /// connections, without their requests.
  private func network(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, _ parser: inout LineParser
  ) -> LineKind? {
    let words = line.words(from: start, limit: 18)
    guard words.count >= 10, time(line, words[1], &record, &parser, isUniversal: true),
      line.isAddress(line.withoutPort(words[4])), let sent = line.wholeNumber(words[9])
    else { return nil }
    record.client = line.withoutPort(words[4])
    if !line.isDash(words[5]) { record.upstream = words[5] }
    record.bytes = sent
    record.duration = min(line.wholeNumber(words[6]) ?? 0, 1 << 40) * 1000
    if words.count > 16, !line.isDash(words[16]) { record.site = words[16] }
    return .request(.awsNLB)
  }
}

extension LogFormatName {
  public static var awsALB: LogFormatName { LogFormatName("aws_alb") }
  public static var awsNLB: LogFormatName { LogFormatName("aws_nlb") }
  public static var awsELB: LogFormatName { LogFormatName("aws_elb") }
}
