internal import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Vantage
internal import Views

struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Write a bundle of evidence, for someone else to trace.",
    discussion: """
      The bundle is one tar.gz: what moved while it was recorded, interfaces, containers, translations, tunnels' \
      clients, relays' sessions, and the configuration and status files of VPNs and proxies; keys, passwords, tokens, \
      query strings and environments are left out. `headwater trace --bundle FILE` reads it, with no privilege at all.

      Where nothing may be installed, `headwater collect --script | ssh HOST sudo sh > HOST.tar.gz` records with the \
      tools that are there.
      """)

  @Option(name: .customLong("for"), help: ArgumentHelp("Record for this long.", valueName: "seconds"))
  var window = Window(10)

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Print a shell script that collects with the tools of its host and writes the same to standard output.")
  var script = false

  @OptionGroup var options: CommonOptions

  func validate() throws {
    guard script || output != nil else { throw ValidationError("give --output FILE, or --script") }
  }

  func run() async throws {
    guard !script else {
      Console.write(CollectScript.text)
      return
    }
    guard let output else { return }
    let recorder = RecordingVantage(try options.vantage(watchesRelays: true))
    let trace = try await Tracer(recorder).trace(nil, seconds: window.seconds, sets: try options.addressSets())
    // Another host may ask for what this trace did not follow.
    for row in trace.interval.flows.prefix(20_000) {
      _ = try await recorder.translation(of: row.flow, in: row.namespace)
    }
    let owners =
      trace.interval.flows.map(\.owner) + trace.inventory.namespaces.flatMap(\.interfaces).compactMap(\.deviceOwner)
    let record = BundleRecord(
      inventory: trace.inventory, interval: trace.interval, answers: await recorder.answers,
      sockets: try await recorder.sockets(), files: LocalEvidence.files(of: owners))
    let bytes = try record.archive()
    try write(bytes, to: output)
    Console.report(
      "headwater: \(trace.interval.flows.count) flows of \(Units.duration(trace.interval.seconds)) and"
        + " \(record.files.count) files of \(recorder.host.visible) in \(output.visible), \(bytes.count) bytes")
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    guard path != "-" else {
      try writeAll(bytes, to: 1)
      return
    }
    let file = try Descriptor(creating: path)
    try writeAll(bytes, to: file.number)
    try file.close()
  }
}
