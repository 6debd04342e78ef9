public import ArgumentParser
internal import LinuxSystem
public import Meter
internal import Sessions

extension MeterKind: ExpressibleByArgument {}

/// How this host counts bytes.
struct MeterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Count bytes on this host with this meter: ebpf (exact) or sockets (estimates, needs no eBPF).",
      valueName: "ebpf|sockets"))
  var meter: MeterKind?

  /// - Parameter output: with `--verbose` it prints when a window begins.
  func resolved(
    _ output: Output, watchesRelays: Bool = false, watchesNames: Bool = false
  ) -> LocalMeasurement {
    var measurement = LocalMeasurement(meter: meter, environment: ProcessExit.environment)
    measurement.watchesRelays = watchesRelays
    measurement.watchesNames = watchesNames
    if output.isVerbose {
      measurement.windowBegan = { Console.report("measuring with the \($0.rawValue) meter") }
    }
    return measurement
  }
}
