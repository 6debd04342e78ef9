internal import Documents
internal import Flows
internal import Tracing
internal import Views

/// The answer of `inspect` for people.
struct InspectionView {
  /// The terminal's columns; nil shortens nothing.
  let width: Int?
  /// Whether to show every owner and flow.
  let isVerbose: Bool

  func lines(_ inspection: Inspection) -> [Line] {
    guard !inspection.isEmpty else {
      let title = "\(inspection.target) on \(inspection.host)"
      let notes = inspection.notes.map { Line("note: \($0)", .faint) }
      if let reason = inspection.reason {
        // The notes say the reasons too.
        let others = inspection.notes.filter { !reason.contains($0) }.map { Line("note: \($0)", .faint) }
        return [Line("\(title): its sockets and its traffic are not known: \(reason)")] + others
      }
      let nothing =
        inspection.seconds > 0
        ? "no socket, and nothing moved in \(Units.duration(inspection.seconds))" : "no output shows a socket or a flow"
      return [Line("\(title): \(nothing)")] + notes
    }
    var lines: [Line] = []
    for (index, subject) in inspection.subjects.prefix(isVerbose ? .max : 20).enumerated() {
      if index > 0 { lines.append(Line()) }
      lines += self.lines(subject, inspection.seconds)
    }
    let rest = inspection.subjects.count - 20
    if rest > 0, !isVerbose { lines.append(Line("and \(rest) more owners; --verbose shows all", .faint)) }
    if let interface = inspection.interface {
      if !lines.isEmpty { lines.append(Line()) }
      lines += LedgerView([interface], seconds: inspection.seconds, units: Units()).lines(width: width)
    }
    if let forwarded = inspection.forwarded {
      if !lines.isEmpty { lines.append(Line()) }
      lines += self.lines(forwarded, inspection.seconds)
    }
    if let trace = inspection.trace {
      var story = TraceStory(
        width: width, limit: isVerbose ? nil : 3, isVerbose: isVerbose, showsEvidence: isVerbose)
      story.evidenceOption = "--verbose"
      lines += [Line()] + story.lines(trace, host: inspection.host)
    }
    return lines + inspection.notes.map { Line("note: \($0)", .faint) }
  }

  /// The flows that pass through, with their translations.
  private func lines(_ flows: [Inspection.ForwardedFlow], _ seconds: Double) -> [Line] {
    let units = Units()
    let sum = flows.reduce(into: Traffic()) { $0 += $1.traffic }
    var head = Line("passes through", .bold)
    head.append("  \(units.rate(sum.bytesOut, over: seconds)) forth, \(units.rate(sum.bytesIn, over: seconds)) back")
    let isTranslated = flows.contains { $0.translated != nil }
    var columns: [TextTable.Column] = [.init("  FLOW")]
    if isTranslated { columns.append(.init("TRANSLATED TO")) }
    columns += [.init("FORTH", .right), .init("BACK", .right), .init("INTERFACES"), .init("NAMESPACE")]
    var table = TextTable(columns)
    let limit = isVerbose ? Int.max : 30
    for flow in flows.prefix(limit) {
      var cells: [TextTable.Cell] = [.init("  \(flow.flow)")]
      if isTranslated {
        cells.append(.init(flow.translated.map { "\($0.source) -> \($0.destination)" } ?? "-"))
      }
      cells += [
        .init(units.rate(flow.traffic.bytesOut, over: seconds)), .init(units.rate(flow.traffic.bytesIn, over: seconds)),
        .init(flow.interfaces.joined(separator: ", ")), .init(flow.namespace),
      ]
      table.add(cells)
    }
    var lines = [head, Line()] + table.lines(width: width)
    if flows.count > limit {
      lines.append(Line("  and \(flows.count - limit) more flows; --verbose shows all", .faint))
    }
    return lines
  }

  /// `shared with nginx (pid 7), nginx (pid 8)`, for each set of processes that hold the same sockets as the subject.
  private func shared(_ subject: Inspection.Subject) -> [Line] {
    var seen: Set<[Int32]> = []
    var lines: [Line] = []
    for report in subject.flows {
      let others = (report.holders ?? []).filter { $0.pid != subject.owner.process?.pid }
      guard !others.isEmpty, seen.insert(others.map(\.pid)).inserted, lines.count < 3 else { continue }
      let names = others.prefix(3).map { "\($0.name) (pid \($0.pid))" }.joined(separator: ", ")
      let rest = others.count > 3 ? " and \(others.count - 3) more" : ""
      lines.append(Line("  the socket of \(report.flow) is also held by \(names)\(rest)", .faint))
    }
    return lines
  }

  private func lines(_ subject: Inspection.Subject, _ seconds: Double) -> [Line] {
    let units = Units()
    let owner = subject.owner
    let title =
      owner.process.map { "\($0.name) (pid \($0.numbered)\($0.ended == true ? ", ended" : ""))" }
      ?? owner.container.map { "container \($0.title)" } ?? (owner.isKernel == true ? "the kernel" : "unknown owner")
    var head = Line(title, .bold)
    if subject.trafficReason == nil {
      head.append(
        "  in \(units.rate(subject.traffic.bytesIn, over: seconds)), out \(units.rate(subject.traffic.bytesOut, over: seconds))"
      )
    } else {
      head.append("  in unknown, out unknown")
    }
    var lines = [head] + OwnerLines.lines(owner)
    if !subject.namespaces.isEmpty { lines.append(Line("  namespace   \(subject.namespaces.joined(separator: ", "))")) }
    if !subject.devices.isEmpty { lines.append(Line("  devices     \(subject.devices.joined(separator: ", "))")) }
    if !subject.listening.isEmpty {
      let ports = subject.listening.map { "\($0.transport) \($0.local)" }
      lines.append(Line("  listens on  \(Array(Set(ports)).sorted().joined(separator: ", "))"))
    }
    guard !subject.flows.isEmpty else { return lines }
    lines.append(Line())
    // Most flows began before the window, so the column is shown if any flow has a name.
    let hasNames = subject.flows.contains { $0.name != nil }
    var columns: [TextTable.Column] = [
      .init("  FLOW"), .init("STATE"), .init("IN", .right), .init("OUT", .right), .init("RTT", .right),
      .init("RETRANSMITS", .right), .init("QUEUES", .right),
    ]
    if hasNames { columns.append(.init("NAME")) }
    var table = TextTable(columns)
    for report in subject.flows.prefix(isVerbose ? .max : 30) {
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
    lines += table.lines(width: width)
    if subject.flows.count > 30, !isVerbose {
      lines.append(Line("  and \(subject.flows.count - 30) more flows; --verbose shows all", .faint))
    }
    return lines + shared(subject)
  }
}
