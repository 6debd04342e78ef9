internal import ArgumentParser

struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Keep a history of who uses the network, as a service.",
    discussion: """
      It measures all the time, traces once a minute what passed the interfaces that lead away from the host, and keeps it \
      in a file of limited size (watch: in config.yaml). headwater history answers from it. It runs in the foreground \
      until SIGTERM or SIGINT, writes what it has then, and reads its settings again on SIGHUP.
      """)

  @Option(help: ArgumentHelp("Read the settings in this file first.", valueName: "file"))
  var config: String?

  @Flag(help: "Check the settings, say what would be watched, and end.")
  var check = false

  @OptionGroup var meter: MeterOptions

  @Flag(name: .shortAndLong, help: "Say what is written each minute.")
  var verbose = false

  func run() async throws { try await WatchRequest(self).run() }
}
