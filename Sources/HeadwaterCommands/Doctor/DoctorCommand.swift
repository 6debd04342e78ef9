internal import ArgumentParser
internal import LinuxSystem
internal import Meter
internal import LocalHost
internal import Views

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what headwater can see here, with which privileges and kernel features, and how exact it is.")

  @Flag(help: "Send known traffic of each kind between two namespaces, and compare what is counted.")
  var selftest = false

  @Option(
    help: ArgumentHelp(
      "Test this meter with --selftest: ebpf or sockets (default: both).", valueName: "ebpf|sockets"))
  var meter: MeterKind?

  @Flag(help: "Print the answer as JSON.")
  var json = false

  @Flag(help: "Do not use colours, even on a terminal.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Show each kind of traffic of --selftest as it is measured.")
  var verbose = false

  func validate() throws {
    guard !selftest else { return }
    guard meter == nil else { throw ValidationError("--meter needs --selftest: without it both meters are tried") }
    guard !verbose else { throw ValidationError("--verbose needs --selftest: without it everything is shown") }
  }

  func run() async throws {
    let output = Output(isJSON: json, isVerbose: verbose, noColor: noColor)
    guard !selftest else { return try output.show(SelfTestRequest(meter: meter).answer(output)) }
    try output.show(DoctorAnswer(document: Examination.ofThisHost(environment: ProcessExit.environment)))
  }
}

/// What can be seen here.
struct DoctorAnswer: Answer {
  let document: Examination

  func lines(_ output: Output) -> [Line] {
    var lines = [Line("\(document.host), Linux \(document.kernel): \(summary)", .bold), Line()]
    for check in document.checks {
      var line: Line
      switch check.outcome {
      case .works: line = Line("works    ", .good)
      case .limited: line = Line("limited  ", .warning)
      case .missing: line = Line("missing  ", .bad)
      }
      line.append(check.subject, .bold)
      line.append(": \(check.detail)")
      lines.append(line)
      if let cost = check.cost { lines.append(Line("         \(cost)", check.outcome == .works ? .faint : .warning)) }
    }
    return lines
  }

  private var summary: String {
    switch document.meter {
    case "ebpf": "bytes are counted exactly, in the kernel"
    case "sockets": "bytes are estimated from the sockets' own counters"
    default: "nothing can be counted with these privileges"
    }
  }

  var status: ExitStatus { document.meter == "none" ? .denied : .answered }
}
