/// One request of an access log, copied out of its line. For looking at single lines; logs as wholes are read by `LogReader`
/// without copies.
public struct LogLine: Equatable, Sendable {
  public var format: LogFormatName
  /// Seconds since the epoch.
  public var time: Double
  /// Whether the time has decimals; else it is a second fine.
  public var hasSubseconds: Bool
  public var site: String?
  public var client: String?
  /// Whether the client's address comes, or may come, from a header that anyone can send.
  public var isClaimed: Bool
  /// Whom a header names for the one who asked, where `client` is who connected: anyone can send it.
  public var visitor: String?
  /// Who connected, where `client` is whom the program took for the client by a header.
  public var via: String?
  /// Nil if the request was none of HTTP's.
  public var method: String?
  /// Without its query.
  public var path: String?
  public var status: Int?
  public var upstream: String?
  public var upstreamStatus: Int?
  /// Sent to the client.
  public var bytes: Int64
  /// In seconds.
  public var duration: Double?
  public var agent: String?

  public enum Failure: Error, Equatable, Sendable {
    /// The program's own word, no request.
    case noRequest
    case unreadable
  }

  /// Reads one line, without its line feed. `formats` are tried before those that are known. `zone` tells how many seconds a
  /// time without a zone is ahead of UTC.
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
    bytes = record.bytes
    duration = record.duration < 0 ? nil : Double(record.duration) / 1e6
    agent = text(record.agent)
  }
}
