internal import ArgumentParser

struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Write a bundle of evidence for someone else to trace.",
    discussion: """
      The bundle is one tar.gz: what moved while it was recorded, interfaces, containers, translations, tunnels' \
      clients, relays' sessions, and the configuration and status files of VPNs and proxies. Keys, passwords, tokens, \
      query strings and environments are left out. `headwater trace --bundle FILE` reads it, without any privileges.

      With --host or --hosts those hosts are recorded, all at the same time, each in a folder of its own.

      Where nothing may be installed, `headwater collect --script | ssh HOST sudo sh > HOST.tar.gz` records with the \
      tools that are there.
      """)

  @Option(
    name: .customLong("for"), help: ArgumentHelp("Record for this long (default: 10).", valueName: "seconds"))
  var window: Window?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the bundle to this file; - for standard output.", valueName: "file"))
  var output: String?

  @Flag(
    help: "Print a shell script that records with the tools of its host and writes the bundle to standard output.")
  var script = false

  @Flag(help: "Print what was recorded as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Say when recording begins.")
  var verbose = false

  @OptionGroup var meter: MeterOptions
  @OptionGroup var hosts: HostOptions

  func validate() throws {
    try hosts.refuse(meter)
    if script {
      let isOnlyOption = window == nil && output == nil && !json && !verbose && meter.meter == nil && !hosts.isGiven
      guard isOnlyOption else { throw ValidationError("--script only prints the script; it takes no other option") }
    } else {
      guard let output else { throw ValidationError("give --output FILE, or --script") }
      guard output != "-" || !json else { throw ValidationError("--json needs standard output; give --output a file") }
    }
  }

  func run() async throws {
    guard !script else { return Console.print(Document(script: CollectScript.text)) }
    let request = try CollectRequest(self)
    try await request.output.show(request.answer())
  }
}
