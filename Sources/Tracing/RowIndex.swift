internal import Flows

/// The measurement's rows, found by what a walk knows.
struct RowIndex {
  private let byEnd: [End: [FlowTraffic]]
  private let byProcess: [ProcessAt: [FlowTraffic]]

  private struct End: Hashable {
    let namespace: NamespaceID
    /// From the owner's end.
    let flow: Flow
  }

  private struct ProcessAt: Hashable {
    let namespace: NamespaceID
    let pid: Int32
  }

  init(_ rows: [FlowTraffic]) {
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { End(namespace: $0.namespace, flow: $0.flow) }
    byProcess = Dictionary(grouping: sockets.filter { $0.owner.process != nil }) {
      ProcessAt(namespace: $0.namespace, pid: $0.owner.process?.pid ?? 0)
    }
  }

  /// The row of the socket whose local end is `flow.source`; the busiest if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: NamespaceID) -> FlowTraffic? {
    byEnd[End(namespace: namespace, flow: flow)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// All connections of process `pid` in `namespace`.
  func sockets(of pid: Int32, in namespace: NamespaceID) -> [FlowTraffic] {
    byProcess[ProcessAt(namespace: namespace, pid: pid)] ?? []
  }
}
