internal import LinuxSystem

/// Cuts what is read from one file into lines and has them counted.
///
/// Pointers for the reason given at `LineBytes`.
struct LineScanner: ~Copyable {
  /// Longer lines are counted as unreadable and passed over.
  static let lineLimit = 256 << 10
  static let pieceSize = 512 << 10
  private static let exampleLength = 160

  var parser = LineParser()
  private let buffer: UnsafeMutablePointer<UInt8>
  /// Bytes of a line whose end is not there yet.
  private var rest = 0
  private var isSkipping = false
  private(set) var counts = LineCounts()

  init(formats: [CustomFormat] = []) {
    parser.custom = formats
    let size = Self.lineLimit + Self.pieceSize + LineBytes.padding
    buffer = .allocate(capacity: size)
    buffer.initialize(repeating: 0, count: size)
  }

  deinit { buffer.deallocate() }

  /// Another file follows.
  mutating func begin() {
    rest = 0
    isSkipping = false
    counts = LineCounts()
  }

  /// Reads the next piece of `file`: how many bytes, 0 at its end.
  mutating func read(_ file: inout StreamedFile, into tally: inout LogTally) throws(SystemError) -> Int {
    let count = try file.read(into: UnsafeMutableRawBufferPointer(start: buffer + rest, count: Self.pieceSize))
    scan(count, into: &tally)
    return count
  }

  /// The same with bytes that are there already; as many as fit are taken.
  mutating func scan(_ bytes: ArraySlice<UInt8>, into tally: inout LogTally) -> Int {
    let count = min(bytes.count, Self.pieceSize)
    bytes.prefix(count).withUnsafeBufferPointer { source in
      if let base = source.baseAddress { (buffer + rest).update(from: base, count: count) }
    }
    scan(count, into: &tally)
    return count
  }

  /// A last line without a line feed is one, too.
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
      // Too long: the rest of it is passed over.
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
    if case .request(let format) = kind {
      counts.lines &+= 1
      counts.add(format)
      if record.milliseconds > counts.last { counts.last = record.milliseconds }
      if record.milliseconds < counts.first { counts.first = record.milliseconds }
      if parser.usesScratch {
        tally.add(record, parser.scratch.line)
        tally.flush()
      } else {
        tally.add(record, line)
      }
    } else {
      note(line, kind)
    }
  }

  @inline(never)
  private mutating func note(_ line: LineBytes, _ kind: LineKind) {
    counts.lines += 1
    guard kind == .unreadable else {
      counts.other += 1
      return
    }
    counts.unreadable += 1
    if counts.examples.count < 3 {
      counts.examples.append(LineCounts.Example(number: counts.lines, text: LineCounts.shown(line, Self.exampleLength)))
    }
  }
}
