internal import Flows

/// The measured rows, indexed by what a walk knows.
struct RowIndex {
  private let byEnd: [Leg: [FlowTraffic]]
  private let byProcess: [ProcessID: [FlowTraffic]]
  private let passing: [Leg: FlowTraffic]
  private let translations: [Leg: FlowTraffic]
  /// The second halves of flows that a program translates between IPv6 and IPv4, by the tuples of both halves.
  private let families: [Leg: FlowTraffic]
  private let byKernel: [Int: [FlowTraffic]]
  private let endPlaces: [Flow: Set<Place>]
  private let forwardingPlaces: [Flow: Set<Place>]
  /// The namespaces' names, as the hosts that measured give them.
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
    families = Dictionary(
      rows.flatMap { row in
        row.before.map { [$0, row.flow, row.translated ?? row.flow].map { (Leg($0, at: row.namespace), row) } } ?? []
      }, uniquingKeysWith: { first, _ in first })
    let sockets = rows.filter { $0.role != .forwarded && $0.role != .shared }
    byEnd = Dictionary(grouping: sockets) { Leg($0.flow, at: $0.namespace) }
    endPlaces = Dictionary(grouping: sockets, by: \.flow).mapValues { Set($0.map(\.namespace)) }
    forwardingPlaces = Dictionary(grouping: rows.filter { $0.role == .forwarded }, by: \.flow.unordered)
      .mapValues { Set($0.map(\.namespace)) }
    var byProcess: [ProcessID: [FlowTraffic]] = [:]
    for row in sockets {
      if let process = row.owner.process { byProcess[process.id(onHostOf: row.namespace), default: []].append(row) }
    }
    self.byProcess = byProcess
    peers = Set(
      rows.flatMap { row in
        [row.flow, row.translated ?? row.flow].flatMap { [$0.source.address, $0.destination.address] }
          .map { Peer(host: row.namespace.host, address: $0) }
      })
    all = rows
    byKernel = Dictionary(grouping: sockets.filter { $0.owner.isKernel == true }, by: \.namespace.host)
  }

  /// The name of `place`, even if its host did not describe it.
  func name(of place: Place) -> String { names[place] ?? "namespace \(place.namespace)" }

  /// The row of the socket with the local end `flow.source`; the busiest one if the tuple was used twice.
  func socket(_ flow: Flow, in namespace: Place) -> FlowTraffic? {
    byEnd[Leg(flow, at: namespace)]?.max { $0.traffic.bytes < $1.traffic.bytes }
  }

  /// The rows of the processes that moved bytes at this one socket, busiest first; empty if only one did.
  func writers(at flow: Flow, in namespace: Place) -> [FlowTraffic] {
    guard let busiest = socket(flow, in: namespace), let cookie = busiest.cookie else { return [] }
    let rows = (byEnd[Leg(flow, at: namespace)] ?? []).filter { $0.cookie == cookie }
    guard Set(rows.map(\.owner.process?.pid)).count > 1 else { return [] }
    return rows.sorted { $0.traffic.bytes > $1.traffic.bytes }
  }

  /// The places of sockets with the local end `flow.source` and the remote end `flow.destination`.
  func places(ofSocket flow: Flow) -> Set<Place> { endPlaces[flow] ?? [] }

  /// The places that forwarded the flow under the tuple that its initiator gave it.
  func places(passing flow: Flow) -> Set<Place> { forwardingPlaces[flow.unordered] ?? [] }

  /// The row of the flow in `place`, at a socket or forwarded; nil if it was not seen there.
  func passing(_ flow: Flow, in place: Place) -> FlowTraffic? { passing[Leg(flow.unordered, at: place)] }

  /// Whether NAT in `namespace` replaced the source `address` of a forwarded flow.
  func isTranslatedSource(_ address: IPAddress, in namespace: Place) -> Bool {
    translations.values.contains { row in
      row.namespace == namespace && row.flow.source.address == address && row.translated?.source.address != address
    }
  }

  /// The row of a forwarded flow that was translated in `namespace`. `flow` may be either of its tuples, from initiator
  /// to responder.
  func translation(of flow: Flow, in namespace: Place) -> FlowTraffic? {
    guard let row = translations[Leg(flow.unordered, at: namespace)], let translated = row.translated,
      flow == row.flow || flow == translated
    else { return nil }
    return row
  }

  /// What a program in `place` translates `flow` from and to, between IPv6 and IPv4: from the first half toward the responder,
  /// from the second one toward the initiator. Nil if it was not seen to.
  func familyTranslation(of flow: Flow, in place: Place, _ direction: Walker.Direction) -> (Flow, Flow, FlowTraffic)? {
    guard let row = families[Leg(flow, at: place)], let before = row.before else { return nil }
    guard direction == .towardInitiator ? flow != before : flow == before else { return nil }
    return (before, flow == before ? row.translated ?? row.flow : flow, row)
  }

  /// All processes with connections, each once, with one namespace of its connections.
  var processes: [(process: Process, namespace: Place)] {
    byProcess.values.compactMap { rows in
      rows.first.flatMap { row in row.owner.process.map { ($0, row.namespace) } }
    }
  }

  /// All connections of `process` on the host of `namespace`.
  func sockets(of process: Process, onHostOf namespace: Place) -> [FlowTraffic] {
    sockets(of: process.id(onHostOf: namespace))
  }

  func sockets(of id: ProcessID) -> [FlowTraffic] { byProcess[id] ?? [] }

  /// All connections of the process that has number `pid` for the host of `namespace`.
  func sockets(of pid: Int32, onHostOf namespace: Place) -> [FlowTraffic] {
    sockets(of: ProcessID(host: namespace.host, pid: pid))
  }

  /// Whether anything on the host of `place` exchanged packets with `address` or forwarded its packets.
  func isPeer(_ address: IPAddress, onHostOf place: Place) -> Bool {
    peers.contains(Peer(host: place.host, address: address))
  }

  /// The rows that passed an interface, busiest first.
  func passing(device: String, of place: Place) -> [FlowTraffic] {
    all.filter { $0.namespace == place && ($0.interface == device || $0.outInterface == device) }
      .sorted { $0.traffic.bytes > $1.traffic.bytes }
  }

  /// Connections of the kernel itself on the host of `namespace`.
  func kernelSockets(onHostOf namespace: Place) -> [FlowTraffic] { byKernel[namespace.host] ?? [] }
}
