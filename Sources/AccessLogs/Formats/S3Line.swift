/// Reads Amazon S3's server access logs (according to its documentation).
struct S3Format: LogFormat {
  let names: [LogFormatName] = [.s3]

  func mayBegin(with byte: UInt8) -> Bool { byte &- 48 < 10 || (byte | 0x20) &- 97 < 6 }

  /// Reads
  /// `owner bucket [time zone] address requester id operation key "request" status error bytes size ms ms "referer" "agent" …`.
  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    let ownerEnd = line.firstBlank(from: start)
    let bucketEnd = line.firstBlank(from: ownerEnd + 1)
    guard ownerEnd - start >= 32, line[bucketEnd + 1] == UInt8(ascii: "["),
      let seconds = parser.clock.common(line, bucketEnd + 2), line.has("] ", at: bucketEnd + 28)
    else { return nil }
    let words = line.words(from: bucketEnd + 30, limit: 14)
    guard words.count >= 9, line.isAddress(words[0]) || line.isDash(words[0]), let status = line.statusCode(words[6])
    else {
      return nil
    }
    record.milliseconds = seconds * 1000
    record.site = Field(ownerEnd + 1, bucketEnd)
    if !line.isDash(words[0]) { record.client = words[0] }
    if line.isDash(words[5]) {
      record.isMalformed = true
    } else {
      record.setRequest(line, words[5].start, words[5].end)
    }
    record.status = status
    record.bytes = line.wholeNumber(words[8]) ?? 0
    if words.count > 10, let milliseconds = line.wholeNumber(words[10]) {
      record.duration = min(milliseconds, 1 << 40) * 1000
    }
    if words.count > 13, !line.isDash(words[13]) { record.agent = words[13] }
    return .request(.s3)
  }
}

extension LogFormatName {
  public static var s3: LogFormatName { LogFormatName("aws_s3") }
}
