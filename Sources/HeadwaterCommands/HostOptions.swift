internal import ArgumentParser
internal import Fleet
internal import LinuxSystem
internal import Views

/// Which other hosts are asked.
struct HostOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask this host: one of the settings, or whatever ssh takes. Repeatable. top and trace look at it together with this one; relays, inspect and collect answer for it instead.",
      valueName: "name"))
  var host: [String] = []

  @Option(
    help: ArgumentHelp(
      "Ask the hosts of this file; it has the keys of the settings.", valueName: "file"))
  var hosts: String?

  @Option(
    help: ArgumentHelp("Give a host this long to take the connection; 5 unless said otherwise.", valueName: "seconds"))
  var hostTimeout: Window?

  /// Whether other hosts were asked for on the command line.
  var isGiven: Bool { !host.isEmpty || hosts != nil }

  /// What the settings files and that of `--hosts` say.
  func settings() throws -> FleetSettings {
    try FleetSettings(file: hosts, environment: ProcessExit.environment)
  }

  /// The hosts that are meant: those of `--host`, else all of `--hosts` or of the settings. Reports notes on the settings.
  func specifications() throws -> [HostSpecification] {
    let settings = try settings()
    for note in settings.notes { Console.report("\(note)") }
    return try settings.hosts(named: host)
  }

  var limits: FleetLimits {
    var limits = FleetLimits()
    if let hostTimeout {
      limits.connect = hostTimeout.seconds
      limits.start = max(limits.start, 2 * hostTimeout.seconds)
      limits.question = max(limits.question, 2 * hostTimeout.seconds)
    }
    return limits
  }

  /// The file that `hosts add` and `hosts forget` change: that of `--hosts`, else this user's own.
  func changeableFile() throws -> String {
    if let hosts { return hosts.contains("/") ? hosts : "./\(hosts)" }
    guard let own = FleetSettings.ownFile(environment: ProcessExit.environment) else {
      throw CommandFailure(.usage, "there is no HOME to keep settings in; name a file by --hosts")
    }
    return own
  }
}
