public import ArgumentParser
internal import Clues
internal import Fleet
internal import Flows
internal import LinuxSystem
public import Meter
internal import Places
internal import Vantage
internal import Views

extension MeterKind: ExpressibleByArgument {}

/// Options that every command has.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "No colours, also on a terminal.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Say more of how the answer came about.")
  var verbose = false

  @Option(
    help: ArgumentHelp("Count with this meter: ebpf (exact) or sockets (no eBPF needed).", valueName: "ebpf|sockets"))
  var meter: MeterKind?

  @OptionGroup var hosts: HostOptions

  /// The sets of addresses that stand for targets: built in, imported, and those of the settings, of which the last named
  /// go first. Reports imported ones that can't be read.
  func addressSets() throws -> AddressSets {
    let (imported, notes) = AddressSetFolder(environment: ProcessExit.environment).all()
    for note in notes { Console.report("\(note)") }
    var parts: [String: [Prefix]] = [:]
    for (name, set) in imported {
      for (part, prefixes) in set.prefixesByPart { parts["\(name):\(part)"] = prefixes }
    }
    let sets = try hosts.settings().sets.merging(imported.mapValues(\.prefixes)) { settings, _ in settings }
    return AddressSets(adding: sets, parts: parts)
  }

  /// Where addresses are, as the databases on this host say.
  ///
  /// - Parameter isWanted: whether places were asked for; where there is no database, that is then said.
  func places(isWanted: Bool) throws -> Places {
    let environment = ProcessExit.environment
    let own = FleetSettings.ownFile(environment: environment).map { String($0.dropLast("/config.yaml".count)) }
    let places = Places(files: try hosts.settings().places, folders: Places.folders + (own.map { [$0] } ?? []))
    for error in places.errors { Console.report("\(error)") }
    if isWanted, places.databases.isEmpty { Console.report("\(Places.advice)") }
    return places
  }

  var style: Style {
    Style(isTerminal: ProcessExit.isTerminal(1), noColorOption: noColor, environment: ProcessExit.environment)
  }

  /// Columns of the terminal; nil when piped.
  var width: Int? { Terminal.size(of: 1)?.columns }

  /// For a command that answers for this host alone: an answer about it must not pass for one about another.
  func refuseOtherHosts() throws {
    guard hosts.isGiven else { return }
    throw CommandFailure(
      .usage,
      "this command asks only the host it runs on; --host and --hosts are for top, trace, relays, inspect, collect and hosts"
    )
  }

  /// This host with its meter running; ends its windows early on SIGINT and SIGTERM.
  ///
  /// - Parameters:
  ///   - watchesRelays: whether to watch which flows of relays belong together, too.
  ///   - watchesNames: whether to read which names flows ask for, too.
  ///   - isLive: its intervals end early if their task is cancelled, and only then: signals are for the view.
  func localVantage(
    watchesRelays: Bool = false, watchesNames: Bool = false, isLive: Bool = false
  ) throws -> LocalVantage {
    if isLive {
      return try LocalVantage(
        meter: meter, environment: ProcessExit.environment, watchesRelays: watchesRelays, watchesNames: watchesNames,
        mustStop: { Task.isCancelled })
    }
    let signals = try Signals()
    let isVerbose = verbose
    return try LocalVantage(
      meter: meter, environment: ProcessExit.environment, watchesRelays: watchesRelays,
      watchesNames: watchesNames,
      windowBegan: { meter in
        // What happens from here on is seen.
        if isVerbose { Console.report("measuring with the \(meter.rawValue) meter") }
      }
    ) {
      let isEnding = signals.read().contains(where: \.endsProgram)
      // The window ends and what was measured is shown; a second signal ends the program.
      if isEnding { signals.endByDefault() }
      return isEnding
    }
  }
}

/// A measuring window in seconds.
struct Window: ExpressibleByArgument {
  let seconds: Double

  init?(argument: String) {
    let text = argument.hasSuffix("s") ? String(argument.dropLast()) : argument
    guard let seconds = Double(text), seconds.isFinite, seconds > 0, seconds <= 86400 else { return nil }
    self.seconds = seconds
  }

  init(_ seconds: Double) { self.seconds = seconds }

  var defaultValueDescription: String { "\(Int(seconds))" }
}
