internal import ArgumentParser
internal import LinuxSystem
internal import Vantage
internal import Views

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What can be seen here, with which privilege and kernel feature, and how exact it is.")

  @Flag(help: "Send known traffic of each kind between two namespaces, and compare what is counted.")
  var selftest = false

  @OptionGroup var options: CommonOptions

  func run() async throws {
    try options.refuseOtherHosts()
    if selftest { return try runSelfTest() }
    let examination = Examination.ofThisHost(environment: ProcessExit.environment)
    if options.json {
      Console.print(try Document(examination))
    } else {
      Console.print(Self.lines(examination), options.style)
    }
    if examination.meter == "none" { throw ExitStatus.denied }
  }

  private static func lines(_ examination: Examination) -> [Line] {
    var lines = [
      Line("\(examination.host), Linux \(examination.kernel): \(summary(examination))", .bold), Line(),
    ]
    for check in examination.checks {
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

  private static func summary(_ examination: Examination) -> String {
    switch examination.meter {
    case "ebpf": "bytes are counted exactly, in the kernel"
    case "sockets": "bytes are estimated from the sockets' own counters"
    default: "nothing can be counted with these privileges"
    }
  }
}
