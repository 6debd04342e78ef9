internal import ArgumentParser
internal import Documents
internal import Fleet
internal import Flows
internal import History
internal import LinuxSystem
internal import Views

/// The resolved request of `headwater history`.
struct HistoryRequest: Sendable {
  private enum Form: Sendable { case usage, answer, csv }

  private let output: Output
  private let form: Form
  private let settings: WatchSettings
  private let range: HistoryRange
  private let query: HistoryQuery
  private let targetText: String?
  /// By how many minutes the compared range is earlier.
  private let compared: Int64?
  /// The first minute that may not be written yet.
  private let open: Int64

  init(_ command: HistoryCommand, now: Double) throws {
    output = command.output.resolved
    // A minute is written when it is over and traced.
    open = Int64(((now - 15) / 60).rounded(.down))
    form = command.usage ? .usage : command.csv ? .csv : .answer
    settings = try Settings(file: command.config).watch()
    range = try HistoryRange(
      from: command.from ?? (command.when.isEmpty ? nil : command.when.joined(separator: " ")), to: command.to,
      length: command.length, now: now)
    let (first, last) = (range.minutes.lowerBound, range.minutes.upperBound)
    let parts = Int64(HistoryTable.parts)
    let step = try Self.minutes(command.step, "--step") ?? max(1, (last - first + parts - 1) / parts)
    guard (last - first) / step <= 10_000 else {
      throw ValidationError("--step: that is more than 10,000 parts; give a longer step")
    }
    var target: HistoryTarget?
    if let text = command.target {
      guard let known = HistoryTarget(text) else {
        throw ValidationError("--of: \(text.isEmpty ? "an empty name is none" : "write a port as :443 (1 to 65535)")")
      }
      if case .port(let port) = known, port >= HistoryTarget.firstUnkept {
        throw CommandFailure(
          .noAnswer,
          "--of \(text): ports from \(HistoryTarget.firstUnkept) on are not kept, so what moved there is not known")
      }
      target = known
    }
    targetText = command.target
    query = HistoryQuery(from: first, to: last, by: command.by, target: target, step: step)
    compared = try Self.minutes(command.compare, "--compare")
  }

  private static func minutes(_ text: String?, _ option: String) throws -> Int64? {
    guard let text else { return nil }
    guard let seconds = TimeWords.length(text), seconds >= 60, seconds.truncatingRemainder(dividingBy: 60) == 0 else {
      throw ValidationError("\(option): \(text) is no length of whole minutes; write for example 5m, 1h or 7d")
    }
    return Int64(seconds / 60)
  }

  private func opened() throws -> HistoryStore {
    do { return try HistoryStore(reading: settings.store) } catch {
      guard error.code == .missing else { throw error }
      throw CommandFailure(
        .noAnswer, "there is no history in \(settings.store); headwater watch keeps one from when it is started")
    }
  }

  func run() throws {
    let store = try opened()
    if form == .usage { return try output.show(UsageAnswer(document: try usage(store))) }
    let document = try document(store)
    if form == .csv { Console.print(Document(history: HistoryCSV.text(document))) }
    try output.show(HistoryReport(document: document, isPrinted: form == .csv))
  }

  private func document(_ store: HistoryStore) throws -> HistoryDocument {
    let answer = try store.answer(query)
    var document = HistoryDocument(
      host: OwnHostName.current, from: Self.text(query.from), to: Self.text(query.to),
      zone: Self.zone(query.from, query.to), by: query.by.rawValue, target: targetText,
      step: Int(query.step) * 60)
    document.watched = Double(answer.milliseconds) / 1000
    document.gaps = answer.gaps.map { $0.clamped(to: min($0.lowerBound, open)..<open) }.filter { !$0.isEmpty }.map(
      Self.stretch)
    document.damaged = answer.damaged.map(Self.stretch)
    document.accounts = answer.accounts.map {
      HistoryDocument.Account(
        interface: $0.interface, total: $0.total, excess: $0.excess.isZero ? nil : $0.excess, uplink: $0.isUplink)
    }
    let all = answer.groups.reduce(0.0) { $0 + Double($1.traffic.bytes) }
    document.rows = answer.groups.map {
      HistoryDocument.Row(
        name: $0.name, kind: $0.kind, traffic: $0.traffic, share: all > 0 ? Double($0.traffic.bytes) / all : 0,
        series: $0.series)
    }
    if let compared { try compare(&document, store, compared) }
    if let first = answer.first, first >= query.to {
      document.notes.append("the history begins at \(LocalText.of(Self.text(first)))")
    }
    if case .addresses? = query.target {
      document.notes.append(
        "only addresses of the other side are kept: what an address of this host, or one behind it, moved is not in these rows"
      )
    }
    return document
  }

  private func compare(_ document: inout HistoryDocument, _ store: HistoryStore, _ minutes: Int64) throws {
    var earlier = query
    (earlier.from, earlier.to) = (query.from - minutes, query.to - minutes)
    let answer = try store.answer(earlier)
    document.comparedWith = Self.stretch(earlier.from..<earlier.to)
    var before: [RowName: UInt64] = [:]
    for group in answer.groups { before[RowName(name: group.name, kind: group.kind)] = group.traffic.bytes }
    let isWatched = answer.milliseconds > 0
    for index in document.rows.indices {
      let key = RowName(name: document.rows[index].name, kind: document.rows[index].kind)
      // Where nobody watched, nothing is known, and not nothing.
      document.rows[index].before = before.removeValue(forKey: key) ?? (isWatched ? 0 : nil)
    }
    // What moved only then comes last, in the order of that time.
    for group in answer.groups {
      guard let bytes = before[RowName(name: group.name, kind: group.kind)] else { continue }
      document.rows.append(
        HistoryDocument.Row(
          name: group.name, kind: group.kind, traffic: Traffic(), share: 0,
          series: [UInt64](repeating: 0, count: query.parts), before: bytes))
    }
    let missing = answer.gaps.reduce(0) { $0 + $1.count }
    if missing > 0 {
      document.notes.append(
        "the range that it is compared with was not watched for \(Units.duration(Double(missing) * 60))")
    }
  }

  private struct RowName: Hashable {
    let name: String
    let kind: String?
  }

  private func usage(_ store: HistoryStore) throws -> HistoryUsageDocument {
    let usage = try store.usage()
    return HistoryUsageDocument(
      file: store.path, bytes: usage.bytes, mostBytes: settings.bytes, mostDays: settings.days,
      first: usage.first.map(Self.text), last: usage.last.map(Self.text), minutes: usage.minutes, rows: usage.rows,
      bytesPerRow: usage.rows > 0 ? Double(usage.rowBytes) / Double(usage.rows) : nil, owners: usage.owners,
      chains: usage.chains, peers: usage.peers)
  }

  /// The zone, or both where the clocks were set in between: `CEST (+02:00), then CET (+01:00)`.
  private static func zone(_ from: Int64, _ to: Int64) -> String {
    let (first, last) = (LocalTime.zone(at: Double(from) * 60), LocalTime.zone(at: Double(to) * 60))
    return first == last ? first : "\(first), then \(last)"
  }

  private static func text(_ minute: Int64) -> String { SystemClock.text(Double(minute) * 60) ?? "?" }

  private static func stretch(_ minutes: Range<Int64>) -> HistoryDocument.Stretch {
    HistoryDocument.Stretch(from: text(minutes.lowerBound), to: text(minutes.upperBound))
  }
}

/// The answer of `headwater history`.
struct HistoryReport: Answer {
  let document: HistoryDocument
  /// Whether it was printed in another form.
  let isPrinted: Bool

  func lines(_ output: Output) -> [Line] {
    guard !isPrinted else { return [] }
    let width = ProcessExit.isTerminal(1) ? output.width : nil
    return HistoryTable(width: width, isVerbose: output.isVerbose, shown: { LocalText.of($0) }).lines(document)
  }

  var status: ExitStatus { document.rows.isEmpty ? .noAnswer : .answered }
}

/// The answer of `headwater history --usage`.
struct UsageAnswer: Answer {
  let document: HistoryUsageDocument

  func lines(_ output: Output) -> [Line] {
    let units = Units(.bytes)
    var lines = [
      Line("\(document.file): \(units.amount(document.bytes)) of at most \(units.amount(document.mostBytes))"),
      Line("at most \(document.mostDays) days are kept"),
    ]
    if let first = document.first, let last = document.last {
      lines.append(
        Line("\(document.minutes) minutes from \(LocalText.of(first)) to \(LocalText.of(last)), \(document.rows) rows"))
    } else {
      lines.append("it has no minute yet")
    }
    if let bytes = document.bytesPerRow {
      lines.append(Line("\((bytes * 10).rounded() / 10) bytes a row, compressed"))
    }
    lines.append(Line("\(document.owners) owners, \(document.chains) chains, \(document.peers) addresses"))
    return lines
  }

  var status: ExitStatus { .answered }
}

/// Times of documents for people, in the host's zone.
enum LocalText {
  /// `2026-04-20 14:57`; the text itself if it is no time.
  static func of(_ text: String) -> String {
    guard let seconds = TimeWords(now: 0).meaning(text)?.start else { return text }
    let time = LocalTime(seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
  }
}
