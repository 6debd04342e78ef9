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
    guard !inspection.subjects.isEmpty else {
      let title = "\(inspection.target) on \(inspection.host)"
      let notes = inspection.notes.map { Line("note: \($0)", .faint) }
      if let reason = inspection.reason {
        // The notes say the reasons too.
        let others = inspection.notes.filter { !reason.contains($0) }.map { Line("note: \($0)", .faint) }
        return [Line("\(title): its sockets and its traffic are not known: \(reason)")] + others
      }
      return [Line("\(title): no socket, and nothing moved in \(Units.duration(inspection.seconds))")] + notes
    }
    var lines: [Line] = []
    for (index, subject) in inspection.subjects.prefix(isVerbose ? .max : 20).enumerated() {
      if index > 0 { lines.append(Line()) }
      lines += self.lines(subject, inspection.seconds)
    }
    let rest = inspection.subjects.count - 20
    if rest > 0, !isVerbose { lines.append(Line("and \(rest) more owners; --verbose shows all", .faint)) }
    return lines + inspection.notes.map { Line("note: \($0)", .faint) }
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
    return lines
  }
}
