public import Documents
public import Flows
internal import Tracing

extension Claims {
  /// What `headwater relays` says.
  public init(_ less: RelayDocument, of whole: RelayDocument) {
    self.init()
    for report in less.relays {
      guard let pid = report.owner.process?.pid, let known = whole.relays.first(where: { $0.owner.process?.pid == pid })
      else {
        contradictions.append("\(report.software) is no relay")
        continue
      }
      for way in report.ways where way.certainty != .unknown {
        let isKnown = known.ways.contains { other in
          way.inbound == other.inbound && (way.outbound == nil || way.outbound == other.outbound)
            && way.certainty.rank <= other.certainty.rank
        }
        if !isKnown { contradictions.append("\(way) is none of \(known.ways)") }
      }
      for flow in report.own where !known.own.contains(flow) { contradictions.append("\(flow) serves a client") }
    }
  }

  /// What `headwater inspect` says.
  public init(_ less: Inspection, of whole: Inspection) {
    self.init()
    for subject in less.subjects {
      guard let process = subject.owner.process else {
        if subject.owner.reason == nil, subject.owner.isKernel != true, subject.owner.container == nil {
          contradictions.append("nobody without a reason has \(subject.flows.map(\.flow))")
        }
        continue
      }
      guard let known = whole.subjects.first(where: { $0.owner.process?.pid == process.pid }) else {
        contradictions.append("\(process.name) (\(process.pid)) is no part of the whole answer")
        continue
      }
      if let container = subject.owner.container?.id, container != known.owner.container?.id {
        contradictions.append("\(process.name) is in no container \(container)")
      }
      for flow in subject.flows where !known.flows.contains(where: { $0.flow == flow.flow }) {
        contradictions.append("\(flow.flow) is no flow of \(process.name)")
      }
      for socket in subject.listening where !known.listening.contains(where: { $0.local == socket.local }) {
        contradictions.append("\(process.name) does not listen at \(socket.local)")
      }
    }
  }

  /// What an interval says of `flows`: who has them, who began, and how they are translated.
  public init(_ less: Interval, of whole: Interval, flows: Set<Flow>) {
    self.init()
    for row in less.flows where flows.contains(row.flow) || row.translated.map(flows.contains) == true {
      let known = whole.flows.filter { $0.namespace == row.namespace && $0.names.contains(row.flow) }
      guard let process = row.owner.process else {
        if row.owner.reason == nil, row.owner.isKernel != true {
          contradictions.append("nobody without a reason has \(row.flow)")
        }
        if let translated = row.translated, !known.contains(where: { $0.translated == translated }) {
          contradictions.append("\(row.flow) is not translated to \(translated)")
        }
        continue
      }
      let fitting = known.filter { $0.owner.process?.pid == process.pid && $0.flow == row.flow }
      if fitting.isEmpty {
        contradictions.append("\(row.flow) is not of \(process.name), but of \(known.map(\.owner))")
      }
      if row.role != .peer, !fitting.contains(where: { $0.role == row.role }) {
        contradictions.append("\(process.name) is no \(row.role) of \(row.flow)")
      }
    }
  }
}

extension FlowTraffic {
  fileprivate var names: [Flow] { [flow] + (translated.map { [$0] } ?? []) }
}
