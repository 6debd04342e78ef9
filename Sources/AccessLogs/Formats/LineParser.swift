internal import LinuxSystem

/// Recognises the format of each line and reads it. A log may have lines of several formats.
///
/// It gives a result for every line, in time proportional to the line's length.
struct LineParser {
  var clock = TimestampReader()
  /// Formats that were given; they are tried before the built-in ones.
  var custom: [CustomFormat] = []
  /// How many lines had each of the given formats.
  var customLines: [UInt64] = []
  var scratch = ScratchLine()
  /// Whether the last line's record refers to `scratch` instead of the line itself.
  var usesScratch = false
  /// The time in the wrapper of the line, in milliseconds since the epoch; nil if it has none.
  var outerTime: Int64?
  /// The columns of a W3C log, from its last `#Fields:` line.
  var columns: W3CColumns?
  /// Whether an earlier line began with a site's name, so that an address in that position is a site as well.
  var namesSiteFirst = false
  /// Whether the log has unbound's questions, so that its answers must not be counted again.
  var hasUnboundQuestions = false
  /// The beginning of a line of standard output that a container runtime split, and of one of standard error.
  private var pieces: (output: [UInt8], error: [UInt8]) = ([], [])
  /// Whether the lines come one after the other, so that several may be one object.
  var joinsLines = false
  /// The object of JSON that several lines write.
  private var spreadObject = SpreadObject()
  /// The present, in seconds since the epoch. A time without a year is within the twelve months before it.
  var present = SystemClock.now()

  /// How deep wrappers may be nested.
  private static let depthLimit = 6

  /// Prepares for the lines of another file.
  mutating func begin() {
    pieces = ([], [])
    spreadObject = SpreadObject()
    clock.begin()
    columns = nil
    namesSiteFirst = false
    hasUnboundQuestions = false
    outerTime = nil
  }

  /// Reads `line` into `record`, whose old content is lost.
  @inline(__always)
  mutating func parse(_ line: LineBytes, into record: inout LogRecord) -> LineKind {
    record = LogRecord()
    usesScratch = false
    if custom.isEmpty, let kind = combined(line, 0, &record) {
      if line[record.client.start] == UInt8(ascii: ":") { record.unmap(line) }
      return kind
    }
    let kind = parseRare(line, &record)
    if !record.client.isEmpty { record.unmap(usesScratch ? scratch.line : line) }
    return kind
  }

  @inline(never)
  private mutating func parseRare(_ line: LineBytes, _ record: inout LogRecord) -> LineKind {
    outerTime = nil
    var count = line.count
    while count > 0, line[count - 1] == 13 || line[count - 1] == 32 || line[count - 1] == 0 { count -= 1 }
    if count == 0 { return .other }
    if let kind = given(line, count, &record) { return kind }
    let whole = line.part(0, count)
    if let kind = spread(whole, &record) { return kind }
    if line.has("[{\"", at: 0) { return .records(1) }
    if DisguisedLine.isPlain(whole), let kind = disguised(whole, &record) { return kind }
    usesScratch = false
    var line = whole
    // Colours, as `docker compose logs` and Caddy write them.
    if line.first(27, from: 0) < line.count {
      scratch.takeWithoutEscapes(line)
      usesScratch = true
      line = scratch.line
    }
    let kind = parse(line, 0, &record, depth: 0, isTimed: false)
    guard kind == .unreadable else { return kind }
    if let kind = disguised(whole, &record) { return kind }
    record = LogRecord()
    usesScratch = false
    return .unreadable
  }

  /// Reads a line of an object that several lines write, as `jq` and browsers print it; nil for any other line.
  private mutating func spread(_ line: LineBytes, _ record: inout LogRecord) -> LineKind? {
    // Within an object another one is indented, or stands behind its name.
    if line.count == 1, line[0] == UInt8(ascii: "{") { spreadObject = SpreadObject() }
    guard joinsLines, spreadObject.isBegun || SpreadObject.begins(line), spreadObject.take(line) else { return nil }
    guard let whole = spreadObject.takeWhole() else { return .other }
    scratch.take(whole)
    usesScratch = true
    return parse(scratch.line, 0, &record, depth: 0, isTimed: false)
  }

  /// Tries the given formats, both with and without the blanks at the line's end, because a format may have them.
  private mutating func given(_ line: LineBytes, _ count: Int, _ record: inout LogRecord) -> LineKind? {
    for number in custom.indices {
      record = LogRecord()
      var isRead = custom[number].parse(line, &record, &clock)
      if !isRead, count < line.count {
        record = LogRecord()
        isRead = custom[number].parse(line.part(0, count), &record, &clock)
      }
      guard isRead else { continue }
      while customLines.count < custom.count { customLines.append(0) }
      customLines[number] += 1
      return .request(.custom)
    }
    return nil
  }

  /// Reads what begins at `start`, which a collector may have wrapped.
  ///
  /// - Parameter isTimed: whether a time was in front of it, as syslog writes one.
  mutating func parse(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, depth: Int, isTimed: Bool
  ) -> LineKind {
    // A line in a container runtime's wrapper.
    if line.has("{\"log\":\"", at: start), depth < 2 {
      // The time follows the text, and is needed only if the text has none.
      if let time = line.last("\"time\":\"", from: start) {
        var index = time + 8
        outerTime = clock.iso(line, &index)?.milliseconds
      }
      return wrapped(line, from: start + 8, &record, depth: depth + 2)
    }
    let first = line[start]
    for format in LogFormats.all where format.mayBegin(with: first) {
      record = LogRecord()
      if let kind = format.read(line, start, &record, with: &self) { return kind }
    }
    record = LogRecord()
    guard depth < Self.depthLimit else { return .unreadable }
    // A format that was given, behind a prefix.
    if depth > 0, !custom.isEmpty, let kind = given(line.part(start, line.count), line.count - start, &record) {
      return start == 0 ? kind : shifted(kind, start, &record)
    }
    if let layer = LinePrefix.layer(line, start, isTimed: isTimed, clock: &clock, now: present) {
      if let time = layer.time { outerTime = time }
      let stream = Self.stream(isError: layer.isError)
      if layer.isPiece || !pieces[keyPath: stream].isEmpty, layer.isContainer {
        return joined(line.part(layer.next, line.count), to: stream, goesOn: layer.isPiece, &record, depth: depth + 1)
      }
      if layer.next >= line.count { return .other }
      let kind = parse(
        line, layer.next, &record, depth: depth + 1, isTimed: layer.time != nil || (isTimed && layer.isThin))
      if kind == .unreadable, LinePrefix.isProgramMessage(line, start) { return .other }
      return kind
    }
    if LinePrefix.isProgramMessage(line, start) { return .other }
    return combinedAnywhere(line, start, &record) ?? objectAnywhere(line, start, &record) ?? .unreadable
  }

  /// Moves the fields of a record, which refer to a part of the line, to the line's own positions.
  private func shifted(_ kind: LineKind, _ start: Int, _ record: inout LogRecord) -> LineKind {
    record.move(by: start)
    return kind
  }

  private typealias Stream = WritableKeyPath<(output: [UInt8], error: [UInt8]), [UInt8]>

  private static func stream(isError: Bool) -> Stream { isError ? \.error : \.output }

  /// Joins a piece of a line that a runtime split with the pieces before it.
  private mutating func joined(
    _ text: LineBytes, to stream: Stream, goesOn: Bool, _ record: inout LogRecord, depth: Int
  ) -> LineKind {
    if pieces[keyPath: stream].count < ScratchLine.limit { pieces[keyPath: stream] += text.bytes }
    if goesOn { return .other }
    scratch.take(pieces[keyPath: stream])
    usesScratch = true
    pieces[keyPath: stream] = []
    return parse(scratch.line, 0, &record, depth: depth, isTimed: true)
  }

  /// Reads the text of a JSON string whose first byte is at `start`.
  mutating func wrapped(_ line: LineBytes, from start: Int, _ record: inout LogRecord, depth: Int) -> LineKind {
    record = LogRecord()
    usesScratch = true
    let isWhole = scratch.unescape(line, from: start)
    let stream = Self.stream(isError: line.last("\"stream\":\"stderr\"", from: start) != nil)
    // Docker splits lines at 16 KB; only the last piece ends with a line feed.
    if !pieces[keyPath: stream].isEmpty || (!isWhole && scratch.line.count >= 16 << 10) {
      return joined(scratch.line, to: stream, goesOn: !isWhole, &record, depth: depth)
    }
    if scratch.line.count == 0 { return .other }
    return parse(scratch.line, 0, &record, depth: depth, isTimed: true)
  }

  /// Reads the text of a journal's message that is a list of bytes.
  mutating func wrapped(bytes: [UInt8], _ record: inout LogRecord, depth: Int) -> LineKind {
    record = LogRecord()
    usesScratch = true
    scratch.take(bytes)
    if scratch.line.first(27, from: 0) < scratch.line.count { scratch.takeWithoutEscapes(scratch.line) }
    return scratch.line.count == 0 ? .other : parse(scratch.line, 0, &record, depth: depth, isTimed: true)
  }
}
