public import Documents
public import Flows
public import Questions

/// Finds the relays of a host, with all their flows.
public struct RelaySurvey: Sendable {
  private let vantage: any Vantage
  private let mustStop: @Sendable () -> Bool

  /// - Parameter mustStop: asked while counters are sampled; once it is true, the answer is what is known by then.
  public init(_ vantage: any Vantage, mustStop: @escaping @Sendable () -> Bool = { false }) {
    self.vantage = vantage
    self.mustStop = mustStop
  }

  /// Measures for `seconds`.
  ///
  /// - Parameters:
  ///   - text: the process, container, port or address whose relays are wanted; nil for all.
  ///   - patience: how many seconds may be spent on sampling counters until pairs are unique.
  ///   - methods: the methods of pairing to use; without `only` and `share` nothing is guessed.
  /// - Throws: `TargetError`; the vantage's own errors.
  public func survey(
    _ text: String?, seconds: Double, sets: some NamedSets, patience: Double,
    methods: Set<RelayLink.Method> = RelayLink.Method.all
  ) async throws -> RelayDocument {
    if let text { try Target.check(text) }
    let inventory = try await vantage.inventory()
    let target = try text.map { text throws(TargetError) in try Target(text, inventory: inventory, sets: sets) }
    if let target { _ = try await ProcessChoice(vantage: vantage, inventory: inventory).settled(target) }
    let interval = try await vantage.measure(seconds: seconds)
    let rows = RowIndex(AgreedBeginnings.settled(interval.flows))
    let inquiry = Inquiry(vantage)
    let index = RelayIndex(
      inquiry, rows: rows, relayed: interval.relayed ?? [], answers: interval.answers, patience: patience,
      methods: methods, mustStop: mustStop)
    var reports = RelayReports()
    var seen: Set<ProcessID> = []
    for (process, namespace) in rows.processes {
      let own = rows.sockets(of: process, onHostOf: namespace)
      if let target, !own.contains(where: target.matches) { continue }
      guard let map = try await index.map(of: process, in: namespace), !map.inbound.isEmpty else { continue }
      // Many servers ask other servers themselves; one is a relay if that is its purpose or if it was observed to
      // relay.
      guard
        map.answer.isRelay || map.movesInStep || map.links.contains(where: { $0.isUnique && $0.method < .only })
      else { continue }
      // Programs that are one relay together have one map.
      guard seen.insert(map.process.id(onHostOf: namespace)).inserted else { continue }
      reports.add(Self.report(map), of: map, onHostOf: namespace)
    }
    let found = try await reports.joined(inquiry)
    // Those that can't be seen may relay.
    let limits = target?.isProcess == true || found.isEmpty ? inventory.confinements : []
    var document = RelayDocument(
      host: vantage.host, started: interval.started, seconds: interval.seconds,
      relays: found.sorted { ($0.bytes, $1.software) > ($1.bytes, $0.software) },
      notes: interval.notes + inventory.notes.filter { !interval.notes.contains($0) }
        + inquiry.refusals.map { "not answered: \($0)" } + limits)
    // What has no owner may be a relay's, as may what is in a part that could not be examined.
    let ownerless = interval.flows.lazy.filter {
      $0.owner.process == nil && $0.owner.isKernel != true && $0.role != .forwarded && $0.role != .shared
    }
    document.reason = interval.flows.lazy.compactMap(\.owner.unseenReason).first
    if found.isEmpty, document.reason == nil {
      document.reason =
        inventory.concealment(on: 0) ?? (interval.meter == "ebpf" ? nil : ownerless.compactMap(\.owner.reason).first)
        ?? (interval.isDenied == true ? "rights are missing to count everything" : nil)
    }
    return document
  }

  static func report(_ map: RelayMap) -> RelayReport {
    var ways: [RelayReport.Way] = []
    for row in map.inbound {
      let flow = row.flow.reversed
      let crossings = map.crossings(of: flow, in: row.namespace, .towardResponder).filter { !$0.isOwn }
      guard !crossings.isEmpty else {
        ways.append(
          RelayReport.Way(inbound: flow, method: "none", certainty: .unknown, bytes: row.traffic.bytes))
        continue
      }
      for crossing in joined(crossings) {
        let (link, isOpen) = (crossing.link, crossing.open != nil || crossing.link.method == .share)
        ways.append(
          RelayReport.Way(
            inbound: flow, outbound: isOpen ? nil : link.outbound, names: link.names,
            method: crossing.open == nil
              ? link.method.rawValue : link.candidates == 1 ? "one flow matches" : "several flows match",
            certainty: crossing.open != nil ? .unknown : link.method.certainty,
            candidates: isOpen ? link.candidates : nil,
            bytes: UInt64((Double(row.traffic.bytes) * crossing.share).rounded()), exchanges: link.exchanges))
      }
    }
    // Sessions whose flows had no traffic in the window.
    let moving = Set(map.inbound.map(\.flow.reversed))
    for session in map.answer.sessions ?? [] where !moving.contains(session.inbound) {
      ways.append(
        RelayReport.Way(
          inbound: session.inbound, outbound: session.outbound, names: session.names,
          method: RelayLink.Method.session.rawValue, certainty: .observed, bytes: 0))
    }
    var own: [Flow] = []
    var unpaired: [RelayReport.Unpaired] = []
    for row in map.outbound {
      let crossings = map.crossings(of: row.flow, in: row.namespace, .towardInitiator).filter { !$0.isOwn }
      if crossings.isEmpty { own.append(row.flow) }
      if let open = crossings.first(where: { $0.open != nil || $0.link.method == .share }),
        open.open != nil || open.link.method == .share
      {
        unpaired.append(RelayReport.Unpaired(outbound: row.flow, candidates: open.link.candidates))
      }
    }
    return RelayReport(
      software: map.answer.software,
      owner: (map.way == nil ? map.inbound.first ?? map.outbound.first : map.outbound.first)?.owner ?? Owner(),
      inbound: map.inbound.count, outbound: map.outbound.count,
      bytes: map.inbound.reduce(0) { $0 + $1.traffic.bytes },
      ways: ways.sorted { ($0.bytes, $1.inbound.source) > ($1.bytes, $0.inbound.source) }, unpaired: unpaired,
      own: own, notes: map.answer.notes)
  }

  /// Merges shares with the same names, because it is not known which of the connections it was.
  private static func joined(_ crossings: [RelayCrossing]) -> [RelayCrossing] {
    guard crossings.allSatisfy({ $0.link.method == .share }) else { return crossings }
    var result: [RelayCrossing] = []
    for crossing in crossings {
      if let index = result.firstIndex(where: { $0.link.names == crossing.link.names }) {
        result[index].share += crossing.share
      } else {
        result.append(crossing)
      }
    }
    return result
  }
}
