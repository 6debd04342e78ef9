internal import ArgumentParser
internal import Clues
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Views

struct SetsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sets",
    abstract: "Named sets of addresses: providers' ranges from their files.",
    discussion: """
      Sets are targets of trace (cloudflare, aws, aws:ec2, aws:eu-west-1) and groups of top --by prefix. Known are plain \
      lists of prefixes, addresses and ranges a-b, and the JSON of AWS (ip-ranges.json), Google (goog.json, cloud.json), \
      Azure (service tags), Fastly and Cloudflare. They are kept in ~/.config/headwater/sets; sets of the settings go \
      before them.
      """,
    subcommands: [List.self, Import.self, Forget.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All sets: how many prefixes, from where, how old.")

    @OptionGroup var options: CommonOptions

    func run() throws {
      let (imported, notes) = AddressSetFolder(environment: ProcessExit.environment).all()
      let settings = try options.hosts.settings().sets
      var sets = imported.map { name, set in SetsDocument.Item(name, set, now: SystemClock.now()) }
      sets.removeAll { settings[$0.name] != nil }
      sets += settings.map { SetsDocument.Item($0.key, $0.value, source: "settings") }
      let builtIn = AddressSets()
      for name in builtIn.names where !sets.contains(where: { $0.name == name }) {
        sets.append(SetsDocument.Item(name, builtIn[name] ?? [], source: "built in"))
      }
      let document = SetsDocument(sets: sets.sorted { $0.name < $1.name }, notes: notes)
      if options.json {
        Console.print(try Document(document))
      } else {
        let table = document.lines(width: options.width, isVerbose: options.verbose)
        Console.print(table, options.style)
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read a list of addresses and keep it as a set, in place of one of that name.")

    @Argument(help: "What to call the set: small letters, digits, - and _.")
    var name: String

    @Argument(help: "A file as the provider publishes it; what it is, its content says.")
    var file: String

    @OptionGroup var options: CommonOptions

    func run() throws {
      let folder = AddressSetFolder(environment: ProcessExit.environment)
      let list = try folder.importFile(file, as: name, now: SystemClock.now())
      let parts = list.parts.isEmpty ? "" : ", \(list.parts.count) parts such as \(name):\(list.parts[0])"
      Console.print("\(name): \(list.entries.count) prefixes (\(list.format.rawValue))\(parts)")
      if list.skipped > 0 {
        let examples = list.examples.map { "\"\($0)\"" }.joined(separator: ", ")
        Console.report("\(list.skipped) lines are no addresses: \(examples)")
      }
    }
  }

  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a set that was imported.")

    @Argument(help: "The set's name.")
    var name: String

    @OptionGroup var options: CommonOptions

    func run() throws {
      guard try AddressSetFolder(environment: ProcessExit.environment).forget(name) else {
        throw CommandFailure(.noAnswer, "no set \(name) was imported; headwater sets list shows them")
      }
      Console.print("\(name) is forgotten")
    }
  }
}
