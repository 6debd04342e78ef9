/// Lines that are JSON objects, of Traefik, Caddy, Envoy and of others, understood by the names of their members.
struct JSONFormat: LogFormat {
  let names: [LogFormatName] = [.traefikJSON, .caddyJSON, .envoyJSON, .json]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "{") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.json(line, start, &record)
  }
}

extension LogFormatName {
  public static var traefikJSON: LogFormatName { LogFormatName("traefik_json") }
  public static var caddyJSON: LogFormatName { LogFormatName("caddy_json") }
  public static var envoyJSON: LogFormatName { LogFormatName("envoy_json") }
  /// JSON of another program, understood by the names of its members.
  public static var json: LogFormatName { LogFormatName("json") }
}

/// Lines that are JSON objects.
extension LineParser {
  /// Anything that begins with a brace. An object without what every request has is something else the program says.
  mutating func json(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind {
    var found = JSONFindings()
    var index = start
    guard members(line, &index, depth: 0, &found) else { return .unreadable }
    guard found.hasRequest, found.timeRank > 0 else { return .other }
    guard setTime(line, found.time, &record) else { return .unreadable }
    let format = found.format ?? .json
    if let request = found.request { record.setRequest(line, request.start, request.end) }
    if let method = found.method { record.method = HTTPMethod(line, method.start, method.end) }
    if let site = found.site, !Self.isDash(line, site) { record.site = site }
    if let target = found.target { record.setTarget(line, target.start, target.end) }
    setClient(line, found, &record)
    record.status = Int32(found.status)
    record.upstreamStatus = Int32(found.upstreamStatus)
    record.bytes = found.bytes
    if let upstream = found.upstream, !Self.isDash(line, upstream) { record.upstream = upstream }
    if let agent = found.agent { record.agent = agent }
    if found.duration >= 0 {
      let unit: Int64 = found.durationUnit != 0 ? found.durationUnit : format == .envoyJSON ? 1000 : 1_000_000
      // In millionths of its unit; a negative unit says how many of them are a microsecond.
      let value =
        unit > 0
        ? found.duration / 1_000_000 * unit + found.duration % 1_000_000 * unit / 1_000_000
        : found.duration / 1_000_000 / -unit
      record.duration = min(max(value, 0), 1 << 50)
    }
    return .request(format)
  }

  private static func isDash(_ line: LineBytes, _ field: Field) -> Bool {
    field.isEmpty || (field.count == 1 && line[field.start] == UInt8(ascii: "-"))
  }

  private func setClient(_ line: LineBytes, _ found: JSONFindings, _ record: inout LogRecord) {
    let peer = found.peer.map { line.withoutPort($0) }
    var client = found.client.map { client in
      // A list of forwarders begins with who claims to be the first.
      let comma = min(line.part(client).first(UInt8(ascii: ","), from: 0) + client.start, client.end)
      return line.withoutPort(Field(client.start, comma))
    }
    if peer == nil, client == nil, let list = found.forwarded {
      client = Self.lastForwarded(line, list)
      record.isClaimed = true
    }
    record.client = client ?? peer ?? .none
    if let client, let peer { record.isClaimed = line.part(client).bytes != line.part(peer).bytes }
  }

  private mutating func setTime(_ line: LineBytes, _ field: Field, _ record: inout LogRecord) -> Bool {
    var index = field.start
    if let time = clock.iso(line, &index) {
      record.milliseconds = time.milliseconds
      record.hasSubseconds = time.hasSubseconds
      return true
    }
    if let seconds = clock.common(line, field.start) {
      record.milliseconds = seconds * 1000
      return true
    }
    index = field.start
    guard let value = line.millionths(&index), index == field.end else { return false }
    // Seconds, or milliseconds, microseconds, nanoseconds since the epoch.
    var milliseconds = value / 1000
    while milliseconds > 100_000_000_000_000 { milliseconds /= 1000 }
    record.milliseconds = milliseconds
    record.hasSubseconds = value % 1_000_000 != 0 || value > 100_000_000_000_000_000
    return true
  }

  /// Reads the members of the object at `index`, which moves behind it; false if it is none.
  private func members(_ line: LineBytes, _ index: inout Int, depth: Int, _ found: inout JSONFindings) -> Bool {
    guard line[index] == UInt8(ascii: "{") else { return false }
    index += 1
    while true {
      blanks(line, &index)
      switch line[index] {
      case UInt8(ascii: "}"):
        index += 1
        return true
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "\""):
        let name = index + 1
        let end = quoteEnd(line, name)
        index = end + 1
        blanks(line, &index)
        guard line[index] == UInt8(ascii: ":") else { return false }
        index += 1
        blanks(line, &index)
        let meaning = JSONKey.meaning(line, name, end)
        if line[index] == UInt8(ascii: "{") {
          switch (meaning, depth) {
          case (.request, 0), (.headers, 1):
            guard members(line, &index, depth: depth + 1, &found) else { return false }
            continue
          default: break
          }
        }
        // Caddy's headers are lists of one text.
        if line[index] == UInt8(ascii: "["), line[index + 1] == UInt8(ascii: "\""), case .agent = meaning {
          found.set(.agent, line, Field(index + 2, quoteEnd(line, index + 2)))
        }
        let isText = line[index] == UInt8(ascii: "\"")
        let start = index
        guard skip(line, &index) else { return false }
        if case .marker(let format) = meaning { found.format = format }
        if let meaning, line[start] != UInt8(ascii: "n"), line[start] != UInt8(ascii: "{"),
          line[start] != UInt8(ascii: "[")
        {
          found.set(meaning, line, isText ? Field(start + 1, index - 1) : Field(start, index))
        }
      default: return false
      }
    }
  }

  private func blanks(_ line: LineBytes, _ index: inout Int) {
    while line[index] == UInt8(ascii: " ") || line[index] == 9 { index += 1 }
  }

  /// Passes over a value of any depth; false at the end of the line.
  private func skip(_ line: LineBytes, _ index: inout Int) -> Bool {
    var depth = 0
    while index < line.count {
      switch line[index] {
      case UInt8(ascii: "\""):
        index = quoteEnd(line, index + 1) + 1
        if index > line.count { return false }
        if depth == 0 { return true }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return true }
        depth -= 1
        index += 1
        if depth == 0 { return true }
      case UInt8(ascii: ","), UInt8(ascii: " "):
        if depth == 0 { return true }
        index += 1
      default: index += 1
      }
    }
    return false
  }
}

/// What was found in an object so far.
struct JSONFindings {
  var time = Field.none
  var timeRank = 0
  var peer: Field?
  var client: Field?
  var forwarded: Field?
  var site: Field?
  var method: Field?
  var target: Field?
  var request: Field?
  var upstream: Field?
  var agent: Field?
  var status: Int64 = 0
  var upstreamStatus: Int64 = 0
  var bytes: Int64 = 0
  /// In millionths of its unit; -1 if there was none.
  var duration: Int64 = -1
  var durationUnit: Int64 = 0
  var format: LogFormatName?
  private var siteRank = 0
  private var targetRank = 0
  private var bytesRank = 0

  /// Whether somebody asked for something.
  var hasRequest: Bool {
    (peer != nil || client != nil || forwarded != nil) && (method != nil || request != nil || target != nil)
  }

  mutating func set(_ meaning: JSONKey.Meaning, _ line: LineBytes, _ field: Field) {
    switch meaning {
    case .time(let rank):
      guard rank > timeRank else { return }
      time = field
      timeRank = rank
      if rank >= 8 { format = .traefikJSON }
    case .peer: peer = field
    case .client: client = field
    case .forwarded: forwarded = field
    case .site(let rank):
      guard rank > siteRank, field.count > 1 else { return }
      site = field
      siteRank = rank
    case .method: method = field
    case .target(let rank):
      guard rank > targetRank else { return }
      target = field
      targetRank = rank
    case .request: request = field
    case .headers: break
    case .status: status = number(line, field)
    case .upstreamStatus: upstreamStatus = number(line, field)
    case .bytes(let rank):
      guard rank > bytesRank else { return }
      var index = field.start
      bytes = line.number(&index) ?? 0
      bytesRank = rank
    case .upstream: upstream = field
    case .duration(let unit):
      var index = field.start
      duration = line.millionths(&index) ?? -1
      durationUnit = unit
    case .agent: if field.count > 0 { agent = field }
    case .marker(let format): self.format = format
    }
  }

  /// A status: the last number of `502, 503, 200`.
  private func number(_ line: LineBytes, _ field: Field) -> Int64 {
    var start = field.start
    for index in field.start..<field.end where line[index] == UInt8(ascii: " ") { start = index + 1 }
    let value = line.number(&start) ?? 0
    return value < 1000 ? value : 0
  }
}
