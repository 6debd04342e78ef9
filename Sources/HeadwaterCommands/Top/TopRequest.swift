internal import Accounts
internal import ArgumentParser
internal import Flows
internal import LinuxSystem
internal import Programs
internal import Questions
internal import Sessions
internal import Views

/// The resolved request of `headwater top`.
struct TopRequest: Sendable {
  enum Form: Sendable { case live, table, json }

  let form: Form
  let output: Output
  let here: LocalMeasurement
  let others: HostSelection?
  /// Recorded evidence instead of this host.
  let bundles: [String]
  let grouping: TopGrouping
  let units: Units
  let names: TopNames
  /// Seconds between two intervals.
  let interval: Double
  /// After how many seconds it ends, or how long the table measures; nil for no end.
  let seconds: Double?
  /// The options with which a row is traced.
  private let traceOptions: [String]

  init(_ command: TopCommand) throws {
    output = command.output.resolved
    let isTerminal = ProcessExit.isTerminal(1) && ProcessExit.isTerminal(0)
    form = command.output.json ? .json : command.once || !isTerminal ? .table : .live
    guard form != .table || command.interval == nil else {
      throw ValidationError("--interval is for the live view and --json; --for says how long a single table measures")
    }
    let settings = try command.hosts.settings()
    others = try command.hosts.selection(settings)
    bundles = command.recorded.bundles
    grouping = command.by ?? .process
    var here = command.meter.resolved(output, watchesNames: grouping == .name)
    (here.isLive, here.isOptional) = (form == .live, others != nil)
    self.here = here
    units = Units(command.bytes ? .bytes : .bits)
    interval = command.interval?.seconds ?? (command.once ? command.window?.seconds : nil) ?? 1
    seconds = command.window?.seconds ?? (form == .table ? 2 : command.once ? interval : nil)
    traceOptions =
      (command.meter.meter.map { ["--meter", $0.rawValue] } ?? []) + command.hosts.host.flatMap { ["--host", $0] }
      + (command.hosts.hosts.map { ["--hosts", $0] } ?? [])
      + (command.hosts.hostTimeout.map { ["--host-timeout", "\($0.seconds)"] } ?? [])
    let sets = settings.addressSets()
    let places = settings.places(isWanted: grouping == .country || grouping == .network)
    let hosts = command.resolve ? try HostNameCache() : nil
    names = TopNames(
      prefixSet: { sets.name(of: $0) }, service: { ServiceNames.host.name(of: $1, $0) }, hosts: hosts,
      place: { places.place(of: $0) })
    if let hosts { Companion.start { try? hosts.fill(HostLookup.name) } }
  }

  /// Measures and shows until the time is over or a person ends it.
  func run() async throws {
    if !bundles.isEmpty { return try await showRecorded() }
    let group = try await HostGroup(here, others: others)
    report(group.notes)
    let intervals = LiveIntervals(group.vantage, isJoined: others != nil)
    try await intervals.begin()
    if output.isVerbose, others != nil { Console.report("measuring on all hosts") }
    switch form {
    case .json: try await lines(intervals)
    case .table: Console.print(table.lines(try await intervals.next(after: seconds ?? 2, isLast: true)), output.style)
    case .live: try show(intervals)
    }
    try end(group)
  }

  private func end(_ group: HostGroup) throws {
    for failure in group.failures { Console.report("\(failure)") }
    if !group.failures.isEmpty { throw ExitStatus.unreachable }
  }

  private var table: TopTable { TopTable(grouping, units: units, names: names, width: output.width) }

  private func report(_ notes: [Note]) {
    for note in notes where note.isShown(isVerbose: output.isVerbose) { Console.report("\(note)") }
  }

  /// Shows once what was measured when the evidence was recorded.
  private func showRecorded() async throws {
    let group = try await HostGroup(here, others: nil, bundles: bundles)
    let interval = try await group.vantage.measure(seconds: 0)
    report(group.notes)
    if form == .json {
      Console.print(try Document(interval, isPretty: false))
    } else {
      Console.print(table.lines(interval), output.style)
    }
    try end(group)
  }

  /// Prints one line of JSON per interval, until the time is over or a signal comes.
  private func lines(_ intervals: LiveIntervals) async throws {
    let end = MonotonicClock.seconds + (seconds ?? .infinity)
    let interruption = try Interruption.ofProgram()
    while true {
      let left = end - MonotonicClock.seconds
      let isLast = left <= interval + 0.001
      Console.print(
        try Document(
          try await intervals.next(after: min(interval, max(left, 0)), isLast: isLast), isPretty: false))
      if isLast || interruption.hasCome { return }
    }
  }

  private func show(_ intervals: LiveIntervals) throws {
    let state = TopState(
      grouping: grouping, units: units, names: names,
      size: Terminal.size(of: 1) ?? Terminal.Size(columns: 80, rows: 24))
    let end = seconds.map { MonotonicClock.seconds + $0 }
    let step = interval
    // The first answer comes soon, regardless of the interval.
    var wait = min(1, step)
    // The hosts themselves measure the time, so that their intervals end together.
    let trace = RowTrace(options: traceOptions)
    try TopLoop.run(
      state, style: output.style, every: 0,
      stop: {
        trace.stop()
        intervals.stop()
      }, trace: { trace.lines(of: $0) }
    ) {
      if let end, MonotonicClock.seconds >= end { return nil }
      defer { wait = step }
      return try intervals.waitForNext(after: min(wait, end.map { max(0, $0 - MonotonicClock.seconds) } ?? wait))
    }
  }
}
