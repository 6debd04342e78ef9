/// Reads Envoy's default format, and Istio's longer one.
struct EnvoyTextFormat: LogFormat {
  let names: [LogFormatName] = [.envoyText]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "[") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.envoyText(line, start, &record)
  }
}

extension LogFormatName {
  public static var envoyText: LogFormatName { LogFormatName("envoy_text") }
}

/// Envoy's default text format, and Istio's, which adds to it (Envoy's access logging documentation; Istio's mesh
/// configuration).
extension LineParser {
  /// Reads
  /// `[time] "METHOD path protocol" status flags … received sent milliseconds upstream-time "forwarded for" "agent" "id" "authority" "upstream" …`;
  /// nil for anything else. The time is the start of the request.
  mutating func envoyText(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind? {
    var index = start + 1
    guard let time = clock.iso(line, &index), line.has("] \"", at: index) else { return nil }
    record.milliseconds = time.milliseconds
    record.hasSubseconds = time.hasSubseconds
    let request = index + 3
    let requestEnd = quoteEnd(line, request)
    record.setRequest(line, request, requestEnd)
    index = requestEnd + 2
    guard let code = status(line, &index) else { return nil }
    record.status = code
    var words: [Field] = []
    var quoted: [Field] = []
    // The words before the last five quoted texts, and the words behind those.
    var before: [Field] = []
    index += 1
    while index < line.count, words.count + quoted.count < 64 {
      if line[index] == UInt8(ascii: " ") {
        index += 1
      } else if line[index] == UInt8(ascii: "\"") {
        let end = quoteEnd(line, index + 1)
        // A word before the numbers is the reason for a failure.
        if quoted.isEmpty, words.count < 6, numbers(line, words) == nil {
          words.append(Field(index, end))
        } else {
          if quoted.isEmpty {
            before = words
            words = []
          }
          quoted.append(Field(index + 1, end))
        }
        index = end + 1
      } else {
        let end = line.firstBlank(from: index)
        words.append(Field(index, end))
        index = end
      }
    }
    guard quoted.count >= 5, let numbers = numbers(line, before) else { return nil }
    record.bytes = numbers.sent
    record.duration = min(numbers.milliseconds, 1 << 40) * 1000
    record.agent = quoted[1]
    record.site = quoted[3]
    record.upstream = line.has("tcp://", at: quoted[4].start) ? Field(quoted[4].start + 6, quoted[4].end) : quoted[4]
    if words.count >= 4, line.isAddress(line.withoutPort(words[3])) {
      record.client = line.withoutPort(words[3])  // Istio says who connected
    } else {
      // Envoy added the last address itself if it forwards; the line does not say whether it does.
      record.client = Self.lastForwarded(line, quoted[0])
      record.forwarded = quoted[0]
      record.isClaimed = true
    }
    return .request(.envoyText)
  }

  /// The last four words, if they are numbers or dashes: bytes received and sent, milliseconds, the upstream's
  /// milliseconds.
  private func numbers(_ line: LineBytes, _ words: [Field]) -> (sent: Int64, milliseconds: Int64)? {
    guard words.count >= 4 else { return nil }
    var values: [Int64] = []
    for word in words.suffix(4) {
      var index = word.start
      guard let value = count(line, &index), index == word.end else { return nil }
      values.append(min(value, 1 << 50))
    }
    // `flags - 0 512`: a dash can't be the first.
    return line[words[words.count - 4].start] == UInt8(ascii: "-") ? nil : (values[1], values[2])
  }

  /// The last address of `a, b, [::1]:80`.
  static func lastForwarded(_ line: LineBytes, _ list: Field) -> Field {
    var start = list.start
    for index in list.start..<list.end where line[index] == UInt8(ascii: ",") { start = index + 1 }
    while start < list.end, line[start] == UInt8(ascii: " ") { start += 1 }
    return line.withoutPort(Field(start, list.end))
  }
}
