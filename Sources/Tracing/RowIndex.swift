internal import Flows

/// The measurement's rows, found by what a walk knows.
struct RowIndex {
  private let byEnd: [End: [FlowTraffic]]
  private let byProcess: [ProcessOnHost: [FlowTraffic]]
  private let passing: Set<End>
  private let translations: [End: FlowTraffic]
  private let byKernel: [Int: [FlowTraffic]]

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
    let translated = rows.filter { $0.role == .forwarded && $0.translated != nil && $0.translated != $0.flow }
    translations = Dictionary(
      translated.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { (End(namespace: row.namespace, flow: $0.unordered), row) }
      }, uniquingKeysWith: { $0.traffic.bytes >= $1.traffic.bytes ? $0 : $1 })
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { End(namespace: $0.namespace, flow: $0.flow) }
    byProcess = Dictionary(grouping: sockets.filter { $0.owner.process != nil }) {
      ProcessOnHost(host: $0.namespace.hostNumber, pid: $0.owner.process?.pid ?? 0)
    }
    byKernel = Dictionary(grouping: sockets.filter { $0.owner.isKernel == true }, by: \.namespace.hostNumber)
  }

  /// The row of the socket whose local end is `flow.source`; the busiest if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: NamespaceID) -> FlowTraffic? {
    byEnd[End(namespace: namespace, flow: flow)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// Whether the flow was seen in `namespace`, at a socket or on its way.
  func passed(_ flow: Flow, in namespace: NamespaceID) -> Bool {
    passing.contains(End(namespace: namespace, flow: flow.unordered))
  }

  /// How a flow that passed `namespace` was translated there, by either of its names, from initiator to responder.
  func translation(of flow: Flow, in namespace: NamespaceID) -> (original: Flow, translated: Flow)? {
    guard let row = translations[End(namespace: namespace, flow: flow.unordered)], let translated = row.translated,
      flow == row.flow || flow == translated
    else { return nil }
    return (row.flow, translated)
  }

  /// All processes with connections, each once, with a namespace of its connections.
  var processes: [(process: Process, namespace: NamespaceID)] {
    byProcess.values.compactMap { rows in
      rows.first.flatMap { row in row.owner.process.map { ($0, row.namespace) } }
    }
  }

  /// All connections of process `pid` of the host that `namespace` is on.
  func sockets(of pid: Int32, onHostOf namespace: NamespaceID) -> [FlowTraffic] {
    byProcess[ProcessOnHost(host: namespace.hostNumber, pid: pid)] ?? []
  }

  /// Connections of the kernel itself of the host that `namespace` is on.
  func kernelSockets(onHostOf namespace: NamespaceID) -> [FlowTraffic] { byKernel[namespace.hostNumber] ?? [] }
}

/// A process among those of several hosts.
struct ProcessOnHost: Hashable {
  /// `NamespaceID.hostNumber`
  let host: Int
  let pid: Int32
}
