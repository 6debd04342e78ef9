internal import Flows
internal import Questions

/// The relays among the processes of a measurement, each asked once, when a walk arrives there.
actor RelayIndex {
  private let inquiry: Inquiry
  private let rows: RowIndex
  private let caused: [ProcessID: [RelayLink]]
  private var maps: [ProcessID: RelayMap?] = [:]
  private let methods: Set<RelayLink.Method>
  /// Seconds that are left for snapshots of counters, over all relays.
  private var patience: Double

  /// - Parameters:
  ///   - patience: seconds that may be spent on watching counters until pairs are unique.
  ///   - methods: the ways of pairing that count; without `only` and `share` nothing is guessed.
  init(
    _ inquiry: Inquiry, rows: RowIndex, relayed: [RelayLink], patience: Double,
    methods: Set<RelayLink.Method> = RelayLink.Method.all
  ) {
    self.inquiry = inquiry
    self.rows = rows
    self.patience = patience
    self.methods = methods
    var caused: [ProcessID: [RelayLink]] = [:]
    for link in relayed where methods.contains(.cause) {
      let row = rows.socket(link.outbound, in: link.namespace) ?? rows.socket(link.inbound.reversed, in: link.namespace)
      guard let pid = row?.owner.process?.pid else { continue }
      caused[ProcessID(host: link.namespace.host, pid: pid), default: []].append(link)
    }
    self.caused = caused
  }

  /// What is known of process `process`, whose sockets are in `namespace`, as a relay; nil if it has flows on one side
  /// only.
  func map(of process: Process, in namespace: Place) async throws -> RelayMap? {
    let key = ProcessID(host: namespace.host, pid: process.pid)
    if let known = maps[key] { return known }
    let map = try await ask(process, namespace, caused[key] ?? [])
    maps[key] = .some(map)
    return map
  }

  private func ask(_ process: Process, _ namespace: Place, _ caused: [RelayLink]) async throws -> RelayMap? {
    let all = rows.sockets(of: process.pid, onHostOf: namespace)
    let inbound = all.filter { $0.role == .responder }
    let outbound = all.filter { $0.role == .initiator }
    guard !inbound.isEmpty, !outbound.isEmpty else { return nil }
    var answer = RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    switch try await inquiry.ask(RelayQuestion(of: process.pid, in: namespace)) {
    case .told(let told): answer = told.value ?? answer
    case .refused(let reason): answer.notes.append("its own sessions and configuration could not be read: \(reason)")
    }
    if !methods.contains(.session) { answer.sessions = nil }
    var links = (answer.sessions ?? []) + caused
    if methods.contains(.bytes) {
      links += TrafficPairing.pair(all).compactMap(Self.link)
      if patience > 0, needsSnapshots(answer, outbound, links) {
        let outcome = try await RelaySnapshots(inquiry.vantage).pair([process.pid], in: namespace, seconds: patience)
        patience -= outcome.seconds
        links += outcome.links.compactMap(Self.link)
      }
    }
    return RelayMap(
      process: process, answer: answer, inbound: inbound, outbound: outbound, links: links,
      mayGuess: methods.isSuperset(of: [.only, .share]))
  }

  /// Watching counters is worth its time where each connection has a partner and not all are known, or where bytes are
  /// all that was asked for.
  private func needsSnapshots(_ answer: RelayAnswer, _ outbound: [FlowTraffic], _ links: [RelayLink]) -> Bool {
    guard answer.isOneToOne || methods == [.bytes] else { return false }
    let known = Set(links.filter { $0.isUnique }.map(\.outbound))
    return outbound.contains { $0.flow.transport == .tcp && !$0.closed && !known.contains($0.flow) }
  }

  /// So few bytes may agree by chance.
  private static let leastBytes: UInt64 = 32

  private static func link(_ found: TrafficLink) -> RelayLink? {
    guard let outbound = found.outbound, found.inbound.traffic.bytes >= leastBytes else { return nil }
    let payload = found.inbound.payloadIn.flatMap { inward in found.inbound.payloadOut.map { inward + $0 } }
    return RelayLink(
      namespace: outbound.namespace, inbound: found.inbound.flow.reversed, outbound: outbound.flow, method: .bytes,
      bytes: found.basis == .payload ? payload : nil)
  }

  private static func link(_ found: MirrorLink) -> RelayLink? {
    guard let outbound = found.outbound, outbound.received + outbound.writtenAtMost >= leastBytes else { return nil }
    return RelayLink(
      namespace: outbound.namespace, inbound: found.inbound.flow.reversed, outbound: outbound.flow, method: .bytes)
  }
}
