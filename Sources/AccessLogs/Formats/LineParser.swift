/// Recognises the format of each line and reads it. Lines of several formats may be mixed.
///
/// Total: every line gives an answer, in time proportional to its length.
struct LineParser {
  var clock = TimestampReader()
  /// Formats that were given; they are tried before those that are known.
  var custom: [CustomFormat] = []
  let scratch = ScratchLine()
  /// Whether the last line's record refers to `scratch` and not to the line itself.
  private(set) var usesScratch = false

  /// Reads `line` into `record`, whose old content is lost.
  @inline(__always)
  mutating func parse(_ line: LineBytes, into record: inout LogRecord) -> LineKind {
    record = LogRecord()
    usesScratch = false
    if custom.isEmpty, let kind = combined(line, 0, &record) { return kind }
    return parseRare(line, &record)
  }

  @inline(never)
  private mutating func parseRare(_ line: LineBytes, _ record: inout LogRecord) -> LineKind {
    var count = line.count
    while count > 0, line[count - 1] == 13 || line[count - 1] == 32 { count -= 1 }
    let line = line.part(0, count)
    if count == 0 { return .other }
    for format in custom {
      record = LogRecord()
      if format.parse(line, &record, &clock) { return .request(.custom) }
    }
    return parse(line, 0, &record, depth: 0)
  }

  /// What begins at `start`, which may be wrapped by who collected it.
  private mutating func parse(
    _ line: LineBytes, _ start: Int, _ record: inout LogRecord, depth: Int
  ) -> LineKind {
    // What a container runtime wraps.
    if line.has("{\"log\":\"", at: start), depth < 2 {
      record = LogRecord()
      usesScratch = true
      scratch.unescape(line, from: start + 8)
      return scratch.line.count == 0 ? .other : parse(scratch.line, 0, &record, depth: depth + 2)
    }
    let first = line[start]
    for format in LogFormats.all where format.mayBegin(with: first) {
      record = LogRecord()
      if let kind = format.read(line, start, &record, with: &self) { return kind }
    }
    if depth < 3, let inner = LinePrefix.end(line, start), inner > start {
      return parse(line, inner, &record, depth: depth + 1)
    }
    record = LogRecord()
    return LinePrefix.isProgramMessage(line, start) ? .other : .unreadable
  }
}
