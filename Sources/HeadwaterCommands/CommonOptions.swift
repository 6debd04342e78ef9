public import ArgumentParser
internal import Clues
internal import LinuxSystem
public import Meter
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

  /// The sets of addresses that stand for targets: built in, and those of the settings.
  func addressSets() throws -> AddressSets { AddressSets(adding: try hosts.settings().sets) }

  var style: Style {
    Style(isTerminal: ProcessExit.isTerminal(1), noColorOption: noColor, environment: ProcessExit.environment)
  }

  /// Columns of the terminal; nil when piped.
  var width: Int? { Terminal.size(of: 1)?.columns }

  /// For a command that answers for this host alone: an answer about it must not pass for one about another.
  func refuseOtherHosts() throws {
    guard hosts.isGiven else { return }
    throw CommandFailure(
      .usage, "this command asks only the host it runs on; --host and --hosts are for trace and hosts")
  }

  /// This host alone, as `localVantage`; refuses to be asked for others.
  func vantage(watchesRelays: Bool = false, watchesNames: Bool = false) throws -> LocalVantage {
    try refuseOtherHosts()
    return try localVantage(watchesRelays: watchesRelays, watchesNames: watchesNames)
  }

  /// This host with its meter running; ends its windows early on SIGINT and SIGTERM.
  ///
  /// - Parameters:
  ///   - watchesRelays: whether to watch which flows of relays belong together, too.
  ///   - watchesNames: whether to read which names flows ask for, too.
  func localVantage(watchesRelays: Bool = false, watchesNames: Bool = false) throws -> LocalVantage {
    let signals = try Signals()
    let isVerbose = verbose
    return try LocalVantage(
      meter: meter, environment: ProcessExit.environment, watchesRelays: watchesRelays,
      watchesNames: watchesNames,
      windowBegan: { meter in
        // What happens from here on is seen.
        if isVerbose { Console.report("headwater: measuring with the \(meter.rawValue) meter") }
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
