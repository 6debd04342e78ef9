internal import ArgumentParser
internal import Fleet
internal import LinuxSystem
internal import Sessions

/// `--host`, `--hosts` and `--host-timeout`: which other hosts to query.
protocol HostChoice: ParsableArguments {
  var host: [String] { get }
  var hosts: String? { get }
  var hostTimeout: Window? { get }
}

/// Other hosts that are queried together with this one.
struct JoinedHostOptions: HostChoice {
  @Option(
    help: ArgumentHelp(
      "Also query this host (a name from the settings, or any ssh destination). Repeatable.", valueName: "name"),
    completion: CompletionWords.hostNames)
  var host: [String] = []

  @Option(
    help: ArgumentHelp("Query all hosts in this file (same format as config.yaml).", valueName: "file"),
    completion: .file())
  var hosts: String?

  @Option(help: ArgumentHelp("Give each host this long to accept the connection (default: 5).", valueName: "seconds"))
  var hostTimeout: Window?

  func validate() throws { try validateTimeout() }
}

/// Hosts that are queried instead of this one.
struct HostOptions: HostChoice {
  @Option(
    help: ArgumentHelp(
      "Query this host instead of this one (a name from the settings, or any ssh destination). Repeatable.",
      valueName: "name"), completion: CompletionWords.hostNames)
  var host: [String] = []

  @Option(
    help: ArgumentHelp(
      "Query all hosts in this file instead of this one (same format as config.yaml).", valueName: "file"),
    completion: .file())
  var hosts: String?

  @Option(help: ArgumentHelp("Give each host this long to accept the connection (default: 5).", valueName: "seconds"))
  var hostTimeout: Window?

  /// Whether the answer is that of one host (this or another), so that its document stands alone.
  var isOneHost: Bool { !isGiven || host.count == 1 }

  func validate() throws { try validateTimeout() }

  /// Rejects `--meter`, which applies to this host.
  func refuse(_ meter: MeterOptions) throws {
    guard isGiven, meter.meter != nil else { return }
    throw ValidationError("--meter is for this host; other hosts use their best meter")
  }
}

extension HostChoice {
  /// Whether the command line asks for other hosts.
  var isGiven: Bool { !host.isEmpty || hosts != nil }

  func validateTimeout() throws {
    guard hostTimeout == nil || isGiven else { throw ValidationError("--host-timeout needs --host or --hosts") }
  }

  /// The settings, with those in the file of `--hosts`.
  func settings() throws -> Settings { try Settings(file: hosts) }

  /// The hosts to query: those of `--host`, else all of `--hosts`; nil if none were asked for. Prints notes on the
  /// settings.
  func selection(_ settings: Settings) throws -> HostSelection? {
    guard isGiven else { return nil }
    settings.reportNotes()
    let chosen = try settings.fleet.hosts(named: host)
    guard !chosen.isEmpty else {
      throw CommandFailure(.usage, "no hosts are configured; add one with: headwater hosts add NAME [SSH]")
    }
    return HostSelection(
      chosen, limits: FleetLimits(timeout: hostTimeout),
      environment: ProcessExit.environment)
  }
}

extension FleetLimits {
  /// - Parameter timeout: the time within which a host must accept the connection.
  init(timeout: Window?) {
    self.init()
    guard let timeout else { return }
    connect = timeout.seconds
    start = max(start, 2 * timeout.seconds)
    question = max(question, 2 * timeout.seconds)
  }
}
