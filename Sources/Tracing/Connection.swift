internal import Documents
internal import Flows

/// One measured flow, with the walks to both of its ends.
struct Connection {
  let row: FlowTraffic
  let initiator: Walker.Path
  let responder: Walker.Path
  /// The part of the row's bytes that took this way.
  let bytes: UInt64

  /// Equal for every place at which the same traffic was measured: its start, its tuple there, and the relays'
  /// connections that it went through.
  struct Identity: Hashable {
    let place: Place
    let flow: Flow
    let relayed: [Flow]
    /// Distinguishes sockets with the same tuple (a listener and a packet socket).
    let shared: UInt64?
  }

  var identity: Identity { identity(initiator.place, initiator.flow) }

  /// The same for what comes from outside and ends in a socket. A router, a bridge and the server see it from three places and
  /// know no start that they share, but that socket. Nil for all other traffic.
  var arrival: Identity? {
    guard case .external? = initiator.steps.last,
      case .socket(let place, let flow, .towardResponder)? = responder.steps.last
    else { return nil }
    return identity(place, flow)
  }

  private func identity(_ place: Place, _ flow: Flow) -> Identity {
    Identity(
      place: place, flow: flow,
      relayed: steps.compactMap { if case .relay(_, let crossing) = $0 { crossing.link.outbound } else { nil } },
      shared: row.role == .shared ? row.cookie ?? 0 : nil)
  }

  /// Whether the way to the responder is known: up to its socket, or off all known hosts.
  var reachesResponder: Bool {
    !responder.steps.contains { step in
      switch step {
      case .host(_, .some, _, _), .unknown: true
      default: false
      }
    }
  }

  /// Whether nobody knows what lies beyond the initiator's end, so that a place farther on may have measured the same traffic.
  var isOpen: Bool {
    guard row.role != .shared else { return false }
    switch initiator.steps.last {
    case .unknown: return true
    case .external(_, _, _, .some, _): return true
    default: return initiator.isNameOpen
    }
  }

  /// Whether its host only forwarded it, from outside all queried hosts to outside them, so that the next router may have
  /// measured it too.
  var isPassing: Bool {
    guard row.role == .forwarded, case .external? = initiator.steps.last, case .external? = responder.steps.last else {
      return false
    }
    return true
  }

  /// Where the connection was measured: at one of its ends, or at a place that it passed.
  struct Sighting: Hashable {
    let namespace: Place
    let flow: Flow
    let role: FlowTraffic.Role
    var isEnd: Bool { role != .forwarded }
  }

  var sighting: Sighting { Sighting(namespace: row.namespace, flow: row.flow, role: row.role) }

  /// The steps from the responder to the initiator. A boundary that both walks passed appears once.
  var steps: [Step] {
    var result: [Step] = []
    for step in responder.steps.reversed() + initiator.steps where result.last != step {
      // It was noticed in a container that translates, so both walks began with its boundary.
      if step.isBoundary, result.contains(step) { continue }
      result.append(step)
    }
    return result
  }

  /// All tuples that the flow has on its way.
  var names: [Flow] {
    steps.flatMap { step -> [Flow] in
      switch step {
      case .nat(_, let original, let translated, _): [original, translated]
      // One of several candidates is not a tuple of this flow.
      case .relay(_, let crossing) where crossing.open == .towardInitiator: [crossing.link.outbound]
      case .relay(_, let crossing) where crossing.open == .towardResponder: [crossing.link.inbound]
      case .relay(_, let crossing): [crossing.link.inbound, crossing.link.outbound]
      case .socket(_, let flow, _): [flow]
      case .container, .namespace, .host, .edge, .tunnel, .external, .unknown: []
      }
    }
  }
}

/// Equal for chains that are the same: their hops without the ports and tuples that differ from flow to flow.
struct ChainKey: Hashable {
  private struct Link: Hashable {
    let kind: Hop.Kind
    let host: String?
    let namespace: String?
    let pid: Int32?
    /// Whether `pid` counts in another pid namespace than the vantage's.
    let isOutside: Bool
    /// For processes that are started again and again: their common kind, in place of the pid.
    let started: StartedProcess.Kind?
    let container: String?
    let address: String?
    let device: String?
    let client: String?
    let names: RelayNames?
    /// The method and certainty of a pair, so that a known pair and a guess stay separate chains.
    let method: String?
    let certainty: Certainty?
    let edge: String?
    let reason: String?
  }
  private let links: [Link]
  private let source: Chain.Source
  /// The service's port, if the service is on a known host. A distant service counts as the same on any port.
  private let service: UInt16?
  private let site: String?
  /// The name of the group, if outside addresses are grouped.
  private let outside: String?

  init(_ chain: Chain, outside: String? = nil) {
    self.outside = outside
    // A container that is started again has a new namespace each time, which may have ended.
    let home = chain.hops.last?.kind == .socket ? chain.hops.last?.container?.id : nil
    links = chain.hops.filter { home == nil || $0.kind != .container || $0.container?.id != home }.map {
      let started = StartedProcess.Kind($0.process)
      // So has what a process starts in a network of its own.
      let isPlaced = started == nil && (home == nil || $0.container?.id != home)
      return Link(
        kind: $0.kind, host: $0.host, namespace: isPlaced ? $0.namespace : nil,
        pid: started == nil ? $0.process?.pid : nil, isOutside: $0.process?.outside == true, started: started,
        container: started?.image == nil ? $0.container?.id : nil,
        address: $0.address.map(String.init(describing:)), device: $0.kind == .link ? $0.link?.interface : nil,
        client: $0.tunnel?.client,
        names: $0.relay.map {
          RelayNames(frontend: $0.frontend, backend: $0.backend, server: $0.server, site: $0.site, user: $0.user)
        }, method: $0.relay?.method, certainty: $0.relay == nil ? nil : $0.certainty,
        edge: $0.edge.map { "\($0.provider) \($0.name)" }, reason: $0.reason)
    }
    var source = chain.source
    if let last = chain.hops.last?.process, StartedProcess.Kind(last) != nil {
      // The remaining summary names the only one.
      source.summary = ""
    }
    self.source = source
    site = chain.destination.site?.name
    service = chain.destination.host == nil ? nil : chain.destination.endpoint?.port
  }
}

extension Chain {
  /// The sum of both chains. The hops are those of the busier one; the endpoint stays only if both have the same.
  ///
  /// - Parameter flows: the number of flows in the sum; parts of one flow count as one.
  func joined(with other: Chain, flows: Int, seconds: Double, of total: UInt64, among count: Int) -> Chain {
    var result = self
    if result.destination.endpoint != other.destination.endpoint { result.destination.endpoint = nil }
    result.adoptNames(of: other)
    result.bytes += other.bytes
    result.flows = flows
    result.bitsPerSecond = Chain.rate(result.bytes, seconds)
    result.share = Chain.share(result.bytes, of: total, flows: result.flows, among: count)
    return result
  }

  /// The share of the bytes, or of the flows if no bytes were counted.
  static func share(_ bytes: UInt64, of total: UInt64, flows: Int, among count: Int) -> Double {
    total > 0 ? Double(bytes) / Double(total) : Double(flows) / Double(max(1, count))
  }

  static func rate(_ bytes: UInt64, _ seconds: Double) -> UInt64 {
    // A shorter window says nothing of a second.
    seconds >= 0.1 ? UInt64(min(Double(bytes) * 8 / seconds, 1e18)) : 0
  }
}
