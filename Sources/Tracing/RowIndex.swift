internal import Flows

/// The measurement's rows, found by what a walk knows.
struct RowIndex {
  private let byEnd: [Leg: [FlowTraffic]]
  private let byProcess: [ProcessID: [FlowTraffic]]
  private let passing: Set<Leg>
  private let translations: [Leg: FlowTraffic]
  private let byKernel: [Int: [FlowTraffic]]

  init(_ rows: [FlowTraffic]) {
    passing = Set(
      rows.filter { $0.role != .shared }.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { Leg($0.unordered, at: row.namespace) }
      })
    let translated = rows.filter { $0.role == .forwarded && $0.translated != nil && $0.translated != $0.flow }
    translations = Dictionary(
      translated.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { (Leg($0.unordered, at: row.namespace), row) }
      }, uniquingKeysWith: { $0.traffic.bytes >= $1.traffic.bytes ? $0 : $1 })
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { Leg($0.flow, at: $0.namespace) }
    byProcess = Dictionary(grouping: sockets.filter { $0.owner.process != nil }) {
      ProcessID(host: $0.namespace.host, pid: $0.owner.process?.pid ?? 0)
    }
    byKernel = Dictionary(grouping: sockets.filter { $0.owner.isKernel == true }, by: \.namespace.host)
  }

  /// The row of the socket whose local end is `flow.source`; the busiest if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: Place) -> FlowTraffic? {
    byEnd[Leg(flow, at: namespace)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// Whether the flow was seen in `namespace`, at a socket or on its way.
  func passed(_ flow: Flow, in namespace: Place) -> Bool {
    passing.contains(Leg(flow.unordered, at: namespace))
  }

  /// How a flow that passed `namespace` was translated there, by either of its names, from initiator to responder.
  func translation(of flow: Flow, in namespace: Place) -> (original: Flow, translated: Flow)? {
    guard let row = translations[Leg(flow.unordered, at: namespace)], let translated = row.translated,
      flow == row.flow || flow == translated
    else { return nil }
    return (row.flow, translated)
  }

  /// All processes with connections, each once, with a namespace of its connections.
  var processes: [(process: Process, namespace: Place)] {
    byProcess.values.compactMap { rows in
      rows.first.flatMap { row in row.owner.process.map { ($0, row.namespace) } }
    }
  }

  /// All connections of process `pid` of the host that `namespace` is on.
  func sockets(of pid: Int32, onHostOf namespace: Place) -> [FlowTraffic] {
    byProcess[ProcessID(host: namespace.host, pid: pid)] ?? []
  }

  /// Connections of the kernel itself of the host that `namespace` is on.
  func kernelSockets(onHostOf namespace: Place) -> [FlowTraffic] { byKernel[namespace.host] ?? [] }
}
