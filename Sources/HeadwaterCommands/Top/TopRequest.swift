internal import ArgumentParser
internal import Clues
internal import LinuxSystem
internal import Sessions
internal import LocalHost
internal import Views

/// What `headwater top` was asked for.
struct TopRequest: Sendable {
  enum Form: Sendable { case live, table, json }

  let form: Form
  let output: Output
  let here: LocalMeasurement
  let others: HostSelection?
  let grouping: TopGrouping
  let units: Units
  let names: TopNames
  /// Seconds between two intervals.
  let interval: Double
  /// Seconds after which it ends, or that the table measures; nil for no end.
  let seconds: Double?

  init(_ command: TopCommand) throws {
    output = command.output.resolved
    let isTerminal = ProcessExit.isTerminal(1) && ProcessExit.isTerminal(0)
    form = command.output.json ? .json : command.once || !isTerminal ? .table : .live
    guard form != .table || command.interval == nil else {
      throw ValidationError("--interval is for the live view and --json; --for says how long a single table measures")
    }
    let settings = try command.hosts.settings()
    others = try command.hosts.selection(settings)
    grouping = command.by ?? .process
    here = command.meter.resolved(output, watchesNames: grouping == .name, isLive: others != nil)
    units = Units(command.bytes ? .bytes : .bits)
    interval = command.interval?.seconds ?? 1
    seconds = command.window?.seconds ?? (form == .table ? 2 : command.once ? interval : nil)
    let sets = settings.addressSets()
    let places = settings.places(isWanted: grouping == .country || grouping == .network)
    let hosts = command.resolve ? try HostNameCache() : nil
    names = TopNames(
      prefixSet: { sets.name(of: $0) }, service: { ServiceNames.host.name(of: $1, $0) }, hosts: hosts,
      place: { places.place(of: $0) })
    if let hosts { Companion.start { try? hosts.fill(HostLookup.name) } }
  }

  /// Measures and shows, until the time is over or somebody ends it.
  func run() async throws {
    guard let others else { return try runHere() }
    let group = try await HostGroup(here, others: others)
    switch form {
    case .json: try await lines(group)
    case .table: try await table(group)
    case .live: try await show(group)
    }
    for failure in group.failures { Console.report("\(failure)") }
    if !group.failures.isEmpty { throw ExitStatus.unreachable }
  }

  var table: TopTable { TopTable(grouping, units: units, names: names, width: output.width) }

  var state: TopState {
    TopState(
      grouping: grouping, units: units, names: names,
      size: Terminal.size(of: 1) ?? Terminal.Size(columns: 80, rows: 24))
  }

  private func runHere() throws {
    let vantage = try here.vantage()
    switch form {
    case .json: try lines(vantage)
    case .table: Console.print(table.lines(try vantage.interval(seconds: seconds ?? 2)), output.style)
    case .live:
      let end = seconds.map { MonotonicClock.seconds + $0 }
      try vantage.beginWindow()
      try TopLoop.run(state, style: output.style, every: interval) {
        if let end, MonotonicClock.seconds >= end { return nil }
        return try vantage.nextInterval()
      }
    }
  }

  /// A line of JSON per interval, until the time is over or a signal ends it.
  private func lines(_ vantage: LocalVantage) throws {
    let end = seconds.map { MonotonicClock.seconds + $0 }
    try vantage.beginWindow()
    while true {
      let left = end.map { $0 - MonotonicClock.seconds } ?? .infinity
      let isEnding = try vantage.wait(seconds: min(interval, max(left, 0)))
      Console.print(try Document(try vantage.nextInterval(), isPretty: false))
      if isEnding || left <= interval + 0.001 { return }
    }
  }
}
