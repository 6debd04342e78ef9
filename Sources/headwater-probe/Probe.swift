internal import Flows
internal import LinuxSystem
internal import LocalHost
internal import Probe
internal import Questions

/// Answers `headwater`'s questions over standard input and output.
///
/// The meter starts with the first measurement. The probe ends when its input closes, after a minute without a
/// question, and on SIGHUP, SIGINT and SIGTERM. The kernel then closes the links to eBPF programs.
@main enum Probe {
  static func main() {
    let arguments = CommandLineWords.all.dropFirst()
    if arguments.first == "--version" {
      print(Program.version)
      return
    }
    guard arguments.isEmpty else {
      report("it takes no arguments but --version: headwater starts it and speaks to it")
      ProcessExit.exit(2)
    }
    // Nobody asks, or nobody could read the answer.
    guard StandardStreams.wasOpen(0), StandardStreams.wasOpen(1) else { return }
    do {
      let signals = try Signals()
      let environment = ProcessExit.environment
      let hello = ProbeHello.own(program: Program.version)
      let server = try ProbeServer(host: hello.host, output: 1, limits: limits(environment)) {
        try LocalVantage(isIdle: true, environment: environment, watchesRelays: true, mustStop: { Task.isCancelled })
      }
      _ = server.serve(hello, input: 0, stop: signals.descriptor)
    } catch {
      report("\(error)")
      ProcessExit.exit(1)
    }
    // It does not wait for questions under way.
    ProcessExit.exit(0)
  }

  /// `HEADWATER_PROBE_SILENCE` sets the seconds without a question after which the probe ends.
  private static func limits(_ environment: [String: String]) -> WireLimits {
    var limits = WireLimits()
    if let text = environment["HEADWATER_PROBE_SILENCE"], let seconds = Double(text), seconds > 0, seconds <= 86400 {
      limits.silence = seconds
    }
    return limits
  }

  private static func report(_ text: String) {
    try? SharedStream.write(Array("headwater-probe: \(text)\n".utf8), to: 2, seconds: 5)
  }
}
