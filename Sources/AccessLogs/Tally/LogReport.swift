public import Flows
internal import LinuxSystem
internal import Rhythm

/// What a report contains.
public struct LogReportOptions: Sendable {
  /// The number of rows in each list.
  public var top = 20
  /// The address set of an address: a CDN's, or private addresses.
  public var addressSet: @Sendable (IPAddress) -> String? = { _ in nil }
  /// How to group clients; nil if that isn't asked for.
  public var addressGrouping: LogAddressGrouping?
  /// How many pairs of client and path are searched for periods, most frequent first.
  public var examined = 100
  /// The minimum confidence of a period that is shown.
  public var confidence = 0.5
  /// Whether an address forwards for others, such as a CDN's edge.
  public var isForwarder: @Sendable (IPAddress) -> Bool { { [addressSet] in addressSet($0) != nil } }
  /// The length of the window in seconds, for logs that are followed, whose own times don't show it.
  public var elapsed: Double?

  public init() {}
}

extension LogSurvey {
  /// The report so far. The survey can continue afterwards.
  public mutating func document(_ options: LogReportOptions = LogReportOptions()) -> LogsDocument {
    tally.flush()
    tally.series.finish()
    var document = LogsDocument(made: SystemClock.text(SystemClock.now()) ?? "")
    addFiles(to: &document)
    addTotals(to: &document, options)
    let names = LogNames(options)
    addGroups(to: &document, names, options)
    addAddresses(to: &document, options)
    addVisits(to: &document, names, options)
    addGrowth(to: &document, names, options)
    addChanges(to: &document, names)
    addNotes(to: &document)
    return document
  }

  private static func note(_ failure: SystemError, hasContent: Bool, path: String) -> String {
    let kind = [".zst": "zstd", ".xz": "xz", ".bz2": "bzip2"].first { path.hasSuffix($0.key) }?.value ?? "gzip"
    return switch failure.errno {
    case .noLibrary: "not read: this system lacks the library that expands \(kind); expand it first, or pipe it in"
    case .endsEarly: "the end of the \(kind) file is missing\(hasContent ? "; what comes before it was read" : "")"
    case .invalid where hasContent: "the \(kind) file is damaged; what comes before the damage was read"
    default: "\(failure)"
    }
  }

  private func addFiles(to document: inout LogsDocument) {
    document.files = reports.map { report in
      var file = LogsFile(path: report.path, size: report.size, site: report.site)
      file.modified = report.modified > 0 ? SystemClock.text(report.modified) : nil
      file.formats = report.counts.formats.map(\.format.description)
      file.lines = report.counts.lines
      file.requests = report.counts.requests
      file.unreadable = report.counts.unreadable
      let counts = report.counts
      let isLog = counts.requests > 0 || counts.other > 0 || counts.untimed > 0
      file.examples = counts.examples.map { "\($0.number): \(isLog ? $0.text : LineQuote.shape($0.text))" }
      file.first = report.first.flatMap { SystemClock.text($0) }
      file.last = report.last.flatMap { SystemClock.text($0) }
      if let first = report.first, let last = report.last, last > first {
        file.bytesPerSecond = Double(report.counts.bytes) / (last - first)
      }
      if report.isSkipped { file.note = "not read: last written before the window" }
      if report.startOffset > 0 {
        file.note = "read from byte \(report.startOffset) on; earlier lines are older than the window"
      }
      if let failure = report.failure {
        let hasContent = report.counts.bytes > 0
        file.note = Self.note(failure, hasContent: hasContent, path: report.path)
        let isDamaged = failure.errno == .endsEarly || failure.errno == .invalid && hasContent
        file.failure = isDamaged ? .damaged : failure.errno.isDenial ? .denied : .failed
      }
      return file
    }
    for report in reports {
      document.lines += report.counts.lines
      document.otherLines += report.counts.other
      document.unreadable += report.counts.unreadable
      if report.counts.untimed > 0 { document.untimed = (document.untimed ?? 0) + report.counts.untimed }
    }
    let read = document.files.filter { $0.requests > 0 || $0.size > 0 }
    guard read.count > 1 else { return }
    document.largestFile = read.max { $0.size < $1.size }?.path
    document.newestFile = read.max { ($0.last ?? $0.modified ?? "") < ($1.last ?? $1.modified ?? "") }?.path
    document.fastestGrowingFile =
      read.filter { $0.bytesPerSecond != nil }.max { ($0.bytesPerSecond ?? 0) < ($1.bytesPerSecond ?? 0) }?.path
  }

  private func addTotals(to document: inout LogsDocument, _ options: LogReportOptions) {
    document.requests = tally.requests
    document.bytes = tally.bytes
    document.unsized = tally.unsized > 0 ? tally.unsized : nil
    document.malformed = tally.malformed
    document.distinct = LogsDistinct(sites: tally.sites.count, clients: tally.clients.count, paths: tally.paths.count)
    document.isApproximate = tally.isApproximate
    guard tally.requests > 0 else { return }
    let span = span()
    document.since = SystemClock.text(span.first)
    document.until = SystemClock.text(span.last)
    // A time in whole seconds stands for its whole second: 600 lines, one per second, cover 600 seconds.
    let end = min(span.last + (tally.hasFineTimes ? 0 : 1), Double(periods.until) / 1000)
    document.seconds = options.elapsed ?? max(end - span.first, 1)
    document.requestsPerSecond = Double(tally.requests) / document.seconds
    document.requestsPerDay = document.requestsPerSecond * 86400
    let busiest = tally.series.busiest
    document.busiest = SystemClock.text(Double(busiest.second)).map {
      LogsStep(time: $0, requests: UInt64(busiest.requests), bytes: 0, errors: 0)
    }
    document.days = tally.series.days.sorted { $0.key < $1.key }.suffix(62).compactMap { day, step in
      SystemClock.text(Double(day) * 86400).map {
        LogsStep(time: $0, requests: step.requests, bytes: step.bytes, errors: step.errors)
      }
    }
    document.series = series()
  }

  /// The period in which requests are counted: the window as far as the logs cover it; without a window from the first
  /// request to the last.
  func span() -> (first: Double, last: Double) {
    let (first, last) = (Double(tally.first) / 1000, Double(tally.last) / 1000)
    let (seenFirst, seenLast) = (Double(tally.seenFirst) / 1000, Double(tally.seenLast) / 1000)
    let since = Double(periods.since) / 1000
    let until = Double(periods.until) / 1000
    // An open limit is the end of the logs.
    return (
      periods.since == .min ? first : min(first, max(since, seenFirst)),
      periods.until == .max ? last : max(last, min(until, seenLast))
    )
  }

  /// At most 120 steps from the first to the last request.
  private func series() -> LogsSeries? {
    let width = tally.series.width
    guard let first = tally.series.steps.keys.min(), let last = tally.series.steps.keys.max() else { return nil }
    // Steps of wrong clocks may be far away; the middle of the span still shows where the requests are.
    let span = last - first + 1
    let factor = max(1, (span + 119) / 120)
    guard let since = SystemClock.text(Double(first) * Double(width)) else { return nil }
    let count = Int((span + factor - 1) / factor)
    var series = LogsSeries(
      since: since, seconds: width * factor, requests: Array(repeating: 0, count: count),
      errors: Array(repeating: 0, count: count))
    for (place, step) in tally.series.steps {
      series.requests[Int((place - first) / factor)] += step.requests
      series.errors[Int((place - first) / factor)] += step.errors
    }
    return series
  }

  private func addNotes(to document: inout LogsDocument) {
    if tally.odd.count > 0, let first = SystemClock.text(Double(tally.odd.first) / 1000),
      let last = SystemClock.text(Double(tally.odd.last) / 1000)
    {
      document.odd = LogsOddStamps(requests: tally.odd.count, first: first, last: last)
    }
    addOrigins(to: &document)
    let untimed = reports.first { $0.counts.untimed > 0 }
    if let lines = document.untimed, let format = untimed?.counts.untimedFormat {
      document.notes.append(
        "\(lines) requests are not counted: lines of \(format) say no time; what wraps them does (docker logs -t, the journal,"
          + " CRI files)")
    }
    for (number, text) in scanner.parser.custom.enumerated()
    where text.isGiven && (number >= scanner.parser.customLines.count || scanner.parser.customLines[number] == 0) {
      document.notes.append("no line has the format that --format gave: \(text.text)")
    }
    if tally.unsized > 0, tally.unsized < tally.requests {
      document.notes.append(
        "bytes are without those of \(tally.unsized) requests, whose lines do not say how many were sent")
    }
    if tally.forwarders.unbelieved > 0 {
      document.notes.append(
        "in \(tally.forwarders.unbelieved) requests a header names somebody else than who connected, who is no known proxy:"
          + " anyone can send it, and it is not believed")
    }
    if document.isApproximate {
      document.notes.append(
        "too many different clients, paths or visits: the rarest were dropped, and counts may be too low by the number "
          + "in missed")
    }
    let unkept = tally.visits.untimed + tally.siteVisits.untimed
    if unkept > 0 {
      document.notes.append("\(unkept) request times did not fit in memory: regular clients may be missed")
    }
    let claimed = document.clients.contains { $0.claimed == true }
    if claimed {
      document.notes.append(
        "clients marked claimed: the address may come from a header that anyone who reaches the proxy can send")
    }
    if let masked = document.clients.first(where: { MaskedClient.isMasked($0.name) }) {
      document.notes.append(
        "clients are written as \(masked.name): different ones among them cannot be told apart, so their rates and periods may"
          + " be those of several together")
    }
    if document.malformed > 0 { document.notes.append("\(document.malformed) requests were not HTTP") }
    if tally.hasSeconds, !tally.hasFineTimes, !document.regular.isEmpty {
      document.notes.append("times are in whole seconds, so periods below one second can't be told apart")
    }
  }
}
