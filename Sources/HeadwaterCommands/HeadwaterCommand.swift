public import ArgumentParser
internal import Flows
internal import LinuxSystem
internal import Views

/// The program's subcommands, and its exit statuses: 0 answered; 1 the question has no answer here; 2 wrong usage;
/// 3 not permitted; 4 a host could not be reached.
public struct HeadwaterCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "headwater",
    abstract: "Finds who makes network traffic.",
    discussion: """
      From a symptom (a full link, a hot port, traffic to a provider's ranges) Headwater follows the traffic back, hop \
      by hop, to the process, container or outside address that started it. Without a subcommand: the live view.
      """,
    version: Program.version,
    subcommands: [
      TopCommand.self, TraceCommand.self, RelaysCommand.self, InspectCommand.self, NATCommand.self, DoctorCommand.self,
      HostsCommand.self, SetsCommand.self, LogsCommand.self,
      CollectCommand.self,
    ],
    defaultSubcommand: TopCommand.self)

  public init() {}

  /// Runs what the command line asks for, and ends the process.
  public static func run(_ arguments: [String]? = nil) async -> Never {
    StandardStreams.open()
    // The self-test's traffic comes from processes of their own: this program again.
    if let status = SelfTestTrafficCommand.run(CommandLine.arguments) { Console.exit(status) }
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Console.exit(0)
    } catch let failure as CommandFailure {
      Console.report("headwater: \(failure.message.visible)")
      Console.exit(failure.status)
    } catch let status as ExitStatus {
      Console.exit(status.rawValue)
    } catch {
      let failure = CommandFailure(translating: error)
      if let failure {
        // Suggestions are names of processes and containers: strangers chose them.
        Console.report("headwater: \(failure.message.visible)")
        Console.exit(failure.status)
      }
      let text = fullMessage(for: error)
      let isHelp = exitCode(for: error) == .success
      if isHelp { Console.print(text) } else { Console.report(text) }
      Console.exit(isHelp ? 0 : ExitStatus.usage.rawValue)
    }
  }
}
