/// Reads lines that are JSON objects, of Traefik, Caddy, Envoy and other programs, by the names of their members.
struct JSONFormat: LogFormat {
  let names: [LogFormatName] = [
    .traefikJSON, .caddyJSON, .envoyJSON, .cloudflare, .googleJSON, .azureJSON, .adGuard, .json,
  ]

  func mayBegin(with byte: UInt8) -> Bool { byte == UInt8(ascii: "{") }

  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind? {
    parser.json(line, start, &record)
  }
}

extension LogFormatName {
  public static var traefikJSON: LogFormatName { LogFormatName("traefik_json") }
  public static var caddyJSON: LogFormatName { LogFormatName("caddy_json") }
  public static var envoyJSON: LogFormatName { LogFormatName("envoy_json") }
  /// Cloudflare's Logpush.
  public static var cloudflare: LogFormatName { LogFormatName("cloudflare") }
  /// Google's load balancers.
  public static var googleJSON: LogFormatName { LogFormatName("google_lb") }
  /// Azure's Application Gateway and Front Door.
  public static var azureJSON: LogFormatName { LogFormatName("azure_lb") }
  /// AdGuard Home's log of questions.
  public static var adGuard: LogFormatName { LogFormatName("adguard") }
  /// JSON of another program, read by the names of its members.
  public static var json: LogFormatName { LogFormatName("json") }
}

/// Lines that are JSON objects.
extension LineParser {
  /// Reads anything that begins with a brace: a request, a wrapped line, a list of records, or a message of the
  /// program. Other objects are not understood.
  mutating func json(_ line: LineBytes, _ start: Int, _ record: inout LogRecord) -> LineKind {
    // Azure's files have one object with all records.
    if line.has("{\"records\":", at: start) || line.has("{ \"records\":", at: start) {
      let list = line.first(UInt8(ascii: "["), from: start)
      return list < min(line.count, start + 20) ? .records(list + 1) : .unreadable
    }
    var found = JSONFindings()
    var index = start
    guard members(line, &index, in: .root, depth: 0, &found) else { return .unreadable }
    found.settleHost(line)
    guard found.hasRequest else { return message(line, found, &record) }
    return request(line, found, as: .json, &record)
  }

  /// Takes what was found in an object or in pairs as a request.
  mutating func request(
    _ line: LineBytes, _ found: JSONFindings, as usual: LogFormatName, _ record: inout LogRecord
  ) -> LineKind {
    if found.timeRank > 0 {
      guard setTime(line, found.time, &record) else { return .unreadable }
    } else {
      guard let outerTime else { return .untimed(found.format ?? usual) }
      record.milliseconds = outerTime
    }
    let format = found.format ?? usual
    if let request = found.request {
      // With the method in a member of its own it may be the target alone.
      if found.method != nil, line.firstBlank(from: request.start) >= request.end {
        record.setTarget(line, request.start, request.end)
      } else {
        record.setRequest(line, request.start, request.end)
      }
    }
    if let method = found.method { record.method = HTTPMethod(line, method.start, method.end) }
    if let site = found.site, !Self.isDash(line, site) { record.site = site }
    if let target = found.target { record.setTarget(line, target.start, target.end) }
    if let type = found.questionType { record.path = type }
    setClient(line, found, &record)
    record.status = Int32(found.status)
    record.upstreamStatus = Int32(found.upstreamStatus)
    record.bytes = found.bytes
    if let upstream = found.upstream, !Self.isDash(line, upstream) { record.upstream = upstream }
    if let agent = found.agent { record.agent = agent }
    if found.duration >= 0 {
      let unit: Int64 = found.durationUnit != 0 ? found.durationUnit : format == .envoyJSON ? 1000 : 1_000_000
      // In millionths of its unit; a negative unit is the number of units per microsecond.
      let value =
        unit > 0
        ? found.duration / 1_000_000 * unit + found.duration % 1_000_000 * unit / 1_000_000
        : found.duration / 1_000_000 / -unit
      record.duration = min(max(value, 0), 1 << 50)
    }
    return .request(format)
  }

  /// Reads an object that is no request: a wrapped line, or a message of the program.
  private mutating func message(_ line: LineBytes, _ found: JSONFindings, _ record: inout LogRecord) -> LineKind {
    let depth = 3
    if found.timeRank > 0, setTime(line, found.time, &record) { outerTime = record.milliseconds }
    var kind = LineKind.unreadable
    if let text = found.text {
      // A text that is no log line may have any content.
      kind = wrapped(line, from: text.start, &record, depth: depth)
    } else if found.isJournal || !found.message.isEmpty {
      kind = found.message.isEmpty ? .other : wrapped(bytes: Self.bytes(line, found.message), &record, depth: depth)
    }
    guard kind == .unreadable else { return kind }
    return found.hasLevel || found.isJournal ? .other : .unreadable
  }

  /// Reads `[72,101,…]`: the journal writes a message with an escape or invalid UTF-8 as a list of bytes.
  private static func bytes(_ line: LineBytes, _ list: Field) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = list.start + 1
    while index < list.end, bytes.count < ScratchLine.limit {
      guard let value = line.number(&index) else {
        index += 1
        continue
      }
      bytes.append(UInt8(truncatingIfNeeded: value))
    }
    return bytes
  }

  private static func isDash(_ line: LineBytes, _ field: Field) -> Bool {
    field.isEmpty || (field.count == 1 && line[field.start] == UInt8(ascii: "-"))
  }

  private func setClient(_ line: LineBytes, _ found: JSONFindings, _ record: inout LogRecord) {
    let peer = found.peer.map { line.withoutPort($0) }
    var client = found.client.map { client in
      // The first address in a list of forwarders is the claimed client.
      let comma = min(line.part(client).first(UInt8(ascii: ","), from: 0) + client.start, client.end)
      return line.withoutPort(Field(client.start, comma))
    }
    if let list = found.forwarded {
      record.forwarded = list
      if peer == nil, client == nil {
        client = Self.lastForwarded(line, list)
        record.isClaimed = true
      }
    }
    record.client = client ?? peer ?? .none
    if let client, let peer, line.part(client).bytes != line.part(peer).bytes {
      // The program has already evaluated the headers.
      record.isClaimed = true
      record.via = peer
      record.forwarded = .none
    }
  }

  /// Takes a time as that of what is wrapped.
  mutating func setOuterTime(_ line: LineBytes, _ field: Field) {
    var record = LogRecord()
    if setTime(line, field, &record) { outerTime = record.milliseconds }
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
    // Seconds, or milliseconds, microseconds, nanoseconds since the epoch: 10, 13, 16, 19 digits.
    index = field.start
    while line.isDigit(index) { index += 1 }
    if (13...19).contains(index - field.start), let milliseconds = line.digits(field.start, 13) {
      record.milliseconds = Int64(milliseconds)
      record.hasSubseconds = true
      return true
    }
    index = field.start
    guard let value = line.millionths(&index), index == field.end, value < 1 << 60 else { return false }
    record.milliseconds = value / 1000
    record.hasSubseconds = value % 1_000_000 != 0
    return true
  }

  /// Reads the members of the object at `index` and moves `index` behind it; false if it is no object.
  private func members(
    _ line: LineBytes, _ index: inout Int, in parent: JSONKey.Parent, depth: Int, _ found: inout JSONFindings
  ) -> Bool {
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
        var meaning = JSONKey.meaning(line, name, end, in: parent)
        switch meaning {
        case .object(let inner), .either(_, let inner):
          if line[index] == UInt8(ascii: "{") {
            // Deeper nesting than any program produces is skipped.
            guard depth < 5 else { return false }
            if inner == .google {
              found.format = .googleJSON
            } else if inner == .properties {
              found.format = .azureJSON
            }
            guard members(line, &index, in: inner, depth: depth + 1, &found) else { return false }
            continue
          }
          if case .either(let text, _) = meaning { meaning = text }
        case .agent, .forwarded:
          // Caddy's headers are lists of one text.
          if line[index] == UInt8(ascii: "["), line[index + 1] == UInt8(ascii: "\""), let meaning {
            found.set(meaning, line, Field(index + 2, quoteEnd(line, index + 2)))
          }
        case .text:
          if line[index] == UInt8(ascii: "["), found.message.isEmpty {
            found.message = Field(index, line.first(UInt8(ascii: "]"), from: index))
          }
        default: break
        }
        let isText = line[index] == UInt8(ascii: "\"")
        let start = index
        guard skip(line, &index) else { return false }
        if case .marker(let format) = meaning { found.format = format }
        if case .text = meaning, !isText { continue }
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

  /// Skips a value of any depth; false at the end of the line.
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
  var bytes: Int64 = -1
  /// In millionths of its unit; -1 if there is none.
  var duration: Int64 = -1
  var durationUnit: Int64 = 0
  var format: LogFormatName?
  var text: Field?
  /// The journal's message as a list of bytes.
  var message = Field.none
  var questionType: Field?
  var isJournal = false
  var hasLevel = false
  /// Whether a collector named the members, so that `host` is no site.
  private var isShipped = false
  private var isParsed = false
  private var forwardedRank = 0
  private var siteRank = 0
  private var targetRank = 0
  private var bytesRank = 0

  /// Whether the object is a request.
  var hasRequest: Bool {
    (peer != nil || client != nil || forwarded != nil)
      && (method != nil || request != nil || target != nil || questionType != nil)
  }

  /// Decides what `host` is: the site; of Logstash the host that sent the log; of Fluentd's parser for Apache the client.
  mutating func settleHost(_ line: LineBytes) {
    guard siteRank == 3, let host = site else { return }
    if isParsed, peer == nil, client == nil, forwarded == nil, line.isAddress(host) { peer = host }
    if isShipped || isParsed { site = nil }
  }

  mutating func set(_ meaning: JSONKey.Meaning, _ line: LineBytes, _ field: Field) {
    switch meaning {
    case .time(let rank):
      guard rank > timeRank else { return }
      time = field
      timeRank = rank
      if rank == 9 { format = .traefikJSON }
    case .peer: if peer == nil || field.count > 1 { peer = field }
    case .client: client = field
    case .forwarded(let rank):
      guard rank > forwardedRank, field.count > 1 else { return }
      forwarded = field
      forwardedRank = rank
    case .text: if text == nil { text = field }
    case .level: hasLevel = true
    case .journal: isJournal = true
    case .questionType: questionType = field
    case .site(let rank):
      guard rank > siteRank, field.count > 1 else { return }
      site = field
      siteRank = rank
    case .method: method = field
    case .shippedMethod: (method, isShipped) = (field, true)
    case .target(let rank):
      guard rank > targetRank else { return }
      target = field
      targetRank = rank
    case .request: request = field
    case .object, .either: break
    case .status: status = number(line, field)
    case .parsedStatus: (status, isParsed) = (number(line, field), true)
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

  /// Reads a status: the last number of `502, 503, 200`.
  private func number(_ line: LineBytes, _ field: Field) -> Int64 {
    var start = field.start
    for index in field.start..<field.end where line[index] == UInt8(ascii: " ") { start = index + 1 }
    let value = line.number(&start) ?? 0
    return value < 1000 ? value : 0
  }
}
