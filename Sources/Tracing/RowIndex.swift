internal import Flows

/// The measurement's rows, found by what a walk knows.
struct RowIndex {
  private let byEnd: [Leg: [FlowTraffic]]
  private let byProcess: [ProcessID: [FlowTraffic]]
  private let passing: [Leg: FlowTraffic]
  private let translations: [Leg: FlowTraffic]
  private let byKernel: [Int: [FlowTraffic]]
  private let endPlaces: [Flow: Set<Place>]
  private let forwardingPlaces: [Flow: Set<Place>]
  /// What places are called where they were measured.
  private let names: [Place: String]
  private let peers: Set<Peer>
  private let all: [FlowTraffic]

  private struct Peer: Hashable {
    let host: Int
    let address: IPAddress
  }

  init(_ rows: [FlowTraffic]) {
    names = Dictionary(rows.map { ($0.namespace, $0.namespaceName) }, uniquingKeysWith: { first, _ in first })
    passing = Dictionary(
      rows.filter { $0.role != .shared }.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { (Leg($0.unordered, at: row.namespace), row) }
      }, uniquingKeysWith: { first, _ in first })
    let translated = rows.filter { $0.role == .forwarded && $0.translated != nil && $0.translated != $0.flow }
    translations = Dictionary(
      translated.flatMap { row in
        [row.flow, row.translated ?? row.flow].map { (Leg($0.unordered, at: row.namespace), row) }
      }, uniquingKeysWith: { $0.traffic.bytes >= $1.traffic.bytes ? $0 : $1 })
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { Leg($0.flow, at: $0.namespace) }
    endPlaces = Dictionary(grouping: sockets, by: \.flow).mapValues { Set($0.map(\.namespace)) }
    forwardingPlaces = Dictionary(grouping: rows.filter { $0.role == .forwarded }, by: \.flow.unordered)
      .mapValues { Set($0.map(\.namespace)) }
    byProcess = Dictionary(grouping: sockets.filter { $0.owner.process != nil }) {
      ProcessID(host: $0.namespace.host, pid: $0.owner.process?.pid ?? 0)
    }
    peers = Set(
      rows.flatMap { row in
        [row.flow, row.translated ?? row.flow].flatMap { [$0.source.address, $0.destination.address] }
          .map { Peer(host: row.namespace.host, address: $0) }
      })
    all = rows
    byKernel = Dictionary(grouping: sockets.filter { $0.owner.isKernel == true }, by: \.namespace.host)
  }

  /// What `place` is called, also where its host did not describe it.
  func name(of place: Place) -> String { names[place] ?? "namespace \(place.namespace)" }

  /// The row of the socket whose local end is `flow.source`; the busiest if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: Place) -> FlowTraffic? {
    byEnd[Leg(flow, at: namespace)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// Where a socket has the local end `flow.source` and talks with `flow.destination`.
  func places(ofSocket flow: Flow) -> Set<Place> { endPlaces[flow] ?? [] }

  /// Where the flow only passed, under the name that its initiator gave it.
  func places(passing flow: Flow) -> Set<Place> { forwardingPlaces[flow.unordered] ?? [] }

  /// The row of the flow in `place`, at a socket or on its way; nil if it was not seen there.
  func passing(_ flow: Flow, in place: Place) -> FlowTraffic? { passing[Leg(flow.unordered, at: place)] }

  /// Whether a flow that passed `namespace` came from `address` and was given another one there.
  func isTranslatedSource(_ address: IPAddress, in namespace: Place) -> Bool {
    translations.values.contains { row in
      row.namespace == namespace && row.flow.source.address == address && row.translated?.source.address != address
    }
  }

  /// How a flow that passed `namespace` was translated there, by either of its names, from initiator to responder.
  func translation(of flow: Flow, in namespace: Place) -> FlowTraffic? {
    guard let row = translations[Leg(flow.unordered, at: namespace)], let translated = row.translated,
      flow == row.flow || flow == translated
    else { return nil }
    return row
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

  /// Whether anything on the host that `place` is on talked with `address`, or passed its packets on.
  func isPeer(_ address: IPAddress, onHostOf place: Place) -> Bool {
    peers.contains(Peer(host: place.host, address: address))
  }

  /// What went through an interface, the busiest first.
  func passing(device: String, of place: Place) -> [FlowTraffic] {
    all.filter { $0.namespace == place && ($0.interface == device || $0.outInterface == device) }
      .sorted { $0.traffic.bytes > $1.traffic.bytes }
  }

  /// Connections of the kernel itself of the host that `namespace` is on.
  func kernelSockets(onHostOf namespace: Place) -> [FlowTraffic] { byKernel[namespace.host] ?? [] }
}
