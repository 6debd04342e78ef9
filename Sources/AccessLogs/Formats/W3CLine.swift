/// Reads W3C extended logs of IIS, CloudFront and other programs, whose `#Fields:` line names the columns.
struct W3CFormat: LogFormat {
  let names: [LogFormatName] = [.w3c, .iis, .cloudFront]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "#") || byte &- 48 < 10 }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    if line.has("#Fields:", at: start) {
      parser.columns = W3CColumns(line, start + 8)
      return .other
    }
    guard line[start + 4] == UInt8(ascii: "-"), line[start + 7] == UInt8(ascii: "-"), line.digits(start, 4) != nil
    else {
      return nil
    }
    let separator = line[start + 10]
    guard separator == UInt8(ascii: " ") || separator == 9 else { return nil }
    let words = line.words(from: start, limit: 64, separator: separator)
    // The columns of `#Fields:`, or else the default columns of the programs.
    if let columns = parser.columns, columns.names.count == words.count {
      return columns.read(line, words, &record)
    }
    let usual = separator == 9 ? [W3CColumns.cloudFront] : [W3CColumns.iis, W3CColumns.iisWithoutReferer]
    for columns in usual where columns.fits(line, words) {
      record = LogRecord()
      if let kind = columns.read(line, words, &record) { return kind }
    }
    return nil
  }
}

/// The columns of a W3C log.
struct W3CColumns {
  let names: [String]
  private let format: LogFormatName

  static let iis = W3CColumns(
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(user-agent) cs(referer) sc-status "
      + "sc-substatus sc-win32-status time-taken", .iis)
  static let iisWithoutReferer = W3CColumns(
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(user-agent) sc-status sc-substatus "
      + "sc-win32-status time-taken", .iis)
  static let cloudFront = W3CColumns(
    "date time x-edge-location sc-bytes c-ip cs-method cs(host) cs-uri-stem sc-status cs(referer) cs(user-agent) "
      + "cs-uri-query cs(cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
      + "x-forwarded-for", .cloudFront)

  private init(_ text: String, _ format: LogFormatName) {
    names = text.split(separator: " ").map(String.init)
    self.format = format
  }

  /// Reads the names behind `#Fields:`.
  init(_ line: LineBytes, _ start: Int) {
    names = String(decoding: line.part(start, min(line.count, start + 8192)).bytes, as: UTF8.self).lowercased()
      .split { $0 == " " || $0 == "\t" }.map(String.init)
    format = names.contains("x-edge-location") ? .cloudFront : names.contains("cs-uri-stem") ? .iis : .w3c
  }

  /// Whether a line without a preceding `#Fields:` fits these columns: a method, a path, a status and addresses in the
  /// right positions.
  func fits(_ line: LineBytes, _ words: [Field]) -> Bool {
    guard format == .cloudFront ? words.count >= 16 : words.count == names.count else { return false }
    for (name, word) in zip(names, words) {
      let isRight =
        switch name {
        case "s-ip", "c-ip": line.isAddress(word)
        case "cs-method":
          HTTPMethod(line, word.start, word.end) != .none && HTTPMethod(line, word.start, word.end) != .other
        case "cs-uri-stem": line[word.start] == UInt8(ascii: "/")
        case "sc-status": (line.statusCode(word) ?? 0) > 0 || line.has("000", at: word.start)
        case "s-port", "sc-substatus", "sc-win32-status", "sc-bytes": line.wholeNumber(word) != nil
        default: true
        }
      if !isRight { return false }
    }
    return true
  }

  func read(_ line: LineBytes, _ words: [Field], _ record: inout LogRecord) -> LineKind? {
    var (date, time) = (Field.none, Field.none)
    var siteRank = 0
    var target = Field.none
    for (name, word) in zip(names, words) {
      if line.isDash(word) { continue }
      switch name {
      case "date": date = word
      case "time": time = word
      case "c-ip":
        guard line.isAddress(line.withoutPort(word)) else { return nil }
        record.client = line.withoutPort(word)
      case "cs-method": record.method = HTTPMethod(line, word.start, word.end)
      case "cs-uri-stem", "cs-uri": target = word
      case "x-host-header": (record.site, siteRank) = (word, 3)
      case "cs-host", "cs(host)": if siteRank < 2 { (record.site, siteRank) = (word, 2) }
      case "s-sitename", "s-computername": if siteRank < 1, format == .w3c { (record.site, siteRank) = (word, 1) }
      case "sc-status": record.status = line.statusCode(word) ?? 0
      case "sc-bytes": record.bytes = line.wholeNumber(word) ?? 0
      case "cs(user-agent)": record.agent = word
      case "time-taken":
        // CloudFront writes seconds, IIS milliseconds.
        var index = word.start
        let value = min(line.millionths(&index) ?? 0, 1 << 50)
        record.duration = format == .cloudFront ? value : value / 1000
      case "x-forwarded-for", "cs(x-forwarded-for)": record.forwarded = word
      default: break
      }
    }
    guard let seconds = TimestampReader.universal(line, date.start, time.start), !record.client.isEmpty else {
      return nil
    }
    record.milliseconds = seconds * 1000
    if !target.isEmpty { record.setTarget(line, target.start, target.end) }
    return .request(format)
  }
}

extension LogFormatName {
  /// W3C extended, of a program other than IIS and CloudFront.
  public static var w3c: LogFormatName { LogFormatName("w3c") }
  public static var iis: LogFormatName { LogFormatName("iis") }
  public static var cloudFront: LogFormatName { LogFormatName("cloudfront") }
}
