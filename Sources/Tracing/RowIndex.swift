internal import Flows

/// The measurement's rows, found by what a walk knows.
struct RowIndex {
  private let byEnd: [End: [FlowTraffic]]
  private let byProcess: [Int32: [FlowTraffic]]
  private let passing: Set<End>
  /// Connections of the kernel itself.
  let ofKernel: [FlowTraffic]

  private struct End: Hashable {
    let namespace: NamespaceID
    /// From the owner's end.
    let flow: Flow
  }

  init(_ rows: [FlowTraffic]) {
    passing = Set(
      rows.filter { $0.role != .shared }.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { End(namespace: row.namespace, flow: $0.unordered) }
      })
    ofKernel = rows.filter { $0.owner.isKernel == true && $0.role != .forwarded && $0.role != .shared }
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { End(namespace: $0.namespace, flow: $0.flow) }
    byProcess = Dictionary(grouping: sockets.filter { $0.owner.process != nil }) { $0.owner.process?.pid ?? 0 }
  }

  /// The row of the socket whose local end is `flow.source`; the busiest if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: NamespaceID) -> FlowTraffic? {
    byEnd[End(namespace: namespace, flow: flow)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// Whether the flow was seen in `namespace`, at a socket or on its way.
  func passed(_ flow: Flow, in namespace: NamespaceID) -> Bool {
    passing.contains(End(namespace: namespace, flow: flow.unordered))
  }

  /// All processes with connections, each once.
  var processes: [Process] { byProcess.values.compactMap { $0.first?.owner.process } }

  /// All connections of process `pid`.
  func sockets(of pid: Int32) -> [FlowTraffic] { byProcess[pid] ?? [] }
}
