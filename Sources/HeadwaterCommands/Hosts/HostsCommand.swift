internal import ArgumentParser

struct HostsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hosts",
    abstract: "Show which hosts can be queried over SSH and with which rights, or why not.",
    discussion: """
      Hosts are configured in ~/.config/headwater/config.yaml or /etc/headwater/config.yaml. They are reached by OpenSSH's \
      own client, with its ssh_config, keys and agents; passwords are never asked for. Nothing needs to be installed on \
      them: headwater-probe is copied to ~/.cache/headwater/ on first use.
      """,
    subcommands: [HostsListCommand.self, HostsAddCommand.self, HostsForgetCommand.self, HostsCheckCommand.self],
    defaultSubcommand: HostsListCommand.self)
}

/// The settings file with the hosts, and the time limit for each host.
struct HostsFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Use the hosts in this file instead of those in config.yaml (same format).", valueName: "file"))
  var hosts: String?

  @Option(help: ArgumentHelp("Give each host this long to accept the connection (default: 5).", valueName: "seconds"))
  var hostTimeout: Window?
}

struct HostsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Query all hosts, or those of --host, side by side.")

  @Option(
    help: ArgumentHelp(
      "Query only this host (a name from the settings, or any ssh destination). Repeatable.", valueName: "name"))
  var host: [String] = []

  @OptionGroup var file: HostsFileOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let request = try HostsRequest(self)
    try await request.output.show(request.answer())
  }
}

struct HostsCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Query one host, and show everything that is found out about it.")

  @Argument(help: "The host's name, or any ssh destination.")
  var name: String

  @OptionGroup var file: HostsFileOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let request = try HostsRequest(self)
    try await request.output.show(request.answer())
  }
}

struct HostsAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a host to the settings.",
    discussion: "SSH is any ssh destination: root@10.0.7.248, or an alias of ssh_config. Without it, it is NAME.")

  @Argument(help: "What to call the host.")
  var name: String

  @Argument(help: "How ssh reaches it.")
  var ssh: String?

  @Option(help: ArgumentHelp("Add it to this file instead of ~/.config/headwater/config.yaml.", valueName: "file"))
  var hosts: String?

  @OptionGroup var output: JSONOptions

  func run() throws {
    let request = try HostAddition(self)
    try output.resolved.show(request.answer())
  }
}

struct HostsForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Remove the probe from a host, and the host from the settings.")

  @Argument(help: "The host's name, or any ssh destination.")
  var name: String

  @OptionGroup var file: HostsFileOptions
  @OptionGroup var output: JSONOptions

  func run() async throws {
    let request = try HostRemoval(self)
    try await output.resolved.show(request.answer())
  }
}
