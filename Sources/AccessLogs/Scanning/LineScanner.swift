internal import LinuxSystem

/// Splits the bytes of one file into lines and has them counted.
///
/// It uses pointers for the reason given at `LineBytes`.
struct LineScanner: ~Copyable {
  /// The longest line in bytes; longer ones count as unreadable and are skipped.
  static let lineLimit = 256 << 10
  static let pieceSize = 512 << 10
  private static let exampleLength = 160

  var parser = LineParser()
  private let buffer: UnsafeMutablePointer<UInt8>
  /// Bytes of an incomplete line.
  private var rest = 0
  private var isSkipping = false
  private(set) var counts = LineCounts()
  /// Whether lines of an error log count; not if the requests' own lines are in the same log. Nil if that is not known
  /// yet.
  private var countsEvents: Bool?
  private var repeats = RepeatedLines()
  /// The piece that is being scanned, from the current line on.
  private var ahead: LineBytes?

  init(formats: [CustomFormat] = []) {
    parser.custom = formats
    parser.joinsLines = true
    let size = Self.lineLimit + Self.pieceSize + LineBytes.padding
    buffer = .allocate(capacity: size)
    buffer.initialize(repeating: 0, count: size)
  }

  deinit { buffer.deallocate() }

  /// Prepares for another file.
  mutating func begin() {
    rest = 0
    isSkipping = false
    counts = LineCounts()
    parser.begin()
    repeats = RepeatedLines()
    countsEvents = nil
  }

  /// Continues with a line that was begun elsewhere.
  mutating func begin(with rest: [UInt8]) {
    begin()
    let kept = rest.prefix(Self.lineLimit)
    kept.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { buffer.update(from: base, count: kept.count) }
    }
    self.rest = kept.count
  }

  /// Returns the counts of lines, and begins to count anew.
  mutating func takeCounts() -> LineCounts {
    defer { counts = LineCounts() }
    return counts
  }

  /// Removes and returns the incomplete line.
  mutating func takeRest() -> [UInt8] {
    defer { rest = 0 }
    return isSkipping ? [] : Array(UnsafeBufferPointer(start: buffer, count: rest))
  }

  /// Reads the next piece of `file`. Returns the number of bytes, 0 at the end.
  mutating func read(_ file: inout StreamedFile, into tally: inout LogTally) throws(SystemError) -> Int {
    let count = try file.read(into: UnsafeMutableRawBufferPointer(start: buffer + rest, count: Self.pieceSize))
    scan(count, into: &tally)
    return count
  }

  /// Scans bytes that are already there, and returns how many of them fit.
  mutating func scan(_ bytes: ArraySlice<UInt8>, into tally: inout LogTally) -> Int {
    let count = min(bytes.count, Self.pieceSize)
    bytes.prefix(count).withUnsafeBufferPointer { source in
      if let base = source.baseAddress { (buffer + rest).update(from: base, count: count) }
    }
    scan(count, into: &tally)
    return count
  }

  /// Counts a last line without a line feed.
  mutating func end(into tally: inout LogTally) {
    if rest > 0, !isSkipping { take(LineBytes(buffer, count: rest), into: &tally) }
    rest = 0
    isSkipping = false
    tally.flush()
  }

  @inline(never)
  private mutating func scan(_ count: Int, into tally: inout LogTally) {
    counts.bytes += UInt64(count)
    let all = LineBytes(buffer, count: rest + count)
    ahead = all
    defer { ahead = nil }
    var start = 0
    // The rest has no line feed in it.
    var end = all.first(10, from: rest)
    while end < all.count {
      if isSkipping {
        isSkipping = false
      } else {
        take(LineBytes(buffer + start, count: end - start), into: &tally)
      }
      start = end + 1
      end = all.first(10, from: start)
    }
    tally.flush()
    rest = all.count - start
    if isSkipping { rest = 0 }
    if rest > Self.lineLimit {
      // Too long: the rest of it is skipped.
      note(LineBytes(buffer + start, count: Self.exampleLength), .unreadable)
      isSkipping = true
      rest = 0
    }
    if rest > 0, start > 0 { buffer.update(from: buffer + start, count: rest) }
  }

  @inline(__always)
  private mutating func take(_ line: LineBytes, into tally: inout LogTally) {
    var record = LogRecord()
    let kind = parser.parse(line, into: &record)
    if case .request(let format) = kind, record.forwarded.isEmpty, !record.isEvent, !parser.usesScratch {
      if repeats.isOn, repeats.has(line, record.milliseconds < counts.last, within: ahead) {
        counts.repeated &+= 1
        note(line, .other)
        return
      }
      count(record, format)
      tally.add(record, line)
    } else {
      takeRare(line, kind, &record, into: &tally)
    }
  }

  @inline(__always)
  private mutating func count(_ record: borrowing LogRecord, _ format: LogFormatName) {
    counts.lines &+= 1
    counts.add(format)
    if parser.clock.isLocal { counts.zoneless &+= 1 }
    if record.milliseconds > counts.last { counts.last = record.milliseconds }
    if record.milliseconds < counts.first { counts.first = record.milliseconds }
  }

  /// Handles lines that are no plain requests: wrapped, forwarded, an error's line, a list of records, or no request at
  /// all.
  @inline(never)
  private mutating func takeRare(
    _ line: LineBytes, _ kind: LineKind, _ record: inout LogRecord, into tally: inout LogTally
  ) {
    switch kind {
    case .request(let format):
      if record.isEvent, !eventsCount(from: line) {
        note(line, .other)
        return
      }
      if repeats.isOn, repeats.has(line, record.milliseconds < counts.last, within: ahead) {
        counts.repeated &+= 1
        note(line, .other)
        return
      }
      count(record, format)
      let content = parser.usesScratch ? parser.scratch.line : line
      if !record.forwarded.isEmpty { tally.forwarders.resolve(&record, content) }
      tally.add(record, content)
      if parser.usesScratch { tally.flush() }
    case .records(let start): takeRecords(line, start, into: &tally)
    default: note(line, kind)
    }
  }

  /// Handles each object in a list.
  private mutating func takeRecords(_ line: LineBytes, _ start: Int, into tally: inout LogTally) {
    var index = start
    while index < line.count, line[index] != UInt8(ascii: "]") {
      guard line[index] == UInt8(ascii: "{") else {
        index += 1
        continue
      }
      var end = index
      var depth = 0
      while end < line.count {
        let byte = line[end]
        if byte == UInt8(ascii: "\"") { end = parser.quoteEnd(line, end + 1) }
        if byte == UInt8(ascii: "{") { depth += 1 }
        end += 1
        if byte == UInt8(ascii: "}") {
          depth -= 1
          if depth == 0 { break }
        }
      }
      let object = line.part(index, end)
      var record = LogRecord()
      let kind = parser.parse(object, into: &record)
      if case .records = kind { note(object, .unreadable) } else { takeRare(object, kind, &record, into: &tally) }
      // The next record may use the same buffer.
      tally.flush()
      index = max(end, index + 1)
    }
  }

  /// Whether error lines count; not if requests' own lines are among the lines around them.
  private mutating func eventsCount(from line: LineBytes) -> Bool {
    if let countsEvents { return countsEvents }
    if counts.hasPlainRequests {
      countsEvents = false
      return false
    }
    var other = parser
    // The current line may be in the first one's buffer.
    other.scratch = ScratchLine()
    var hasRequests = false
    if let ahead {
      var start = line.base - ahead.base
      var looked = 0
      while start < ahead.count, looked < 2000, !hasRequests {
        let end = ahead.first(10, from: start)
        var record = LogRecord()
        if case .request = other.parse(ahead.part(start, end), into: &record), !record.isEvent { hasRequests = true }
        looked += 1
        start = end + 1
      }
    }
    countsEvents = !hasRequests
    return !hasRequests
  }

  @inline(never)
  private mutating func note(_ line: LineBytes, _ kind: LineKind) {
    counts.lines += 1
    repeats.isApart = true
    switch kind {
    case .other:
      counts.other += 1
      return
    case .untimed(let format):
      counts.untimed += 1
      counts.untimedFormat = format
      return
    default: break
    }
    counts.unreadable += 1
    if counts.examples.count < 3 {
      counts.examples.append(LineCounts.Example(number: counts.lines, text: LineQuote.text(line, Self.exampleLength)))
    }
  }
}
