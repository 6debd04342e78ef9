internal import ArgumentParser
internal import Bundles

/// Recorded evidence that is asked in place of a host: `--bundle`.
struct BundleOptions: ParsableArguments {
  @Option(
    name: .customLong("bundle"),
    help: ArgumentHelp(
      "Ask recorded evidence instead of this host: an archive of headwater collect, a folder, or pasted outputs. Repeatable.",
      valueName: "file"))
  var bundles: [String] = []

  var isGiven: Bool { !bundles.isEmpty }

  /// What was recorded can be asked by nobody's meter, and is no other host's.
  func refuse(_ meter: MeterOptions, _ hosts: some HostChoice) throws {
    guard isGiven else { return }
    guard meter.meter == nil else { throw ValidationError("--meter is for this host, and --bundle takes its place") }
    guard !hosts.isGiven else { throw ValidationError("--bundle and --host ask different things: give one of them") }
  }

  /// The hosts that are in it; nil if none was asked for.
  func vantages() throws -> [BundleVantage]? {
    isGiven ? try EvidenceBundle(reading: bundles).vantages : nil
  }
}
