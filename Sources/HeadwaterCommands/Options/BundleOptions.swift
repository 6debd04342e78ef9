internal import ArgumentParser
internal import Bundles
internal import Flows

/// `--bundle`: recorded evidence instead of a host.
struct BundleOptions: ParsableArguments {
  @Option(
    name: .customLong("bundle"),
    help: ArgumentHelp(
      "Ask recorded evidence instead of this host: an archive of headwater collect, a folder, or pasted outputs. Repeatable.",
      valueName: "file"))
  var bundles: [String] = []

  var isGiven: Bool { !bundles.isEmpty }

  /// Rejects `--meter` and other hosts, which do not apply to recorded evidence.
  func refuse(_ meter: MeterOptions, _ hosts: some HostChoice) throws {
    guard isGiven else { return }
    guard meter.meter == nil else { throw ValidationError("--meter is for this host, and --bundle takes its place") }
    guard !hosts.isGiven else { throw ValidationError("--bundle and --host ask different things: give one of them") }
  }

  /// The bundles with their hosts; nil if none were asked for.
  func evidence() throws -> EvidenceBundle? { isGiven ? try EvidenceBundle(reading: bundles) : nil }
}
