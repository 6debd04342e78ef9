/// An nginx `log_format`, compiled from its text (ngx_http_log_module, ngx_stream_log_module).
public struct CustomFormat: Sendable {
  private enum Step: Sendable {
    case literal([UInt8])
    case variable(Meaning)
  }

  enum Meaning: Sendable {
    case client, claimedClient(rank: Int), site(rank: Int), commonTime, isoTime, epoch, request, method, target(
      rank: Int), status
    case upstreamStatus, bytes, upstream, duration, agent
    /// `a, b : c` of a variable that has one value per server that was tried.
    case list
    case ignored
  }

  private let steps: [Step]
  /// The text as written.
  let text: String
  /// Whether a person gave the format. If no line has it, the report then says so.
  public var isGiven = false

  /// - Parameter text: the text in the configuration, without quotes and with its pieces joined. Nil if it has neither
  ///   the client nor the time.
  public init?(_ text: String) {
    self.text = text
    var steps: [Step] = []
    var literal: [UInt8] = []
    let bytes = Array(text.utf8.prefix(16384))
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
        literal.append(bytes[index])
        index += 1
        continue
      }
      let hasBraces = bytes[index + 1] == UInt8(ascii: "{")
      var end = index + (hasBraces ? 2 : 1)
      let start = end
      while end < bytes.count, Self.isNameByte(bytes[end]) { end += 1 }
      guard end > start else {
        literal.append(bytes[index])
        index += 1
        continue
      }
      if !literal.isEmpty { steps.append(.literal(literal)) }
      literal = []
      steps.append(.variable(Self.meaning(String(decoding: bytes[start..<end], as: UTF8.self))))
      index = hasBraces && end < bytes.count && bytes[end] == UInt8(ascii: "}") ? end + 1 : end
    }
    if !literal.isEmpty { steps.append(.literal(literal)) }
    self.steps = steps
    var hasClient = false
    var hasTime = false
    for case .variable(let meaning) in steps {
      switch meaning {
      case .client, .claimedClient: hasClient = true
      case .commonTime, .isoTime, .epoch: hasTime = true
      default: break
      }
    }
    guard hasClient, hasTime else { return nil }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte &- 48 < 10 || (byte | 0x20) &- 97 < 26 || byte == UInt8(ascii: "_")
  }

  private static func meaning(_ name: String) -> Meaning {
    switch name {
    case "remote_addr": .client
    case "http_x_forwarded_for", "proxy_add_x_forwarded_for", "http_forwarded": .claimedClient(rank: 1)
    case "http_x_real_ip", "proxy_protocol_addr": .claimedClient(rank: 2)
    case "http_cf_connecting_ip", "http_true_client_ip", "http_fastly_client_ip": .claimedClient(rank: 3)
    case "host": .site(rank: 3)
    case "http_host": .site(rank: 2)
    case "ssl_server_name", "ssl_preread_server_name", "server_name": .site(rank: 1)
    case "time_local": .commonTime
    case "time_iso8601": .isoTime
    case "msec": .epoch
    case "request": .request
    case "request_method": .method
    case "request_uri": .target(rank: 2)
    case "uri", "document_uri": .target(rank: 1)
    case "status": .status
    case "upstream_status": .upstreamStatus
    case "body_bytes_sent", "bytes_sent": .bytes
    case "upstream_addr", "proxy_host": .upstream
    case "request_time", "session_time": .duration
    case "http_user_agent": .agent
    case _ where name.hasPrefix("upstream_"): .list
    default: .ignored
    }
  }

  /// Reads `line` into `record`; false if the line does not have this format.
  func parse(_ line: LineBytes, _ record: inout LogRecord, _ clock: inout TimestampReader) -> Bool {
    var index = 0
    var siteRank = 0
    var targetRank = 0
    var forwardedRank = 0
    var hasTime = false
    for (number, step) in steps.enumerated() {
      switch step {
      case .literal(let bytes):
        guard Self.has(bytes, line, index) else { return false }
        index += bytes.count
      case .variable(let meaning):
        let start = index
        guard let end = valueEnd(line, start, meaning, next: number + 1) else { return false }
        index = end
        let field = Field(start, end)
        let isAbsent = field.isEmpty || (field.count == 1 && line[start] == UInt8(ascii: "-"))
        var place = start
        switch meaning {
        case .client: if !isAbsent { (record.client, record.isClaimed) = (line.withoutPort(field), false) }
        case .claimedClient(let rank):
          guard !isAbsent else { break }
          if record.client.isEmpty { (record.client, record.isClaimed) = (LineParser.lastForwarded(line, field), true) }
          if rank > forwardedRank { (record.forwarded, forwardedRank) = (field, rank) }
        case .site(let rank):
          if !isAbsent, rank > siteRank { (record.site, siteRank) = (field, rank) }
        case .commonTime:
          guard let seconds = clock.common(line, start) else { return false }
          if !record.hasSubseconds { record.milliseconds = seconds * 1000 }
          hasTime = true
        case .isoTime:
          guard let time = clock.iso(line, &place) else { return false }
          if !record.hasSubseconds { record.milliseconds = time.milliseconds }
          hasTime = true
        case .epoch:
          guard let value = line.millionths(&place), place == end else { return false }
          record.milliseconds = value / 1000
          record.hasSubseconds = true
          hasTime = true
        case .request: record.setRequest(line, start, end)
        case .method:
          record.method = HTTPMethod(line, start, end)
          record.isMalformed = record.method == .none
        case .target(let rank):
          if !isAbsent, rank > targetRank {
            record.setTarget(line, start, end)
            targetRank = rank
          }
        case .status: record.status = Int32(truncatingIfNeeded: min(line.number(&place) ?? 0, 999))
        case .upstreamStatus:
          for byte in start..<end where line[byte] == UInt8(ascii: " ") { place = byte + 1 }
          record.upstreamStatus = Int32(truncatingIfNeeded: min(line.number(&place) ?? 0, 999))
        case .bytes: record.bytes = max(record.bytes, line.number(&place) ?? 0)
        case .upstream: if !isAbsent { record.upstream = field }
        case .duration: record.duration = line.millionths(&place) ?? -1
        case .agent: record.agent = field
        case .list, .ignored: break
        }
      }
    }
    return hasTime && index == line.count
  }

  /// The end of the value at `start`, which is in front of the next literal text. Times, requests and lists of tried
  /// servers may contain a space.
  private func valueEnd(_ line: LineBytes, _ start: Int, _ meaning: Meaning, next: Int) -> Int? {
    guard next < steps.count else { return line.count }
    if case .commonTime = meaning { return start + 26 <= line.count ? start + 26 : nil }
    guard case .literal(let text) = steps[next] else {
      // If two variables follow each other directly, the first one ends where its alphabet does.
      var index = start
      while Self.isNameByte(line[index]) || line[index] == UInt8(ascii: ".") { index += 1 }
      return index
    }
    var spaces = 0
    if case .request = meaning, text.first == UInt8(ascii: " ") { spaces = 2 }
    var index = start
    while index <= line.count {
      index = line.first(text[0], from: index)
      guard index < line.count else { return nil }
      guard Self.has(text, line, index) else {
        index += 1
        continue
      }
      if text[0] == UInt8(ascii: " "), isWithinList(line, index, meaning) || spaces > 0 {
        if !isWithinList(line, index, meaning) { spaces -= 1 }
        index += 1
        continue
      }
      return index
    }
    return nil
  }

  private func isWithinList(_ line: LineBytes, _ space: Int, _ meaning: Meaning) -> Bool {
    switch meaning {
    case .list, .upstream, .upstreamStatus:
      line[space - 1] == UInt8(ascii: ",") || line[space - 1] == UInt8(ascii: ":")
        || (line[space + 1] == UInt8(ascii: ":") && line[space + 2] == UInt8(ascii: " "))
    case .claimedClient: line[space - 1] == UInt8(ascii: ",")
    default: false
    }
  }

  private static func has(_ text: [UInt8], _ line: LineBytes, _ index: Int) -> Bool {
    guard index + text.count <= line.count else { return false }
    for place in text.indices where line[index + place] != text[place] { return false }
    return true
  }
}
