public import LinuxSystem

/// Reads what is added to logs while they are written, across rotation and truncation.
///
/// A log that is renamed is read to its end before its successor is; one that is cut short is read from its start again;
/// one that is removed is waited for.
public struct LogFollower: ~Copyable {
  private let series: LogSeries
  private var scanner: LineScanner
  private var offset: UInt64 = 0
  private var file: FollowedFile?
  /// Renamed, cut short, removed: how often.
  public private(set) var changes = 0
  /// Why the log can't be read now.
  public private(set) var failure: SystemError?

  /// - Parameter fromStart: begin at its start; else at its end as it is now.
  public init(_ series: LogSeries, formats: [CustomFormat] = [], fromStart: Bool = false) {
    self.series = series
    scanner = LineScanner(formats: formats)
    scanner.begin()
    open()
    guard !fromStart, let file else { return }
    do throws(SystemError) { offset = try file.size() } catch { failure = error }
  }

  /// Unreadable lines so far.
  public var counts: LineCounts { scanner.counts }

  /// Reads what is new, into `survey`.
  public mutating func poll(into survey: inout LogSurvey) {
    survey.tally.begin(defaultSite: Array(series.site.utf8.prefix(250)))
    if file == nil { open() }
    guard file != nil else { return }
    do throws(SystemError) {
      try drain(into: &survey)
      let now = try StreamFacts(of: series.path, as: series.access)
      failure = nil
      guard let file, !now.isSame(as: file.facts) else { return }
      // The old one may have grown between the two looks.
      try drain(into: &survey)
    } catch {
      // Removed, or between two renames: what is still written to the open file is read until another one is there.
      if !error.errno.isAbsence { failure = error }
      return
    }
    scanner.end(into: &survey.tally)
    changes += 1
    offset = 0
    self.file = nil
    open()
    do throws(SystemError) { try drain(into: &survey) } catch { failure = error }
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
    if try file.size() < offset {
      // Cut short (copytruncate): half a line that was there is gone.
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

  init(_ path: String, _ access: FileAccess) throws(SystemError) {
    file = try StreamedFile(path, as: access)
    facts = file.facts
    guard facts.kind == .regular else { throw SystemError("follow \(path)", .invalid) }
  }

  func size() throws(SystemError) -> UInt64 { try file.currentFacts().size }

  func read(at offset: UInt64) throws(SystemError) -> [UInt8] {
    try TimeSearch.read(file, at: offset, count: 256 << 10)
  }
}
