internal import ArgumentParser
internal import Clues
internal import Flows
internal import LinuxSystem
internal import Tracing
internal import Vantage
internal import Views

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "All that is known of one process, container, address, port or flow.",
    discussion: """
      WHO is a pid (pid:4711), process name, container, address, prefix, address:port, :port or flow. With --host NAME it \
      is looked for on that host, with several or --hosts FILE on each of them, wherever it is found.
      """)

  @Argument(help: "Whom to inspect.")
  var who: String

  @Option(name: .customLong("for"), help: ArgumentHelp("Measure rates for this long.", valueName: "seconds"))
  var window = Window(1)

  @Option(help: ArgumentHelp("Then show connects, accepts, sends and closes as they happen.", valueName: "seconds"))
  var follow: Window?

  @OptionGroup var options: CommonOptions

  func run() async throws {
    let text = !who.isEmpty && who.utf8.allSatisfy { (48...57).contains($0) } ? "pid:\(who)" : who
    guard !options.hosts.isGiven else { return try await inspectOthers(text) }
    let vantage = try options.localVantage(watchesNames: true)
    let inspection = try await Inspector(vantage).inspect(
      text, seconds: window.seconds, sets: try options.addressSets())
    if options.json {
      Console.print(try Document(inspection, isPretty: follow == nil))
    } else {
      Console.print(lines(inspection), options.style)
    }
    if let follow {
      let inventory = try await vantage.inventory()
      let target = try Target(text, inventory: inventory, sets: try options.addressSets())
      try showEvents(of: target, inspection, inventory, seconds: follow.seconds)
    } else if inspection.subjects.isEmpty {
      throw ExitStatus.noAnswer
    }
  }

  private func inspectOthers(_ text: String) async throws {
    guard follow == nil else {
      throw CommandFailure(
        .usage, "--follow needs the kernel's events of the host it runs on; it is not for --host and --hosts")
    }
    let others = try await OtherHosts(options)
    let (seconds, sets) = (window.seconds, try options.addressSets())
    var found = await others.ask { try await Inspector($0.vantage).inspect(text, seconds: seconds, sets: sets) }
    let isNowhere = found.answers.allSatisfy(\.subjects.isEmpty)
    // On one of several hosts nothing is found most of the time.
    if !isNowhere { found.answers.removeAll(where: \.subjects.isEmpty) }
    try options.show(found, name: \.host, text: lines)
    try found.reportFailures(isVerbose: options.verbose)
    if isNowhere { throw ExitStatus.noAnswer }
  }

  private func lines(_ inspection: Inspection) -> [Line] {
    guard !inspection.subjects.isEmpty else {
      return [
        Line(
          "\(inspection.target) on \(inspection.host): no socket, and nothing moved in \(Units.duration(inspection.seconds))"
        )
      ]
    }
    var lines: [Line] = []
    for (index, subject) in inspection.subjects.prefix(options.verbose ? .max : 20).enumerated() {
      if index > 0 { lines.append(Line()) }
      lines += self.lines(subject, inspection.seconds)
    }
    let rest = inspection.subjects.count - 20
    if rest > 0, !options.verbose { lines.append(Line("and \(rest) more owners; --verbose shows all", .faint)) }
    return lines + inspection.notes.map { Line("note: \($0)", .faint) }
  }

  private func lines(_ subject: Inspection.Subject, _ seconds: Double) -> [Line] {
    let units = Units()
    let owner = subject.owner
    let title =
      owner.process.map { "\($0.name) (pid \($0.pid)\($0.ended == true ? ", ended" : ""))" }
      ?? owner.container.map { "container \($0.title)" } ?? (owner.isKernel == true ? "the kernel" : "unknown owner")
    var head = Line(title, .bold)
    head.append(
      "  in \(units.rate(subject.traffic.bytesIn, over: seconds)), out \(units.rate(subject.traffic.bytesOut, over: seconds))"
    )
    var lines = [head] + OwnerLines.lines(owner)
    if !subject.namespaces.isEmpty { lines.append(Line("  namespace   \(subject.namespaces.joined(separator: ", "))")) }
    if !subject.devices.isEmpty { lines.append(Line("  devices     \(subject.devices.joined(separator: ", "))")) }
    if !subject.listening.isEmpty {
      let ports = subject.listening.map { "\($0.transport) \($0.local)" }
      lines.append(Line("  listens on  \(Array(Set(ports)).sorted().joined(separator: ", "))"))
    }
    guard !subject.flows.isEmpty else { return lines }
    lines.append(Line())
    // Most flows began before the window: the column is there if any has a name.
    let hasNames = subject.flows.contains { $0.name != nil }
    var columns: [TextTable.Column] = [
      .init("  FLOW"), .init("STATE"), .init("IN", .right), .init("OUT", .right), .init("RTT", .right),
      .init("RETRANSMITS", .right), .init("QUEUES", .right),
    ]
    if hasNames { columns.append(.init("NAME")) }
    var table = TextTable(columns)
    for report in subject.flows.prefix(options.verbose ? .max : 30) {
      var cells: [TextTable.Cell] = [
        .init("  \(report.flow)"), .init(report.state),
        .init(report.traffic.map { units.rate($0.bytesIn, over: seconds) } ?? "-"),
        .init(report.traffic.map { units.rate($0.bytesOut, over: seconds) } ?? "-"),
        .init(report.rtt.map { "\(Double($0 / 10) / 100) ms" } ?? "-"),
        .init(report.retransmits.map { "\($0)" } ?? "-"),
        .init(report.receiveQueue.map { "\($0)/\(report.sendQueue ?? 0)" } ?? "-"),
      ]
      if hasNames { cells.append(.init(report.name?.shown ?? "-")) }
      table.add(cells)
    }
    lines += table.lines(width: options.width)
    if subject.flows.count > 30, !options.verbose {
      lines.append(Line("  and \(subject.flows.count - 30) more flows; --verbose shows all", .faint))
    }
    return lines
  }
}
