internal import ArgumentParser
internal import LinuxSystem
internal import LocalHost
internal import Meter
internal import Questions
internal import Sessions
internal import Views

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what headwater can see, with which privileges and kernel features, and how exact it is.",
    discussion: """
      This host is examined, or with --host or --hosts those hosts in its place. Everything is found by trying it.
      """)

  @Flag(help: "Send known traffic of each kind between two namespaces, and compare what is counted.")
  var selftest = false

  @Option(
    help: ArgumentHelp(
      "Test this meter with --selftest: ebpf or sockets (default: both).", valueName: "ebpf|sockets"))
  var meter: MeterKind?

  @OptionGroup var hosts: HostOptions

  @Flag(help: "Print the answer as JSON.")
  var json = false

  @Flag(help: "Do not use colours, even on a terminal.")
  var noColor = false

  @Flag(
    name: .shortAndLong,
    help:
      "Show what the kernel said of each part that did not load; with --selftest each kind of traffic as it is measured."
  )
  var verbose = false

  func validate() throws {
    guard !selftest else {
      guard !hosts.isGiven else {
        throw ValidationError("--selftest is for this host; run it there: ssh HOST headwater doctor --selftest")
      }
      return
    }
    guard meter == nil else { throw ValidationError("--meter needs --selftest: without it both meters are tried") }
  }

  func run() async throws {
    let output = Output(isJSON: json, isVerbose: verbose, noColor: noColor)
    guard !selftest else { return try output.show(SelfTestRequest(meter: meter).answer(output)) }
    let environment = ProcessExit.environment
    let asked = AskedHosts(
      { try LocalMeasurement.idle(environment: environment) }, others: try hosts.selection(try hosts.settings()),
      meter: .nothing)
    let found = try await asked.ask { try await $0.ask(ExaminationQuestion()).value }
    try output.show(DoctorAnswer(found, isOneHost: hosts.isOneHost))
  }
}

/// The examination of one or several hosts.
struct DoctorAnswer: Answer {
  private let reports: ReportsAnswer<Examination>

  init(_ found: HostAnswers<Examination>, isOneHost: Bool) {
    reports = ReportsAnswer(
      found: found, isOneHost: isOneHost, name: \.host, isEmpty: { _ in false }, hasHeadings: false
    ) { examination, output in Self.lines(examination, isVerbose: output.isVerbose) }
  }

  var document: ReportsAnswer<Examination>.Body { reports.document }
  func lines(_ output: Output) -> [Line] { reports.lines(output) }
  func remarks(_ output: Output) -> [Line] { reports.remarks(output) }

  var status: ExitStatus {
    guard reports.status == .answered else { return reports.status }
    return reports.found.answers.contains { $0.meter == "none" } ? .denied : .answered
  }

  private static func lines(_ document: Examination, isVerbose: Bool) -> [Line] {
    var lines = [Line("\(document.host), Linux \(document.kernel): \(summary(document))", .bold), Line()]
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
      if isVerbose { lines += (check.parts ?? []).map { Line("         \($0)", .faint) } }
    }
    return lines
  }

  private static func summary(_ document: Examination) -> String {
    switch document.meter {
    case "ebpf":
      document.checks.contains { $0.subject == "eBPF meter" && $0.outcome == .works }
        ? "bytes are counted exactly, in the kernel" : "bytes are counted in the kernel, with the limits below"
    case "sockets": "bytes are estimated from the sockets' own counters"
    default: "nothing can be counted with these privileges"
    }
  }
}
