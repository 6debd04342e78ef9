public import ArgumentParser
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Views

/// The program's subcommands. Exit statuses: 0 answered; 1 the question has no answer here; 2 wrong usage; 3 not
/// permitted; 4 a host could not be reached.
public struct HeadwaterCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "headwater",
    abstract: "Finds who makes network traffic.",
    discussion: """
      From a symptom (a full link, a hot port, traffic to a provider's ranges) Headwater follows the traffic back, hop \
      by hop, to the process, container or outside address that started it.

      headwater TARGET is short for headwater trace TARGET (headwater eth0, headwater :443, headwater nginx); headwater \
      alone is the live view.
      """,
    version: Program.version,
    subcommands: [
      TopCommand.self, TraceCommand.self, RelaysCommand.self, InspectCommand.self, ExposureCommand.self,
      NATCommand.self,
      DoctorCommand.self,
      HostsCommand.self, SetsCommand.self, LogsCommand.self, CaptureCommand.self, PcapCommand.self,
      CollectCommand.self, WatchCommand.self, HistoryCommand.self,
    ],
    defaultSubcommand: TopCommand.self)

  public init() {}

  /// If the command line only has files read that strangers may have made, takes from the program what that does not need. Call
  /// it first: it counts for the threads that are started later.
  public static func giveUpRights() {
    let words = Array(CommandLineWords.all.dropFirst())
    // Only these need the command line to be read twice.
    guard words.contains(where: { $0 == "logs" || $0 == "pcap" || $0.hasPrefix("--bundle") }) else { return }
    // What is wrong with it is said when it is run.
    guard let command = try? parsed(words) as? any ReadingCommand else { return }
    command.giveUpRights()
  }

  /// Runs the command line and ends the process.
  public static func run(_ arguments: [String]? = nil) async -> Never {
    ProcessExit.quitAtOnce()
    // Separate processes make the self-test's traffic; they run this program again.
    if let status = SelfTestTrafficCommand.run(CommandLineWords.all) { Console.exit(status) }
    do {
      let words = arguments ?? Array(CommandLineWords.all.dropFirst())
      if Extcap.isMeant(words) {
        try await Extcap.run(words)
        Console.exit(0)
      }
      var command = try parsed(words)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Console.exit(0)
    } catch let status as ExitStatus {
      Console.exit(status.rawValue)
    } catch {
      // Errors of the command line have their own texts and statuses.
      switch exitCode(for: error) {
      case .success:
        Console.print(Document(help: fullMessage(for: error)))
        Console.exit(ExitStatus.answered.rawValue)
      case .validationFailure:
        Console.report(lines: usage(error))
        Console.exit(ExitStatus.usage.rawValue)
      default:
        let failure = CommandFailure(translating: error)
        Console.report("\(failure.message)")
        Console.exit(failure.status.rawValue)
      }
    }
  }

  /// The command in `arguments`. A target without a command (`headwater eth0`) is traced.
  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    do { return try parseAsRoot(arguments) } catch {
      let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
      let word = arguments.first { !$0.hasPrefix("-") }
      guard exitCode(for: error) == .validationFailure, let word, !names.contains(word) else { throw error }
      // The options of `trace` may be in front of the target or behind it.
      do {
        var command = try parseAsRoot(["trace"] + arguments)
        if var trace = command as? TraceCommand {
          trace.commands = names
          command = trace
        }
        return command
      } catch let other where exitCode(for: other) == .validationFailure {
        // In `headwater --no-such-option eth0` the option is wrong, in `headwater trce eth0` the command.
        guard arguments.first == word else { throw error }
        let near = Target.nearest(to: word.lowercased(), among: names)
        guard near.isEmpty else {
          throw ValidationError(
            "\(word) is no command; did you mean \(near.map { "headwater \($0)" }.joined(separator: ", "))?")
        }
        throw other
      }
    }
  }

  /// What is wrong with the command line, and the correct usage.
  private static func usage(_ error: any Error) -> [Line] {
    // The message may quote words of the command line; their line breaks are not part of the message.
    let (text, whole) = (message(for: error), fullMessage(for: error))
    let rest = whole.hasPrefix("Error: " + text) ? whole.dropFirst("Error: ".count + text.count) : ""
    var lines = [Line("headwater: \(text)")]
    lines += rest.split(separator: "\n").map { Line(String($0)) }
    return lines
  }
}
