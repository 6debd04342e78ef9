internal import Flows
internal import Questions

/// One relay: its flows in the window, and which of them belong together by the most reliable method that applies.
struct RelayMap: Sendable {
  let process: Process
  let answer: RelayAnswer
  /// Why the process could not be asked about itself; nil if it could.
  let refusal: String?
  /// Rows from the relay to its clients, and rows from the relay to its servers.
  let inbound: [FlowTraffic]
  let outbound: [FlowTraffic]
  private let byInbound: [Leg: [RelayLink]]
  private let byOutbound: [Leg: [RelayLink]]
  private let mayGuess: Bool
  /// Whether others of its kind show that it relays.
  private let isProven: Bool
  private let balance: RelayBalance
  /// Whether it moves the same bytes on both sides, as a relay of any name does.
  let movesInStep: Bool
  /// Whether that holds closely, and in both directions.
  let movesInStepBothWays: Bool
  /// How clients come to it if not by connections of its own: through another program's UNIX socket.
  var way: String?

  /// How many clients are distinguished one by one at most.
  private static let branches = 512

  /// - Parameter mayGuess: whether "the only other flow" or shares of bytes may replace pairs that are not known.
  init(
    process: Process, answer: RelayAnswer, refusal: String? = nil, inbound: [FlowTraffic], outbound: [FlowTraffic],
    links: [RelayLink], mayGuess: Bool = true, isProven: Bool = false
  ) {
    self.isProven = isProven
    self.mayGuess = mayGuess
    self.refusal = refusal
    self.process = process
    self.answer = answer
    self.inbound = inbound
    self.outbound = outbound
    byInbound = Dictionary(grouping: links) { Leg($0.inbound, at: $0.namespace) }
    byOutbound = Dictionary(grouping: links) { Leg($0.outbound, at: $0.namespace) }
    let steps = RelaySteps(inbound: inbound, outbound: outbound)
    movesInStep = steps.agree
    movesInStepBothWays = steps.agree && steps.agreeBothWays
    let certain = byOutbound.values.flatMap { links in
      Self.merged(links.filter { $0.isUnique && $0.method < .only }, .towardInitiator)
    }
    balance = RelayBalance(inbound: inbound, outbound: outbound, certain: certain)
  }

  /// All links, each once.
  var links: [RelayLink] { byOutbound.values.flatMap { $0 } }

  /// Whether something other than its name shows that it relays: its byte sums, or repeated connections on behalf of
  /// clients.
  private var isSeenToRelay: Bool {
    if isProven || movesInStep || links.contains(where: { $0.method == .bytes }) { return true }
    return links.filter(\.isUnique).reduce(0) { $0 + ($1.exchanges ?? 1) } >= Self.manyExchanges
  }

  private static let manyExchanges = 3

  /// The ways from `flow` (initiator to responder) to the relay's other side; empty if there are none.
  ///
  /// Shares add up to 1. An ambiguous way appears once, with its other side open.
  func crossings(of flow: Flow, in namespace: Place, _ direction: Walker.Direction) -> [RelayCrossing] {
    let key = Leg(flow, at: namespace)
    let all = (direction == .towardInitiator ? byOutbound : byInbound)[key] ?? []
    let certain = Self.merged(all.filter { $0.isUnique && $0.method < .only }, direction)
    if !certain.isEmpty { return parted(certain, flow, namespace, direction) }
    guard answer.isRelay || isSeenToRelay else { return [] }
    if let only = all.first(where: { $0.isUnique }) { return shared([(only, 1)]) }
    if let open = all.min(by: { ($0.method, $0.candidates) < ($1.method, $1.candidates) }) {
      let others = candidates(for: flow, direction)
      // However many waited at some moment: no other flow is there.
      if others.count == 1, mayGuess {
        return [crossing(link(flow, others[0], direction, .only, 1), open: nil, share: 1)]
      }
      return [self.open(open, among: others, direction, share: 1)]
    }
    return guesses(for: flow, in: namespace, direction, share: 1)
  }

  /// The flows of the other side that `flow` may belong to.
  private func candidates(for flow: Flow, _ direction: Walker.Direction) -> [FlowTraffic] {
    (direction == .towardInitiator ? inbound : outbound).filter {
      $0.flow.transport == flow.transport && mayLead($0, to: flow, direction) && isFree($0, direction)
    }
  }

  /// How many alternatives are followed to see whether they come from one client.
  private static let mostAlternatives = 128

  private func open(
    _ link: RelayLink, among others: [FlowTraffic], _ direction: Walker.Direction, share: Double
  ) -> RelayCrossing {
    var result = crossing(link, open: direction, share: share)
    if others.count <= Self.mostAlternatives {
      result.alternatives = others.map {
        Leg(direction == .towardInitiator ? $0.flow.reversed : $0.flow, at: $0.namespace)
      }
    }
    return result
  }

  // MARK: Certain pairs, and what they leave

  /// Gives certain pairs their bytes and shares the rest among the flows whose bytes are not known either.
  private func parted(
    _ certain: [RelayLink], _ flow: Flow, _ namespace: Place, _ direction: Walker.Direction
  ) -> [RelayCrossing] {
    let known = certain.compactMap(\.bytes).reduce(0, +)
    guard let amount = balance.amount(of: flow, in: namespace), certain.allSatisfy({ $0.bytes != nil }),
      known > 0, !(answer.isOneToOne && certain.count == 1)
    else { return shared(certain.map { ($0, Double($0.bytes ?? UInt64($0.exchanges ?? 1))) }) }
    let left = balance.left(of: flow, in: namespace)
    let weighed = certain.map { ($0, Double($0.bytes ?? 0)) }
    guard left > max(amount * Self.negligible, Self.negligibleBytes) else { return shared(weighed) }
    let share = left / amount
    let rest =
      answer.isRelay || isSeenToRelay
      ? guesses(for: flow, in: namespace, direction, share: share)
      : [own(certain[0], direction, share: share)]
    return shared(weighed, of: 1 - share) + rest
  }

  /// A part below this share of a flow's bytes is merged into the rest.
  private static let negligible = 0.02
  /// Fewer bytes than this may be one request that was not paired, or headers.
  private static let negligibleBytes = 4096.0

  // MARK: Guesses

  /// The ways without any link: one of all flows on the other side, or, if many clients share upstream connections,
  /// shares of their bytes.
  ///
  /// - Parameter share: the part of the flow's bytes in question.
  private func guesses(
    for flow: Flow, in namespace: Place, _ direction: Walker.Direction, share: Double
  ) -> [RelayCrossing] {
    let all = candidates(for: flow, direction)
    // Flows that are already paired have no part in the rest. Small ones count, because there may be many of them.
    let others = all.filter { hasLeft($0, direction) }
    guard let busiest = (others.isEmpty ? all : others).max(by: { left(of: $0, direction) < left(of: $1, direction) })
    else { return [] }
    func link(_ other: FlowTraffic, _ method: RelayLink.Method, _ count: Int) -> RelayLink {
      self.link(flow, other, direction, method, count)
    }
    let open = [self.open(link(busiest, .share, max(1, all.count)), among: all, direction, share: share)]
    guard mayGuess, !others.isEmpty, others.count <= Self.branches else {
      return all.count == 1 && mayGuess ? [crossing(link(busiest, .only, 1), open: nil, share: share)] : open
    }
    if all.count == 1 { return [crossing(link(busiest, .only, 1), open: nil, share: share)] }
    guard !answer.isOneToOne, isBalanced(flow, others, direction) else { return open }
    if others.count == 1 { return [crossing(link(busiest, .only, 1), open: nil, share: share)] }
    return shared(others.map { (link($0, .share, others.count), left(of: $0, direction)) }, of: share)
  }

  private func link(
    _ flow: Flow, _ other: FlowTraffic, _ direction: Walker.Direction, _ method: RelayLink.Method, _ count: Int
  ) -> RelayLink {
    RelayLink(
      namespace: other.namespace, inbound: direction == .towardInitiator ? other.flow.reversed : flow,
      outbound: direction == .towardInitiator ? flow : other.flow, method: method, candidates: count)
  }

  private func left(of other: FlowTraffic, _ direction: Walker.Direction) -> Double {
    balance.left(of: direction == .towardInitiator ? other.flow.reversed : other.flow, in: other.namespace)
  }

  private func hasLeft(_ other: FlowTraffic, _ direction: Walker.Direction) -> Bool {
    balance.hasLeft(direction == .towardInitiator ? other.flow.reversed : other.flow, in: other.namespace)
  }

  /// Whether the bytes left on both sides are equal and go to one server. Then the shares on one side are those on the
  /// other. A cached answer or compression would break that.
  private func isBalanced(
    _ flow: Flow, _ others: [FlowTraffic], _ direction: Walker.Direction
  ) -> Bool {
    let back: Walker.Direction = direction == .towardInitiator ? .towardResponder : .towardInitiator
    let same = (direction == .towardInitiator ? outbound : inbound).filter {
      $0.flow.transport == flow.transport && hasLeft($0, back)
    }
    let servers = Set((direction == .towardInitiator ? same : others).map(\.flow.destination))
    let here = same.reduce(0) { $0 + left(of: $1, back) }
    let there = others.reduce(0) { $0 + left(of: $1, direction) }
    return servers.count == 1 && min(here, there) * 1.2 >= max(here, there)
  }

  /// Whether a flow of the other side may still belong to a flow without a known pair.
  private func isFree(_ other: FlowTraffic, _ direction: Walker.Direction) -> Bool {
    let flow = direction == .towardInitiator ? other.flow.reversed : other.flow
    let key = Leg(flow, at: other.namespace)
    let links = (direction == .towardInitiator ? byInbound : byOutbound)[key] ?? []
    guard answer.isOneToOne else {
      // Flows that a recorded list pairs are no candidates for the rest at that moment.
      return answer.isRecorded != true || !links.contains { $0.isUnique && $0.method == .session }
    }
    return !links.contains { $0.isUnique && $0.method < .only }
  }

  /// Whether the configuration allows the flow `other` on one side to lead to `flow` on the other.
  private func mayLead(_ other: FlowTraffic, to flow: Flow, _ direction: Walker.Direction) -> Bool {
    let accepted = direction == .towardInitiator ? other.flow.source : flow.destination
    let target = direction == .towardInitiator ? flow.destination : other.flow.destination
    let frontends = answer.frontends.filter { $0.listens.contains { $0.accepts(accepted) } }
    let backends = answer.backends.filter { $0.servers.contains { $0.leads(to: target) } }
    guard !frontends.isEmpty, !backends.isEmpty else { return true }
    let names = Set(backends.map(\.name))
    return frontends.contains { $0.backends.map { !names.isDisjoint(with: $0) } ?? true }
  }

  /// Merges links of the same pair by several methods into one with the best method. Byte counts come from whichever
  /// link has them.
  private static func merged(_ links: [RelayLink], _ direction: Walker.Direction) -> [RelayLink] {
    var result: [Flow: RelayLink] = [:]
    for link in links.sorted(by: { $0.method < $1.method }) {
      let other = direction == .towardInitiator ? link.inbound : link.outbound
      if var known = result[other] {
        known.exchanges = known.exchanges ?? link.exchanges
        known.bytes = known.bytes ?? link.bytes
        known.names = known.names ?? link.names
        result[other] = known
      } else {
        result[other] = link
      }
    }
    // A pair by bytes adds nothing if the relay itself or its threads have shown it.
    let best = result.values.map(\.method).min() ?? .bytes
    let weighed = result.values.filter { best > .cause || $0.method <= .cause }
    // Bytes are weights only if all flows have them.
    let haveBytes = weighed.allSatisfy { $0.bytes != nil }
    return weighed.map { link in
      var link = link
      if !haveBytes { link.bytes = nil }
      return link
    }.sorted { ($0.inbound.source, $0.outbound.source) < ($1.inbound.source, $1.outbound.source) }
  }

  /// - Parameter whole: the sum of the shares.
  private func shared(_ weighed: [(RelayLink, Double)], of whole: Double = 1) -> [RelayCrossing] {
    let total = weighed.reduce(0) { $0 + $1.1 }
    return weighed.map { link, weight in
      crossing(link, open: nil, share: whole * (total > 0 ? weight / total : 1 / Double(weighed.count)))
    }
  }

  /// What the process did for itself and for no client.
  private func own(_ link: RelayLink, _ direction: Walker.Direction, share: Double) -> RelayCrossing {
    var crossing = crossing(link, open: direction, share: share)
    crossing.isOwn = true
    return crossing
  }

  private func crossing(_ link: RelayLink, open: Walker.Direction?, share: Double) -> RelayCrossing {
    var link = link
    if link.names == nil {
      link.names = answer.names(
        inbound: open == .towardInitiator ? nil : link.inbound, outbound: open == .towardResponder ? nil : link.outbound
      )
    }
    return RelayCrossing(
      process: process, software: answer.software, isListed: answer.isRelay, sessionCommand: answer.sessionCommand,
      isRecorded: answer.isRecorded ?? false,
      configurationCommand: link.names?.configuration.flatMap { answer.configurationCommands?[$0] }, link: link,
      open: open,
      share: share, way: way)
  }
}

extension RelayAnswer {
  /// The configuration's names for the way from `inbound` (client to relay) to `outbound` (relay to server); nil stands
  /// for an unknown side.
  func names(inbound: Flow?, outbound: Flow?) -> RelayNames? {
    var frontends = inbound.map { flow in
      let accepting = self.frontends.compactMap { frontend -> (RelayFrontend, Bool)? in
        let listens = frontend.listens.filter { $0.accepts(flow.destination) }
        return listens.isEmpty ? nil : (frontend, listens.contains { $0.address != nil })
      }
      // A listener with exactly this address takes precedence over one for any address.
      let exact = accepting.filter(\.1)
      return (exact.isEmpty ? accepting : exact).map(\.0)
    }
    var backends = outbound.map { flow in
      self.backends.filter { $0.servers.contains { $0.leads(to: flow.destination) } }
    }
    if let known = backends, let from = frontends, !from.isEmpty {
      let reachable = Set(from.flatMap { $0.backends ?? self.backends.map(\.name) })
      backends = known.filter { reachable.contains($0.name) }
      let names = Set((backends ?? []).map(\.name))
      if !names.isEmpty { frontends = from.filter { $0.backends.map { !names.isDisjoint(with: $0) } ?? true } }
    }
    var names = RelayNames(user: user)
    if let frontends, frontends.count == 1 {
      names.frontend = frontends[0].name
      names.configuration = frontends[0].configuration
      if frontends[0].sites.count == 1 { names.site = frontends[0].sites[0] }
    }
    if let backends, backends.count == 1, let outbound {
      names.backend = backends[0].name
      names.configuration = backends[0].configuration
      let servers = backends[0].servers.filter { $0.leads(to: outbound.destination) }
      if let server = servers.first(where: { $0.address != nil }) ?? servers.first,
        servers.count == 1 || server.address != nil
      {
        names.server = server.name
        names.configuration = server.configuration
      }
    }
    return names == RelayNames() ? nil : names
  }
}
