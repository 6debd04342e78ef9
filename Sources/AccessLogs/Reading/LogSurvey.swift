public import Flows
public import LinuxSystem

/// Reads access logs and counts their requests in one pass.
public struct LogSurvey: ~Copyable {
  var tally: LogTally
  var scanner: LineScanner
  public internal(set) var reports: [LogFileReport] = []
  let periods: LogPeriods

  /// - Parameters:
  ///   - formats: formats that are tried before the built-in ones.
  ///   - now: a time without a year is within the twelve months before it; the present by default.
  ///   - forwarder: whether an address is known to forward requests of others, such as a CDN's edge; then a header that
  ///     names the client is accepted. Private addresses always count as such.
  public init(
    periods: LogPeriods = LogPeriods(), limits: LogLimits = LogLimits(), formats: [CustomFormat] = [],
    now: Double? = nil, forwarder: @escaping @Sendable (IPAddress) -> Bool = { _ in false }
  ) {
    self.periods = periods
    tally = LogTally(periods: periods, limits: limits)
    tally.forwarders = Forwarders(forwarder)
    scanner = LineScanner(formats: formats)
    if let now { scanner.parser.present = now }
  }

  /// Reads all parts of a series, oldest first. It throws nothing: `reports` says what can't be read.
  ///
  /// - Parameter goesOn: asked between two pieces; false ends the reading.
  public mutating func read(_ series: LogSeries, goesOn: () -> Bool = { true }) {
    for part in series.parts {
      guard goesOn() else { return }
      read(part, site: series.site, access: series.access, goesOn: goesOn)
    }
  }

  /// The periods with narrower limits for plausible times, if some time stamps turned out to be of a wrong clock.
  /// Reading again with them counts those separately. Nil if that is not necessary.
  public mutating func narrowerPeriods() -> LogPeriods? {
    tally.flush()
    tally.series.finish()
    var periods = periods
    // The clock was never set.
    if tally.requests == 0, tally.odd.count > 0, tally.seenLast < tally.seenFirst {
      (periods.earliest, periods.latest) = (.min, .max)
      return periods
    }
    guard let bulk = tally.series.bulk() else { return nil }
    periods.earliest = max(periods.earliest, bulk.lowerBound * 1000)
    periods.latest = min(periods.latest, bulk.upperBound * 1000)
    return periods
  }

  private mutating func read(
    _ part: LogSeries.Part, site: String, access: FileAccess, goesOn: () -> Bool
  ) {
    var report = LogFileReport(path: part.path, size: part.size, modified: part.modified, site: site)
    // A file that was last written before the window has no requests in it.
    if part.modified > 0, periods.start != .min, part.modified * 1000 < Double(periods.start) {
      report.isSkipped = true
      reports.append(report)
      return
    }
    tally.begin(defaultSite: Array(site.utf8.prefix(250)))
    scanner.begin()
    let zone = scanner.parser.clock.zone
    defer { scanner.parser.clock.zone = zone }
    do throws(SystemError) {
      var file = try StreamedFile(part.path, as: access)
      if Self.wait(for: file, goesOn) { try open(&file, &report) }
      while Self.wait(for: file, goesOn), try scanner.read(&file, into: &tally) > 0 {}
    } catch {
      report.failure = error
    }
    scanner.end(into: &tally)
    finish(&report)
    reports.append(report)
  }

  /// Waits until there is something to read, or the file ends; false if the reading was cancelled.
  private static func wait(for file: borrowing StreamedFile, _ goesOn: () -> Bool) -> Bool {
    while goesOn() {
      if file.isReady(within: 0.2) { return true }
    }
    return false
  }

  /// Reads the first bytes: a compressed file is expanded, whatever its name is. Of a large plain file only the part
  /// that may belong to the window is read.
  private mutating func open(_ file: inout StreamedFile, _ report: inout LogFileReport) throws(SystemError) {
    report.size = max(report.size, file.facts.size)
    var head = [UInt8](repeating: 0, count: StreamedFile.headLength)
    var count = 0
    while count < head.count {
      let length = try Self.read(&file, &head, from: count)
      if length == 0 { break }
      count += length
    }
    if StreamedFile.isCompressed(head[..<count]) {
      try file.expand(after: Array(head[..<count]))
    } else if var text = WideText(head[..<count]) {
      try read(&file, as: &text)
    } else if file.facts.kind == .regular, periods.start != .min {
      report.startOffset = try TimeSearch.start(in: file, size: file.facts.size, time: periods.start)
      try file.seek(to: report.startOffset)
      try setZone(file, &report)
    } else {
      if file.facts.kind == .regular { try setZone(file, &report) }
      _ = scanner.scan(head[..<count], into: &tally)
    }
  }

  /// Times without a zone cannot be later than the file's last change. If they are, by whole quarters of an hour, the file was
  /// written in a zone that is so far ahead; otherwise nothing is concluded.
  private mutating func setZone(_ file: borrowing StreamedFile, _ report: inout LogFileReport) throws(SystemError) {
    guard report.modified > 0, let last = try TimeSearch.lastLocalTime(in: file, scanner.parser.custom) else { return }
    let ahead = last - report.modified
    guard ahead > 120 else { return }
    let quarters = (ahead / 900).rounded() * 900
    guard abs(ahead - quarters) < 3, quarters <= 26 * 3600 else {
      report.zone = .ahead(ahead)
      return
    }
    let own = scanner.parser.clock.zone
    scanner.parser.clock.zone = { own($0) + Int64(quarters) }
    report.zone = .concluded(own(Int64(last)) + Int64(quarters))
  }

  /// Reads a file of UTF-16 to its end.
  private mutating func read(_ file: inout StreamedFile, as text: inout WideText) throws(SystemError) {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = try Self.read(&file, &piece, from: 0)
      let bytes = count > 0 ? text.decode(piece[..<count]) : text.end()
      var place = 0
      while place < bytes.count { place += scanner.scan(bytes[place...], into: &tally) }
      guard count > 0 else { return }
    }
  }

  private static func read(
    _ file: inout StreamedFile, _ head: inout [UInt8], from start: Int
  ) throws(SystemError) -> Int {
    var outcome: Result<Int, SystemError> = .success(0)
    head.withUnsafeMutableBytes { buffer in
      do throws(SystemError) {
        outcome = .success(try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...])))
      } catch {
        outcome = .failure(error)
      }
    }
    return try outcome.get()
  }

  private mutating func finish(_ report: inout LogFileReport) {
    report.counts = scanner.counts
    if report.counts.zoneless > 0, report.modified == 0 {
      report.zone = .own(scanner.parser.clock.zone(report.counts.last / 1000))
    }
    if report.counts.last >= report.counts.first {
      report.first = Double(report.counts.first) / 1000
      report.last = Double(report.counts.last) / 1000
    }
  }

  /// Adds a log that is followed: the counts of its lines that are in the tally, and how much of it was read.
  public mutating func add(_ series: LogSeries, _ counts: LineCounts, position: UInt64, failure: SystemError?) {
    var report = LogFileReport(path: series.path, size: position, modified: 0, site: series.site)
    report.failure = failure
    report.counts = counts
    if counts.last >= counts.first {
      report.first = Double(counts.first) / 1000
      report.last = Double(counts.last) / 1000
    }
    reports.append(report)
  }

  /// Counts lines from another source.
  public mutating func read(_ bytes: [UInt8], site: String = "-") {
    tally.begin(defaultSite: Array(site.utf8.prefix(250)))
    scanner.begin()
    var place = 0
    while place < bytes.count { place += scanner.scan(bytes[place...], into: &tally) }
    scanner.end(into: &tally)
    var report = LogFileReport(path: site, size: UInt64(bytes.count), modified: 0, site: site)
    finish(&report)
    reports.append(report)
  }
}
