internal import ArgumentParser
internal import Fleet
internal import Flows
internal import LinuxSystem
internal import Views

struct HostsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hosts",
    abstract: "The hosts that can be asked over SSH: reachable or why not, and with which rights.",
    discussion: """
      Hosts stand in ~/.config/headwater/config.yaml or /etc/headwater/config.yaml. They are reached by OpenSSH's own \
      client, with its ssh_config, keys and agents; passwords are never asked for. Nothing need be installed there: \
      headwater-probe is copied to ~/.cache/headwater/ on first use.
      """,
    subcommands: [List.self, Add.self, Forget.self, Check.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All hosts, asked side by side.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
      let settings = try options.hosts.settings()
      let hosts = try settings.hosts(named: options.hosts.host)
      let document = HostsDocument(hosts: try await HostsCommand.answers(hosts, options), notes: settings.notes)
      if options.json {
        Console.print(try Document(document))
      } else if hosts.isEmpty {
        Console.print("no hosts are known; headwater hosts add NAME [SSH] adds one")
        for note in settings.notes { Console.print("note: \(note)") }
      } else {
        let table = HostTable(width: options.width, isVerbose: options.verbose)
        Console.print(table.lines(document), options.style)
      }
      if hosts.isEmpty { throw ExitStatus.noAnswer }
      if document.hosts.contains(where: { !$0.reachable }) { throw ExitStatus.unreachable }
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a host to the settings.",
      discussion: "SSH is what ssh takes: root@10.0.7.248, an alias of ssh_config. Without it, it is NAME.")

    @Argument(help: "What to call it.")
    var name: String

    @Argument(help: "How ssh reaches it.")
    var ssh: String?

    @OptionGroup var options: CommonOptions

    func run() throws {
      let file = try options.hosts.changeableFile()
      try FleetSettings.add(name, destination: ssh, to: file)
      Console.print("\(name) is in \(file); headwater hosts check \(name) tries it")
    }
  }

  struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove the probe from a host, and the host from the settings.")

    @Argument(help: "The host's name, or how ssh reaches it.")
    var name: String

    @OptionGroup var options: CommonOptions

    func run() async throws {
      let environment = ProcessExit.environment
      let host = try options.hosts.settings().host(named: name)
      let client = SSHClient(limits: options.hosts.limits, environment: environment)
      let fleet = Fleet([host], client: client, probes: [])
      let result = try await Interruption.cancelling { await fleet.forget(host) }
      var files = [try options.hosts.changeableFile()]
      if options.hosts.hosts == nil { files.append(FleetSettings.systemFile) }
      for file in files where try FleetSettings.forget(name, in: file) {
        Console.print("\(name) is no more in \(file)")
      }
      switch result {
      case .success(let count):
        Console.print(count == 0 ? "no probe was on \(name)" : "the probe is gone from \(name)")
      case .failure(var error):
        error.detail = "its probe, if there is one, could not be removed: \(error.detail)"
        throw error
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Try one host, and say everything that is found out about it.")

    @Argument(help: "The host's name, or how ssh reaches it.")
    var name: String

    @OptionGroup var options: CommonOptions

    func run() async throws {
      let settings = try options.hosts.settings()
      let host = try settings.host(named: name)
      let document = HostsDocument(hosts: try await HostsCommand.answers([host], options), notes: settings.notes)
      if options.json {
        Console.print(try Document(document))
      } else {
        Console.print(document.hosts.flatMap(HostTable.details), options.style)
      }
      if document.hosts.contains(where: { !$0.reachable }) { throw ExitStatus.unreachable }
    }
  }

  /// What each of `hosts` answers; one that does not costs only its own part.
  private static func answers(_ hosts: [HostSpecification], _ options: CommonOptions) async throws -> [HostAnswer] {
    guard !hosts.isEmpty else { return [] }
    let environment = ProcessExit.environment
    let fleet: Fleet
    do {
      fleet = try Fleet(hosts, limits: options.hosts.limits, environment: environment)
    } catch {
      throw CommandFailure(.noAnswer, "\(error); put headwater-probe beside headwater, or name it by HEADWATER_PROBE")
    }
    if options.verbose, let note = fleet.client.note { Console.report("\(note)") }
    return try await Interruption.cancelling { await fleet.forEach { await HostAnswer(asking: $0, fleet) } }
  }
}
