internal import Documents
internal import Flows
internal import Rhythm

/// A way through a CDN: a known host asks for the same site.
struct EdgeCrossing: Hashable {
  let edge: Hop.Edge
  /// This source's share of the traffic from the provider, 0 to 1.
  let share: Double
  /// One of the source's connections to the provider, from the source.
  let sample: Flow
  let kind: FlowName.Kind

  func hash(into hasher: inout Hasher) {
    hasher.combine(sample)
    hasher.combine(edge.name)
  }
}

/// Sources on known hosts that ask a CDN for a site.
struct EdgeIndex {
  private let asked: [Asked]
  private let sets: any NamedSets
  private let window: ClosedRange<Double>?
  private let began: Double
  private let seconds: Double

  /// A connection whose requested name was seen at its own socket.
  private struct Asked {
    let name: FlowName
    let row: FlowTraffic
    let provider: String
  }

  /// Groups connections of one program at one place: with a new process for each request it is still one source.
  private struct SourceKey: Hashable {
    let namespace: Place
    let container: String?
    let unit: String?
    let executable: String?
    let pid: Int32?
  }

  /// A possible source of the requests in a site's log.
  struct Candidate {
    let row: FlowTraffic
    let crossing: EdgeCrossing
  }

  init(_ interval: Interval, rows: RowIndex, sets: any NamedSets, window: ClosedRange<Double>?) {
    self.sets = sets
    self.window = window
    (began, seconds) = (interval.began ?? 0, interval.seconds)
    asked = (interval.names ?? []).compactMap { name in
      guard name.name != nil, let place = name.namespace, let row = rows.socket(name.flow, in: place),
        row.role != .responder, let provider = sets.provider(of: name.flow.destination.address)
      else { return nil }
      return Asked(name: name, row: row, provider: provider)
    }
  }

  /// Who asks `provider` for the site of `finding`, largest share first.
  ///
  /// The requests that the log has from the provider's addresses in the window are assigned to sources by the times of
  /// their connections, each request to at most one source. A source without a request of its own is left out.
  func candidates(for finding: SiteFinding, through provider: String) -> [Candidate] {
    let logged = (finding.served.activity?.clients ?? []).filter { sets.provider(of: $0.address) == provider }
      .flatMap(\.times).filter { window?.contains($0) ?? true }.sorted()
    let names = finding.served
    let sources = Dictionary(
      grouping: asked.filter { $0.provider == provider && ($0.name.name.map(names.matches) ?? false) },
      by: { Self.key($0.row) }
    ).values.map { connections in
      // The same connection may have been read twice on its way.
      Dictionary(connections.map { ($0.name.flow, $0) }, uniquingKeysWith: { first, _ in first })
        .values.sorted { $0.name.time < $1.name.time }
    }
    guard !logged.isEmpty, !sources.isEmpty else { return [] }
    // The window of requests is longer than that of connections.
    let within = logged.filter { $0 >= began.rounded(.down) && $0 < began + seconds }.count
    let requests = Self.matched(sources.map { $0.map(\.name.time) }, logged)
    let found = zip(sources, requests).compactMap { distinct, matched -> (FlowTraffic, Hop.Edge, FlowName)? in
      guard matched > 0, let first = distinct.first else { return nil }
      let edge = Hop.Edge(
        provider: provider, name: finding.site.name, requestsPerSecond: Self.rate(within, seconds),
        connectionsPerSecond: Self.rate(distinct.count, seconds), connections: distinct.count, matched: matched,
        agreement: Self.agreement(distinct.map(\.name.time), logged), candidates: 0)
      return (first.row, edge, first.name)
    }
    return found.sorted { ($0.1.matched, $1.0.flow.source) > ($1.1.matched, $0.0.flow.source) }.map { row, edge, name in
      var edge = edge
      edge.candidates = found.count
      let share = Double(edge.matched) / Double(logged.count)
      return Candidate(
        row: row, crossing: EdgeCrossing(edge: edge, share: share, sample: name.flow, kind: name.kind))
    }
  }

  /// How much earlier, in seconds, a log's time may be. A log has the end of the request in whole seconds: rounded down
  /// it is up to a second early, and later by the request's duration.
  private static let early = 1.1
  private static let late = 2.0

  /// For each source: how many of its connections, begun at the times `sources`, have a request of their own in
  /// `logged`, which is sorted.
  private static func matched(_ sources: [[Double]], _ logged: [Double]) -> [Int] {
    let connections = sources.enumerated().flatMap { source, times in times.map { (time: $0, source: source) } }
    var (counts, next) = (sources.map { _ in 0 }, 0)
    for (time, source) in connections.sorted(by: { $0.time < $1.time }) {
      while next < logged.count, logged[next] < time - early { next += 1 }
      guard next < logged.count else { break }
      if logged[next] <= time + late {
        counts[source] += 1
        next += 1
      }
    }
    return counts
  }

  /// With fewer events, times may agree by chance.
  private static let leastEvents = 8

  /// How much better the times agree than by chance; nil with too few events.
  private static func agreement(_ asked: [Double], _ logged: [Double]) -> Double? {
    guard asked.count >= leastEvents, logged.count >= leastEvents else { return nil }
    let found = Rhythm.agreement(of: asked, with: logged, resolution: 1, tolerance: 1, maximalLag: late)
    guard found.chance < 1 else { return nil }
    return max(0, (found.matched - found.chance) / (1 - found.chance))
  }

  private static func rate(_ count: Int, _ seconds: Double) -> Double {
    seconds > 0 ? (Double(count) / seconds * 100).rounded() / 100 : 0
  }

  private static func key(_ row: FlowTraffic) -> SourceKey {
    let owner = row.owner
    let process = owner.process
    let isNamed = process?.executable != nil || owner.container != nil
    return SourceKey(
      namespace: row.namespace, container: owner.container?.id, unit: owner.unit, executable: process?.executable,
      pid: isNamed ? nil : process?.pid)
  }
}

extension NamedSets {
  /// The set that `address` is in, if it may be a provider's; private addresses belong to no provider.
  func provider(of address: IPAddress) -> String? {
    name(of: address).flatMap { $0 == "private" ? nil : $0 }
  }
}
