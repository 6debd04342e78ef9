internal import ArgumentParser

struct SetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sets",
    abstract: "Manage named sets of addresses, such as providers' ranges.",
    discussion: """
      Sets are targets of trace (cloudflare, aws, aws:ec2, aws:eu-west-1) and groups of top --by prefix. Formats: plain \
      lists of prefixes, addresses and ranges a-b; the JSON of AWS (ip-ranges.json), Google (goog.json, cloud.json), \
      Azure (service tags), Fastly and Cloudflare. Imported sets are kept in ~/.config/headwater/sets. Sets in config.yaml \
      take precedence.
      """,
    subcommands: [SetsListCommand.self, SetsImportCommand.self, SetsForgetCommand.self],
    defaultSubcommand: SetsListCommand.self)
}

struct SetsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show all sets: how many prefixes they have, their source and age.")

  @OptionGroup var settings: SettingsOptions

  @Flag(help: "Print the answer as JSON.")
  var json = false

  @Flag(help: "Do not use colours, even on a terminal.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Show the names of each set's parts.")
  var verbose = false

  func run() throws {
    let request = try SetsRequest(self)
    try Output(isJSON: json, isVerbose: verbose, noColor: noColor).show(request.answer())
  }
}

struct SetsImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read a list of addresses and keep it as a set. A set of the same name is replaced.")

  @Argument(help: "What to call the set: small letters, digits, - and _.")
  var name: String

  @Argument(help: "A file as the provider publishes it; its format is recognised by its content.")
  var file: String

  @OptionGroup var output: JSONOptions

  func run() throws { try output.resolved.show(SetImport(name: name, file: file).answer()) }
}

struct SetsForgetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "forget", abstract: "Remove a set that was imported.")

  @Argument(help: "The set's name.")
  var name: String

  @OptionGroup var output: JSONOptions

  func run() throws { try output.resolved.show(SetRemoval(name: name).answer()) }
}
