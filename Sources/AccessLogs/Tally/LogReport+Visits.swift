internal import Flows
internal import LinuxSystem
internal import Rhythm

/// Who asks for what, and how regularly.
extension LogSurvey {
  mutating func addVisits(to document: inout LogsDocument, _ names: LogNames, _ options: LogReportOptions) {
    let resolution = tally.hasSeconds ? 1 : 0.001
    let ids = largest(max(options.top, options.examined), of: tally.visits.count) { tally.visits[$0].requests }
    var visits: [LogsVisit] = []
    for (rank, id) in ids.enumerated() {
      let counts = tally.visits[id]
      let path = LogNames.text(tally.paths.key(counts.right))
      var visit = visit(counts, site: Int(tally.paths[counts.right].owner), path: path, document, names)
      if rank < options.examined { visit.period = period(tally.visits.times(id), resolution, options) }
      visits.append(visit)
    }
    document.visits = Array(visits.prefix(options.top))
    var regular = visits.filter { $0.period != nil }
    merge(
      zip(ids, visits).filter { $0.1.set != nil && $0.1.set != "private" }, into: &regular, resolution, options)
    // Programs that ask for another path each time.
    for id in largest(options.examined / 2, of: tally.siteVisits.count, { tally.siteVisits[$0].requests }) {
      let counts = tally.siteVisits[id]
      var visit = visit(counts, site: counts.right, path: nil, document, names)
      let known = regular.filter { $0.client == visit.client && $0.site == visit.site }
      guard known.allSatisfy({ $0.requests * 10 < counts.requests * 8 }) else { continue }
      guard let period = period(tally.siteVisits.times(id), resolution, options) else { continue }
      // Overlaid pollers that are known one by one say it better.
      guard known.reduce(0, { $0 + ($1.period?.count ?? 0) }) * 2 < period.count else { continue }
      visit.period = period
      regular.append(visit)
    }
    regular.sort { ($0.period?.count ?? 0) > ($1.period?.count ?? 0) }
    document.regular = Array(regular.prefix(options.top))
    for index in document.sites.indices {
      let id = largest(tally.siteTimes.count, of: tally.siteTimes.count) { tally.siteTimes[$0].requests }.first {
        LogNames.text(tally.sites.key(tally.siteTimes[$0].left)) == document.sites[index].name
      }
      if let id { document.sites[index].period = period(tally.siteTimes.times(id), resolution, options) }
    }
  }

  /// A CDN asks from many addresses for one and the same client behind it: what is asked for through it is looked at as one.
  private func merge(
    _ visits: [(id: Int, visit: LogsVisit)], into regular: inout [LogsVisit], _ resolution: Double,
    _ options: LogReportOptions
  ) {
    for parts in Dictionary(grouping: visits, by: { [$0.visit.set, $0.visit.site, $0.visit.path] }).values {
      guard parts.count > 1, var whole = parts.max(by: { $0.visit.requests < $1.visit.requests })?.visit else {
        continue
      }
      let times = parts.flatMap { tally.visits.times($0.id) }.sorted()
      let isPart = { (visit: LogsVisit) in
        visit.client != nil && visit.set == whole.set && visit.site == whole.site && visit.path == whole.path
      }
      let known = regular.filter(isPart).reduce(0) { max($0, $1.period?.count ?? 0) }
      guard let period = period(times, resolution, options), period.count > known else { continue }
      whole.client = nil
      whole.period = period
      whole.requests = parts.reduce(0) { $0 + $1.visit.requests }
      whole.share = parts.reduce(0) { $0 + $1.visit.share }
      whole.requestsPerSecond = parts.reduce(0) { $0 + $1.visit.requestsPerSecond }
      whole.errors = parts.reduce(0) { $0 + $1.visit.errors }
      whole.first = parts.compactMap(\.visit.first).min()
      whole.last = parts.compactMap(\.visit.last).max()
      regular.removeAll(where: isPart)
      regular.append(whole)
    }
  }

  private func visit(
    _ counts: VisitCounts, site: Int, path: String?, _ document: LogsDocument, _ names: LogNames
  ) -> LogsVisit {
    let client = LogNames.text(tally.clients.key(counts.left))
    var visit = LogsVisit(
      client: client, site: LogNames.text(tally.sites.key(site)), path: path, requests: counts.requests,
      share: Double(counts.requests) / Double(max(tally.requests, 1)),
      requestsPerSecond: Double(counts.requests) / max(document.seconds, 1), errors: counts.errors)
    visit.set = names.set(client)
    let isEdge = visit.set != nil && visit.set != "private"
    visit.claimed = tally.clients[counts.left].isClaimed && !isEdge ? true : nil
    visit.via = edge(of: tally.clients[counts.left], names)
    visit.first = SystemClock.text(Double(counts.first))
    visit.last = SystemClock.text(Double(counts.last) / 1000)
    visit.missed = counts.missed > 0 ? counts.missed : nil
    if Int(counts.agent) < tally.agents.count { visit.agent = LogNames.text(tally.agents.key(Int(counts.agent))) }
    return visit
  }

  private func period(_ times: [Double], _ resolution: Double, _ options: LogReportOptions) -> LogsPeriod? {
    guard times.count >= 8 else { return nil }
    let periods = Rhythm.periods(in: times, resolution: resolution)
    guard let best = periods.first, best.confidence >= options.confidence else { return nil }
    return LogsPeriod(
      seconds: best.seconds, jitter: best.jitter, confidence: best.confidence, count: best.count,
      examined: times.count, pollers: best.pollers, first: SystemClock.text(best.first) ?? "",
      last: SystemClock.text(best.last) ?? "", missed: best.missed,
      histogram: best.histogram.map { LogsGap(seconds: $0.seconds, count: $0.count) })
  }
}
