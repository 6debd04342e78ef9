internal import AccessLogs
internal import AddressSets
internal import Bundles
internal import Flows
internal import LinuxSystem
internal import Proxies
internal import Questions
internal import Sessions
internal import Tracing
internal import Views

/// The resolved request of `headwater logs`.
struct LogsRequest: Sendable {
  let output: Output
  let question: LogsQuestion
  let addresses: LogAddressGrouping?
  let grouping: LogsGrouping?
  /// The number of rows in a table.
  let top: Int
  let isCSV: Bool
  /// Seconds between two summaries of growing logs; nil to read them once.
  let interval: Double?
  let hosts: AskedHosts
  /// Logs in bundles instead of this host's; nil if none were asked for.
  let recorded: [RecordedLogs]?
  let isOneHost: Bool

  init(_ command: LogsCommand) throws {
    output = command.output.resolved
    (grouping, top, isCSV) = (command.by, command.top, command.csv)
    interval = command.follow ? command.interval?.seconds ?? 5 : nil
    let window = try LogsWindow(since: command.since, until: command.until, length: command.length)
    for text in command.format where CustomFormat(text) == nil {
      throw CommandFailure(.usage, "--format must have the client ($remote_addr) and the time ($time_local): \(text)")
    }
    let settings = try command.hosts.settings()
    let others = try command.hosts.selection(settings)
    let sets = settings.ownSets()
    addresses = Self.addresses(command.by, settings, sets)
    question = LogsQuestion(
      command.paths, formats: command.format, since: window.since, until: window.until,
      top: max(command.top, command.output.json || command.csv ? 20 : command.top),
      sets: others == nil ? sets : Self.sent(sets), follows: command.follow, wantsClients: addresses != nil)
    let environment = ProcessExit.environment
    hosts = AskedHosts({ try LocalMeasurement.idle(environment: environment) }, others: others, meter: .nothing)
    recorded = try command.recorded.isGiven ? Self.recorded(command.recorded.bundles) : nil
    isOneHost = recorded.map { $0.count == 1 } ?? command.hosts.isOneHost
  }

  /// The hosts in the bundles that have logs.
  private static func recorded(_ bundles: [String]) throws -> [RecordedLogs] {
    let all = try EvidenceBundle.logs(reading: bundles)
    let found = all.filter { !$0.logs.isEmpty }
    guard found.isEmpty else { return found }
    let notes = all.flatMap(\.notes).map(\.text).prefix(3).joined(separator: "; ")
    throw TargetError(
      code: .unknown, text: bundles.joined(separator: ", "),
      advice: "no access logs are in it" + (notes.isEmpty ? "" : " (\(notes))"))
  }

  private static func addresses(
    _ grouping: LogsGrouping?, _ settings: Settings, _ own: [String: [Prefix]]
  ) -> LogAddressGrouping? {
    switch grouping {
    case .set:
      let sets = AddressSets(adding: own)
      return LogAddressGrouping(.set) { sets.name(of: $0) }
    case .country:
      let places = settings.places(isWanted: true)
      return LogAddressGrouping(.country) { places.place(of: $0).flatMap { $0.countryName ?? $0.country } }
    case .network:
      let places = settings.places(isWanted: true)
      return LogAddressGrouping(.network) { places.place(of: $0)?.networkTitle }
    default: return nil
    }
  }

  /// The person's own address sets. A host is sent as many as fit into a short question; the largest are left out.
  private static func sent(_ all: [String: [Prefix]]) -> [String: [Prefix]] {
    var room = 50_000
    var sent: [String: [Prefix]] = [:]
    for (name, prefixes) in all.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
      guard prefixes.count <= room else {
        Console.report("the set \(name) is too large to be sent: its addresses are not named in other hosts' logs")
        continue
      }
      room -= prefixes.count
      sent[name] = prefixes
    }
    return sent
  }

  func run() async throws {
    if let recorded {
      let names = Set(recorded.map(\.host))
      let unreached = Set(recorded.flatMap(\.unreached)).filter { !names.contains($0.host) }
      return try show(HostAnswers(recorded.map(read), failures: unreached.sorted { $0.host < $1.host }))
    }
    guard let interval else { return try show(try await hosts.ask { try await read($0) }) }
    let interruption = try Interruption.ofProgram()
    let found = try await hosts.ask { vantage in
      var last = try await begin(vantage)
      repeat {
        let part = try await vantage.ask(LogsNextQuestion(within: interval)).value
        last.document = finished(part) ?? last.document
        try print(last)
      } while !interruption.hasCome
      return last
    }
    let answer = self.answer(found)
    for remark in answer.remarks(output) { Console.report(remark) }
    // That nothing came meanwhile is an answer.
    if !found.failures.isEmpty || !found.refusals.isEmpty || found.answers.isEmpty { throw answer.status }
  }

  /// Begins to read on one host.
  private func begin(_ vantage: any Vantage) async throws -> FoundLogs {
    let start = try await vantage.ask(question).value
    let name = isOneHost ? "" : "\(vantage.host): "
    let isMissing = start.series.isEmpty && start.failures.isEmpty
    // A report has the notes itself; what grows is reported many times.
    if isMissing || interval != nil { for note in start.notes { Console.report("\(name)\(note)") } }
    if start.series.isEmpty, start.failures.isEmpty {
      guard question.paths.isEmpty else {
        throw TargetError(
          code: .unknown, text: question.paths.joined(separator: ", "), advice: "no access logs found there")
      }
      throw TargetError(
        code: .unknown, text: "access logs",
        advice: "no running proxy or web server on \(vantage.host) has one, and none is in the usual folders"
          + " (\(RelayReaders.usualLogs.joined(separator: ", "))); name a log or a folder: headwater logs PATH")
    }
    if output.isVerbose {
      for series in start.series { Console.report("\(name)reading \(series.path) (\(series.files) files)") }
    }
    var document = LogsDocument(made: SystemClock.text(SystemClock.now()) ?? "")
    document.host = vantage.host
    document.notes = start.notes
    return FoundLogs(host: vantage.host, document: document, failures: start.failures, isEmpty: start.series.isEmpty)
  }

  /// Reads one host's logs once, from start to end.
  private func read(_ vantage: any Vantage) async throws -> FoundLogs {
    var found = try await begin(vantage)
    let interruption = try Interruption.ofProgram()
    while true {
      let part = try await vantage.ask(LogsNextQuestion(within: 1, isLast: interruption.hasCome)).value
      guard var document = finished(part) else { continue }
      document.notes += found.document.notes.filter { !document.notes.contains($0) }
      found.document = document
      return found
    }
  }

  /// Reads a host's logs in a bundle.
  private func read(_ recorded: RecordedLogs) -> FoundLogs {
    let reading = RecordedLogsReading(recorded, question)
    var found = FoundLogs(
      host: recorded.host, document: reading.document, failures: [], isEmpty: recorded.logs.isEmpty)
    found.document.host = recorded.host
    found.document.notes += recorded.notes.filter { $0.isShown(isVerbose: output.isVerbose) }.map(\.text)
    if let addresses { addresses.add(reading.clients, to: &found.document, top: question.top) }
    return found
  }

  private func finished(_ part: LogsPart) -> LogsDocument? {
    guard var document = part.document else { return nil }
    if let addresses, let clients = part.clients { addresses.add(clients, to: &document, top: question.top) }
    return document
  }

  private func answer(_ found: HostAnswers<FoundLogs>) -> LogsAnswer {
    LogsAnswer(found, isOneHost: isOneHost, grouping: grouping, top: top)
  }

  private func show(_ found: HostAnswers<FoundLogs>) throws {
    let answer = self.answer(found)
    guard isCSV, let only = found.answers.first else { return try output.show(answer) }
    Console.print(csv(only.document))
    for note in only.document.notes { Console.report("\(note)") }
    for remark in answer.remarks(output) { Console.report(remark) }
    if answer.status != .answered { throw answer.status }
  }

  /// Prints one interval of one host.
  private func print(_ found: FoundLogs) throws {
    if output.isJSON {
      Console.print(try Document(found.document, isPretty: false))
    } else if isCSV {
      Console.print(csv(found.document))
    } else {
      let answer = self.answer(HostAnswers([found]))
      Console.print(answer.lines(output), output.style)
    }
  }

  private func csv(_ document: LogsDocument) -> Document {
    Document(values: LogsCSV.text(document, by: grouping ?? .site))
  }
}

/// The window in which requests count, in seconds since the epoch; a nil limit is open.
struct LogsWindow {
  var since: Double?
  var until: Double?

  init(since: String?, until: String?, length: String?) throws {
    // Most logs have whole seconds: a window that begins within one would have a part of it without its line.
    let now = SystemClock.now().rounded(.down)
    let time = { (option: String, text: String?) throws -> Double? in
      guard let text else { return nil }
      guard let time = LogTime.parse(text, now: now) else {
        throw CommandFailure(
          .usage, "\(option) takes a time (2025-03-10T08:00:00Z) or how long ago (2h, 1d), not \(text)")
      }
      return time
    }
    self.since = try time("--since", since)
    self.until = try time("--until", until)
    if let text = length {
      guard let length = LogTime.length(text) else {
        throw CommandFailure(.usage, "--for takes a length of time such as 90s, 15m, 2h, 1d, not \(text)")
      }
      if let since = self.since {
        self.until = self.until ?? since + length
      } else {
        self.since = (self.until ?? now) - length
      }
    }
    if let since = self.since, let until = self.until, since >= until {
      throw CommandFailure(.usage, "--since must be before --until")
    }
  }
}
