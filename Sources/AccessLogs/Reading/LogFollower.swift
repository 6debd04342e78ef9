public import LinuxSystem

/// Reads what is added to a log while it is written, across rotation and truncation.
///
/// A log that was renamed is read to its end before its successor, and for as long as its writer continues to use it. A
/// truncated log is read from its start again, and what was written in between is read from the copy. A removed log is
/// waited for.
public struct LogFollower: ~Copyable {
  private let series: LogSeries
  private var scanner: LineScanner
  private var offset: UInt64 = 0
  private var file: FollowedFile?
  private let formats: [CustomFormat]
  /// Renamed logs that their writers may still have open.
  private var renamed: [RenamedLog] = []
  /// How many of them are kept at most.
  private static let renamedLimit = 4
  /// How often the log was renamed, truncated or removed.
  public private(set) var changes = 0
  /// Why the log can't be read now; nil if it can.
  public private(set) var failure: SystemError?

  /// - Parameter fromStart: whether to begin at the start of the log; otherwise at its current end.
  public init(_ series: LogSeries, formats: [CustomFormat] = [], fromStart: Bool = false) {
    self.series = series
    self.formats = formats
    scanner = LineScanner(formats: formats)
    scanner.begin()
    open()
    guard !fromStart, let file else { return }
    do throws(SystemError) { offset = try file.size() } catch { failure = error }
  }

  /// The counts of lines that are no longer the scanner's: of a log before it was renamed or cut.
  private var earlier = LineCounts()
  /// The counts of lines so far, since they were last taken.
  public var counts: LineCounts {
    var all = earlier
    all.add(scanner.counts)
    for log in renamed { all.add(log.counts) }
    return all
  }
  /// How many bytes of the log were read.
  public var position: UInt64 { offset }

  /// Returns the counts of lines since they were last taken.
  public mutating func takeCounts() -> LineCounts {
    let all = counts
    earlier = LineCounts()
    _ = scanner.takeCounts()
    for log in renamed { log.forgetCounts() }
    return all
  }

  /// Reads new lines into `survey`.
  public mutating func poll(into survey: inout LogSurvey) {
    survey.tally.begin(defaultSite: Array(series.site.utf8.prefix(250)))
    renamed = renamed.filter { log in
      let goesOn = log.goesOn(into: &survey.tally)
      if !goesOn { earlier.add(log.counts) }
      return goesOn
    }
    if file == nil { open() }
    guard file != nil else { return }
    do throws(SystemError) {
      try drain(into: &survey)
      let now = try StreamFacts(of: series.path, as: series.access)
      failure = nil
      guard let file, !now.isSame(as: file.facts) else { return }
      // The old file may have grown between the two looks.
      try drain(into: &survey)
    } catch {
      // The log was removed, or is between two renames. The open file is read until another one exists.
      if !error.errno.isAbsence { failure = error }
      return
    }
    if let file {
      // Its last line may be incomplete.
      let old = RenamedLog(file, offset, formats, begun: scanner.takeRest())
      for log in renamed.dropLast(Self.renamedLimit - 1) { earlier.add(log.counts) }
      renamed = renamed.suffix(Self.renamedLimit - 1) + [old]
    }
    earlier.add(scanner.takeCounts())
    scanner.begin()
    changes += 1
    offset = 0
    self.file = nil
    open()
    do throws(SystemError) { try drain(into: &survey) } catch { failure = error }
  }

  /// Reads the end of the newest copy of a truncated log: a file of its series that begins like it and is as long.
  private mutating func readCopy(of file: FollowedFile, into survey: inout LogSurvey) {
    let finder = LogFinder([series.path], accesses: [series.path: series.access])
    guard let part = finder.series.first?.parts.last(where: { $0.path != series.path && !$0.isCompressed }),
      part.size >= offset
    else { return }
    do throws(SystemError) {
      let copy = try FollowedFile(part.path, series.access)
      guard !file.head.isEmpty, copy.head.starts(with: file.head) || file.head.starts(with: copy.head) else { return }
      var place = offset
      while true {
        let bytes = try copy.read(at: place)
        if bytes.isEmpty { break }
        var taken = 0
        while taken < bytes.count { taken += scanner.scan(bytes[taken...], into: &survey.tally) }
        place += UInt64(bytes.count)
      }
    } catch {
      failure = error
    }
  }

  private mutating func open() {
    do throws(SystemError) {
      file = try FollowedFile(series.path, series.access)
      failure = nil
    } catch {
      failure = error
    }
  }

  private mutating func drain(into survey: inout LogSurvey) throws(SystemError) {
    guard let file else { return }
    defer { survey.tally.flush() }
    var isCut = try file.size() < offset
    if !isCut { isCut = try file.beginsAnew() }
    if isCut {
      // Truncated (copytruncate): what was written since the last look is in the copy, if there is one.
      readCopy(of: file, into: &survey)
      scanner.end(into: &survey.tally)
      earlier.add(scanner.takeCounts())
      offset = 0
      changes += 1
      scanner.begin()
    }
    while true {
      let bytes = try file.read(at: offset)
      if bytes.isEmpty { break }
      var place = 0
      while place < bytes.count { place += scanner.scan(bytes[place...], into: &survey.tally) }
      offset += UInt64(bytes.count)
    }
  }
}

/// An open log.
private final class FollowedFile {
  private let file: StreamedFile
  let facts: StreamFacts
  /// The file's first bytes; a copy has the same.
  private(set) var head: [UInt8] = []

  init(_ path: String, _ access: FileAccess) throws(SystemError) {
    file = try StreamedFile(path, as: access)
    facts = file.facts
    guard facts.kind == .regular else { throw SystemError("follow \(path)", .invalid) }
    head = try TimeSearch.read(file, at: 0, count: 256)
  }

  func size() throws(SystemError) -> UInt64 { try file.currentFacts().size }

  /// Whether the file begins differently than before, because it was truncated and has grown again.
  func beginsAnew() throws(SystemError) -> Bool {
    guard !head.isEmpty else { return false }
    return try TimeSearch.read(file, at: 0, count: head.count) != head
  }

  func read(at offset: UInt64) throws(SystemError) -> [UInt8] {
    let bytes = try TimeSearch.read(file, at: offset, count: 256 << 10)
    if offset == 0 { head = Array(bytes.prefix(256)) }
    return bytes
  }
}

/// A log that was renamed while its writer may still have it open.
private final class RenamedLog {
  private let file: FollowedFile
  private var offset: UInt64
  private var scanner: LineScanner
  private var quietSince = MonotonicClock.seconds

  /// After how many seconds without new lines it is closed: logrotate's delayed compression waits for a reload.
  private static let patience = 600.0

  init(_ file: FollowedFile, _ offset: UInt64, _ formats: [CustomFormat], begun rest: [UInt8]) {
    self.file = file
    self.offset = offset
    scanner = LineScanner(formats: formats)
    scanner.begin(with: rest)
  }

  var counts: LineCounts { scanner.counts }

  func forgetCounts() { _ = scanner.takeCounts() }

  /// Reads new lines; false if there have been none for long.
  func goesOn(into tally: inout LogTally) -> Bool {
    while true {
      // A file that can't be read any more is finished.
      guard let bytes = try? file.read(at: offset) else { break }
      if bytes.isEmpty { break }
      quietSince = MonotonicClock.seconds
      var taken = 0
      while taken < bytes.count { taken += scanner.scan(bytes[taken...], into: &tally) }
      offset += UInt64(bytes.count)
    }
    tally.flush()
    guard MonotonicClock.seconds - quietSince > Self.patience else { return true }
    scanner.end(into: &tally)
    return false
  }
}
