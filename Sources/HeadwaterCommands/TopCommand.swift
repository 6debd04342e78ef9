public import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Vantage
public import Views

extension TopGrouping: ExpressibleByArgument {}

struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Who uses the network now: by process, container, unit, service, remote, set, interface, name, host.",
    discussion: """
      Live on a terminal (press h for the keys); one plain table when piped or with --once.

      With --host or --hosts this host and the others are one view, and it says who talks to whom among them (key w). A \
      host that drops out is named and costs only its own part; the exit status is 4 then.
      """)

  @Flag(help: "Measure once, print one table.")
  var once = false

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure for this long, or end after it.", valueName: "seconds"))
  var window: Window?

  @Option(help: ArgumentHelp("Seconds between two intervals of the live view and of --json.", valueName: "seconds"))
  var interval = Window(1)

  @Option(help: "Group by: \(TopGrouping.allCases.map(\.rawValue).joined(separator: ", ")).")
  var by = TopGrouping.process

  @Flag(help: "Bytes in place of bits.")
  var bytes = false

  @Flag(help: "Names of remote addresses by reverse DNS, as they come; never waited for.")
  var resolve = false

  @OptionGroup var options: CommonOptions

  func run() async throws {
    let sets = try options.addressSets()
    let places = try options.places(isWanted: by == .country || by == .network)
    let hosts = resolve ? try HostNameCache() : nil
    let names = TopNames(
      prefixSet: { sets.name(of: $0) }, service: { ServiceNames.host.name(of: $1, $0) }, hosts: hosts,
      place: { places.place(of: $0) })
    let units = Units(bytes ? .bytes : .bits)
    if let hosts { Companion.start { try? hosts.fill(HostLookup.name) } }
    let isPlain = once || !ProcessExit.isTerminal(1) || !ProcessExit.isTerminal(0)
    let table = TopTable(by, units: units, names: names, width: options.width)
    if options.hosts.isGiven {
      let group = try await HostGroup(options, watchesRelays: false, watchesNames: by == .name, isLive: true)
      if options.json {
        try await lines(group)
      } else if isPlain {
        try await self.table(group, table)
      } else {
        try await show(group, state(units, names))
      }
      try group.reportFailures()
      return
    }
    let vantage = try options.localVantage(watchesNames: by == .name)
    if options.json {
      try lines(vantage)
    } else if isPlain {
      let interval = try vantage.interval(seconds: window?.seconds ?? 2)
      Console.print(table.lines(interval), options.style)
    } else {
      let end = window.map { MonotonicClock.seconds + $0.seconds }
      try vantage.beginWindow()
      try TopLoop.run(state(units, names), style: options.style, every: interval.seconds) {
        if let end, MonotonicClock.seconds >= end { return nil }
        return try vantage.nextInterval()
      }
    }
  }

  func state(_ units: Units, _ names: TopNames) -> TopState {
    TopState(
      grouping: by, units: units, names: names, size: Terminal.size(of: 1) ?? Terminal.Size(columns: 80, rows: 24))
  }

  /// A line of JSON per interval, until the time is over or a signal ends it.
  private func lines(_ vantage: LocalVantage) throws {
    let end =
      window.map { MonotonicClock.seconds + $0.seconds } ?? (once ? MonotonicClock.seconds + interval.seconds : nil)
    try vantage.beginWindow()
    while true {
      let left = end.map { $0 - MonotonicClock.seconds } ?? .infinity
      let isEnding = try vantage.wait(seconds: min(interval.seconds, max(left, 0)))
      Console.print(try Document(try vantage.nextInterval(), isPretty: false))
      if isEnding || left <= interval.seconds + 0.001 { return }
    }
  }
}
