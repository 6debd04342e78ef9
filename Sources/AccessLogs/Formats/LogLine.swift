/// One request of an access log, copied out of its line. It is for single lines; `LogSurvey` reads whole logs without
/// copies.
public struct LogLine: Equatable, Sendable {
  public var format: LogFormatName
  /// The request's time in seconds since the epoch.
  public var time: Double
  /// Whether the time has decimals; otherwise it has whole seconds.
  public var hasSubseconds: Bool
  public var site: String?
  public var client: String?
  /// Whether the client's address comes, or may come, from a header, which anyone can send.
  public var isClaimed: Bool
  /// The client that a header names, if `client` is the address that connected. Anyone can send such a header.
  public var visitor: String?
  /// The address that connected, if `client` is the one that the program took from a header.
  public var via: String?
  /// The method; nil if the request is not valid HTTP.
  public var method: String?
  /// The path without its query.
  public var path: String?
  public var status: Int?
  public var upstream: String?
  public var upstreamStatus: Int?
  /// Bytes sent to the client.
  public var bytes: Int64
  /// The duration in seconds.
  public var duration: Double?
  public var agent: String?

  public enum Failure: Error, Equatable, Sendable {
    /// A message of the program, and no request.
    case noRequest
    case unreadable
  }

  /// Reads one line, without its line feed.
  ///
  /// - Parameters:
  ///   - formats: tried before the built-in formats.
  ///   - zone: how many seconds a time without a zone is ahead of UTC.
  public init(
    _ text: [UInt8], formats: [CustomFormat] = [], zone: ((Int64) -> Int64)? = nil
  ) throws(Failure) {
    var parser = LineParser()
    parser.custom = formats
    if let zone { parser.clock.zone = zone }
    var record = LogRecord()
    let outcome = LineBytes.with(text) { line -> (LineKind, LogLine?) in
      let kind = parser.parse(line, into: &record)
      guard case .request(let format) = kind else { return (kind, nil) }
      return (kind, LogLine(record, format, parser.usesScratch ? parser.scratch.line : line))
    }
    guard let line = outcome.1 else { throw outcome.0 == .other ? .noRequest : .unreadable }
    self = line
  }

  init(_ record: LogRecord, _ format: LogFormatName, _ line: LineBytes) {
    let text = { (field: Field) -> String? in
      field.isEmpty ? nil : String(decoding: line.part(field).bytes, as: UTF8.self)
    }
    self.format = format
    time = Double(record.milliseconds) / 1000
    hasSubseconds = record.hasSubseconds
    site = text(record.site)
    client = text(record.client)
    isClaimed = record.isClaimed
    visitor = LogRecord.visitor(line, in: record.forwarded).flatMap(text)
    via = text(record.via)
    method = record.method == .none ? nil : record.method.name
    path = text(record.path)
    status = record.status == 0 ? nil : Int(record.status)
    upstream = text(record.upstream)
    upstreamStatus = record.upstreamStatus == 0 ? nil : Int(record.upstreamStatus)
    bytes = max(0, record.bytes)
    duration = record.duration < 0 ? nil : Double(record.duration) / 1e6
    agent = text(record.agent)
  }
}
