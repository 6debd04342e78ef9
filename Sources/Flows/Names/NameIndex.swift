/// The names that an interval's flows asked for, from captured handshakes and requests, or else from DNS answers.
public struct NameIndex: Sendable {
  /// By place (nil if recorded evidence does not say) and by flow from initiator to responder.
  private var seen: [Place?: [Flow: [FlowName]]] = [:]
  /// The names of a flow wherever on the host it was seen.
  private var elsewhere: [Leg: [FlowName]] = [:]
  private let answers: AnswerIndex
  /// The owners of the sockets that sent questions to DNS servers.
  private var askers: [Leg: Owner] = [:]
  /// The addresses of a namespace's own sockets.
  private var own: [Place: Set<IPAddress>] = [:]

  /// Nil if names were not watched in `interval`.
  public init?(_ interval: Interval) {
    guard interval.names != nil || interval.answers != nil else { return nil }
    for name in interval.names ?? [] {
      seen[name.namespace, default: [:]][name.flow, default: []].append(name)
      guard let namespace = name.namespace, !name.flow.source.address.isLoopback else { continue }
      elsewhere[Leg(name.flow, at: .anywhere(on: namespace.host)), default: []].append(name)
    }
    answers = AnswerIndex(interval.answers ?? [])
    for row in interval.flows where row.role != .forwarded {
      if row.flow.destination.port == 53 {
        askers[Leg(row.flow, at: row.namespace)] = row.owner
      }
      own[row.namespace, default: []].insert(row.flow.source.address)
    }
  }

  /// The names seen for a row's flow, best first: a name from a handshake or request, then a name from DNS, then the
  /// reason why a handshake has no name.
  public func names(of row: FlowTraffic) -> [FlowName] {
    guard row.role != .shared else { return [] }
    var found: [FlowName] = []
    for flow in [row.flow] + (row.translated.map { [$0] } ?? []) {
      found += names(of: flow, in: row.namespace)
      if row.role != .initiator, row.role != .forwarded { found += names(of: flow.reversed, in: row.namespace) }
    }
    let named = found.filter { $0.name != nil }
    if !named.isEmpty { return Self.ranked(named) }
    return (candidates(for: row).first.map { [name($0, row)] } ?? []) + found
  }

  /// The name to show with a row; nil if none was seen.
  public func name(of row: FlowTraffic) -> FlowName? { names(of: row).first { $0.name != nil } }

  /// Whether a row's flow asks for `wanted` or a name below it: its handshake or request says so, or, if neither was
  /// seen, a DNS answer suggests it.
  public func asks(_ row: FlowTraffic, for wanted: String) -> Bool {
    let seen = names(of: row).filter { $0.kind != .dns }.compactMap(\.name)
    guard seen.isEmpty else { return seen.contains { Self.name($0, isWithin: wanted) } }
    return candidates(for: row).contains { answer in
      ([answer.question] + answer.aliases).contains { Self.name($0, isWithin: wanted) }
    }
  }

  /// Whether `name` equals `parent` or is a subdomain of it.
  public static func name(_ name: String, isWithin parent: String) -> Bool {
    name == parent || (name.hasSuffix(parent) && name.utf8.dropLast(parent.utf8.count).last == UInt8(ascii: "."))
  }

  /// Names from handshakes and requests of `flow` (from its initiator) in `namespace`, or elsewhere on the same host.
  public func names(of flow: Flow, in namespace: Place) -> [FlowName] {
    if let here = seen[namespace]?[flow] { return Self.ranked(here) }
    // The same tuple at another place of the host is the same flow, unless the places disagree.
    let there = elsewhere[Leg(flow, at: .anywhere(on: namespace.host))] ?? []
    return Set(there.map(\.name)).count == 1 ? Self.ranked(there) : []
  }

  /// The DNS answers that may have led the initiator to the responder, most likely first; only those to the row's own
  /// process if there are any.
  public func candidates(for row: FlowTraffic) -> [NameAnswer] {
    // A name server is known by its address, even if a name leads there.
    guard row.role != .responder, row.role != .shared, row.flow.destination.port != 53 else { return [] }
    let candidates = answers.candidates(
      for: row.flow, at: .infinity, in: row.namespace, own: row.role == .forwarded ? [] : own[row.namespace] ?? [])
    guard let pid = row.owner.process?.pid else { return candidates }
    let own = candidates.filter { asker(of: $0)?.process?.pid == pid }
    return own.isEmpty ? candidates : own
  }

  /// The process that sent the question of `answer`; nil if its socket was not seen.
  public func asker(of answer: NameAnswer) -> Owner? {
    answer.namespace.flatMap { askers[Leg(answer.flow, at: $0)] }
  }

  private func name(_ answer: NameAnswer, _ row: FlowTraffic) -> FlowName {
    FlowName(namespace: row.namespace, flow: row.flow, name: answer.question, kind: .dns, time: answer.time)
  }

  /// Ranks a name before a missing one, the inner name before the outer one of an HTTP tunnel, and later before earlier
  /// ones.
  private static func ranked(_ names: [FlowName]) -> [FlowName] {
    names.sorted { first, second in
      if (first.name == nil) != (second.name == nil) { return first.name != nil }
      if (first.kind == .http) != (second.kind == .http) { return second.kind == .http }
      return first.time > second.time
    }
  }
}
