internal import Flows
internal import LinuxSystem
internal import Rhythm

/// Which clients request what, and how regularly.
extension LogSurvey {
  mutating func addVisits(to document: inout LogsDocument, _ names: LogNames, _ options: LogReportOptions) {
    guard tally.requests > 0 else { return }
    // The most frequent recently, and the most frequent of all time.
    let busiest = largest(max(options.top, options.examined), of: tally.visits.count) { tally.visits[$0].requests }
    let end = tally.last
    let latest = largest(options.examined, of: tally.visits.count) { id in
      let counts = tally.visits[id]
      return counts.last > end - 7_200_000 && counts.requests > 4 ? counts.requests : 0
    }
    // Nightly jobs have few requests on many days.
    let rarest = largest(options.examined, of: tally.visits.count) { id in
      let counts = tally.visits[id]
      guard counts.requests >= 5, counts.requests < 2000, counts.last / 1000 > Int64(counts.first) else { return 0 }
      return UInt64(counts.last / 1000 - Int64(counts.first))
    }
    document.visits = busiest.prefix(options.top).map { self.visit($0, document, names) }
    addBusiest(to: &document, names)
    var regular: [LogsVisit] = []
    var seen: Set<Int> = []
    for id in busiest.prefix(options.examined) + latest + rarest where seen.insert(id).inserted {
      let found = periods(tally.visits.times(id), tally.visits[id], options)
      if let place = document.visits.indices.first(where: { busiest[$0] == id }) {
        document.visits[place].period = found.first?.period
      }
      regular += regularVisits(visit(id, document, names), found)
    }
    addEdges(to: &regular, document, names, options)
    // Programs that request a different path each time.
    for id in largest(options.examined / 2, of: tally.siteVisits.count, { tally.siteVisits[$0].requests }) {
      let counts = tally.siteVisits[id]
      let visit = visit(counts, site: counts.right, path: nil, document, names)
      let known = regular.filter { $0.client == visit.client && $0.site == visit.site }
      guard known.allSatisfy({ $0.requests * 10 < counts.requests * 8 }) else { continue }
      let found = periods(tally.siteVisits.times(id), counts, options)
      guard let first = found.first else { continue }
      // If the overlaid pollers are known one by one, those rows are better.
      guard known.reduce(0, { $0 + ($1.period?.count ?? 0) }) * 2 < first.period.count else { continue }
      regular += regularVisits(visit, found)
    }
    // Visits that last to the end of the logs come before those that ended, unless one that ended lately made far more
    // requests. What ended long ago comes last.
    let lately = max(3600, Double(end - tally.first) / 4000)
    let weight = { (visit: LogsVisit) -> Int in
      guard let period = visit.period, let last = LogTime.parse(period.last, now: 0) else { return 0 }
      let silence = Double(end) / 1000 - last
      if silence < 3 * period.seconds + 60 { return period.count * 20 }
      return silence < lately ? period.count : -1_000_000_000 + min(period.count, 999_999_999)
    }
    regular.sort { weight($0) > weight($1) }
    document.regular = Array(regular.prefix(options.top))
    for index in document.sites.indices {
      let id = largest(tally.siteTimes.count, of: tally.siteTimes.count) { tally.siteTimes[$0].requests }.first {
        LogNames.text(tally.sites.key(tally.siteTimes[$0].left)) == document.sites[index].name
      }
      if let id {
        document.sites[index].period = periods(tally.siteTimes.times(id), tally.siteTimes[id], options).first?.period
      }
    }
  }

  private func visit(_ id: Int, _ document: LogsDocument, _ names: LogNames) -> LogsVisit {
    let counts = tally.visits[id]
    return visit(
      counts, site: Int(tally.paths[counts.right].owner), path: ShownText.path(tally.paths.key(counts.right)), document,
      names)
  }

  /// A row for each poller that runs at the same time as the first; earlier periods are added to it.
  private func regularVisits(_ visit: LogsVisit, _ found: [FoundPeriod]) -> [LogsVisit] {
    guard let latest = found.first else { return [] }
    let beside = found.filter { $0.last > latest.first }
    let earlier = found.filter { $0.last <= latest.first }.map(\.period)
    return beside.enumerated().map { index, one in
      var row = visit
      row.period = one.period
      row.programs = beside.count > 1 ? beside.count : nil
      row.earlier = index == 0 && !earlier.isEmpty ? earlier : nil
      return row
    }
  }

  /// Adds the busiest clients of the busiest sites, over all paths, and the groups that comprise more of them.
  private mutating func addBusiest(to document: inout LogsDocument, _ names: LogNames) {
    let ids = Dictionary(
      (0..<tally.sites.count).map { (LogNames.text(tally.sites.key($0)), $0) }, uniquingKeysWith: { first, _ in first })
    document.busiestClients = document.sites.prefix(3).compactMap { site in
      guard let number = ids[site.name] else { return nil }
      return busiest(of: number, document, names)
    }
    for index in document.sites.indices.prefix(3) {
      guard let number = ids[document.sites[index].name] else { continue }
      let clients = (0..<tally.siteVisits.count).filter { tally.siteVisits[$0].right == number }
        .map { (client: tally.siteVisits[$0].left, requests: tally.siteVisits[$0].requests) }
      let most = Double(clients.map(\.requests).max() ?? 0) / Double(max(clients.reduce(0) { $0 + $1.requests }, 1))
      let groups = groups(of: clients, names).filter { $0.share >= 0.3 && $0.share > 1.5 * most }
      document.sites[index].parts = groups.isEmpty ? nil : groups.sorted { $0.share > $1.share }
    }
  }

  private func busiest(of site: Int, _ document: LogsDocument, _ names: LogNames) -> LogsVisit? {
    let id = (0..<tally.siteVisits.count).filter { tally.siteVisits[$0].right == site }
      .max { (tally.siteVisits[$0].requests, $1) < (tally.siteVisits[$1].requests, $0) }
    guard let id else { return nil }
    let counts = tally.siteVisits[id]
    var (paths, path, most) = (0, 0, UInt64(0))
    for number in 0..<tally.visits.count {
      let visit = tally.visits[number]
      guard visit.left == counts.left, Int(tally.paths[visit.right].owner) == site, visit.requests > 0 else { continue }
      paths += 1
      if visit.requests > most { (path, most) = (visit.right, visit.requests) }
    }
    let isOne = paths == 1 || most * 10 > counts.requests * 9
    var visit = visit(
      counts, site: site, path: isOne && paths > 0 ? ShownText.path(tally.paths.key(path)) : nil, document, names)
    visit.paths = paths
    return visit
  }

  /// Sums requests through all edges of a CDN, because one client behind it arrives from many of its addresses.
  private func addEdges(
    to regular: inout [LogsVisit], _ document: LogsDocument, _ names: LogNames, _ options: LogReportOptions
  ) {
    var sets: [Int: String?] = [:]
    var parts: [EdgeGroup: [Int]] = [:]
    for id in 0..<tally.visits.count where tally.visits[id].requests > 0 {
      let counts = tally.visits[id]
      let set = sets[counts.left] ?? names.set(LogNames.text(tally.clients.key(counts.left)))
      sets[counts.left] = .some(set)
      guard let set, set != "private" else { continue }
      parts[EdgeGroup(set: set, path: counts.right), default: []].append(id)
    }
    let groups = parts.filter { $0.value.count > 1 }.map { group, ids in
      (group: group, ids: ids, requests: ids.reduce(0) { $0 + tally.visits[$1].requests })
    }.sorted { ($0.requests, $1.group.path) > ($1.requests, $0.group.path) }
    let items = groups.isEmpty ? [] : tally.lately.sorted()
    for (group, ids, requests) in groups.prefix(options.examined / 2) {
      // For single edges only some times are kept; for recent requests all are.
      let members = Set(ids.map { UInt32(tally.visits[$0].left) })
      let recent = items.filter { Int($0.path) == group.path && members.contains($0.client) }
        .map { Double($0.time) / 1000 }
      let times =
        UInt64(recent.count) * 10 >= requests * 9 || recent.count > 4000
        ? recent : ids.flatMap { tally.visits.times($0) }.sorted()
      guard let most = ids.max(by: { tally.visits[$0].requests < tally.visits[$1].requests }) else { continue }
      var whole = visit(most, document, names)
      let known = regular.filter {
        $0.client != nil && $0.set == group.set && $0.site == whole.site && $0.path == whole.path
      }
      .reduce(0) { max($0, $1.period?.count ?? 0) }
      var sum = VisitCounts(key: tally.visits[most].key)
      sum.requests = requests
      sum.first = ids.map { tally.visits[$0].first }.min() ?? sum.first
      sum.last = ids.map { tally.visits[$0].last }.max() ?? sum.last
      let found = periods(times, sum, options)
      guard let first = found.first, first.period.count > known else { continue }
      whole.client = nil
      whole.requests = requests
      whole.share = Double(requests) / Double(max(tally.requests, 1))
      whole.requestsPerSecond = Double(requests) / max(document.seconds, 1)
      whole.ownPerSecond = Self.rate(
        requests, from: Double(sum.first), to: Double(sum.last) / 1000, within: document.seconds)
      whole.errors = ids.reduce(0) { $0 &+ tally.visits[$1].errors }
      whole.first = SystemClock.text(Double(sum.first))
      whole.last = SystemClock.text(Double(sum.last) / 1000)
      let (site, path) = (whole.site, whole.path)
      regular.removeAll { $0.client != nil && $0.set == group.set && $0.site == site && $0.path == path }
      regular += regularVisits(whole, found)
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
    visit.ownPerSecond = Self.rate(
      counts.requests, from: Double(counts.first), to: Double(counts.last) / 1000, within: document.seconds)
    visit.via = edge(of: tally.clients[counts.left], names)
    visit.first = SystemClock.text(Double(counts.first))
    visit.last = SystemClock.text(Double(counts.last) / 1000)
    visit.missed = counts.missed > 0 ? counts.missed : nil
    if Int(counts.agent) < tally.agents.count { visit.agent = ShownText.agent(tally.agents.key(Int(counts.agent))) }
    return visit
  }

  /// The periods of a pair's requests, first the one that lasts longest toward the end. If only the last times were
  /// kept and the number of earlier requests fits the period, it is as old as the pair.
  private func periods(_ times: [Double], _ counts: VisitCounts, _ options: LogReportOptions) -> [FoundPeriod] {
    guard times.count >= 5, let oldest = times.first else { return [] }
    let resolution = tally.hasSeconds ? 1 : 0.001
    var found = Rhythm.pollers(in: times, resolution: resolution).filter { $0.confidence >= options.confidence }
    let unkept = Double(counts.requests) - Double(times.count)
    let first = Double(counts.first)
    if unkept > 0, let place = found.indices.min(by: { found[$0].first < found[$1].first }),
      found[place].first - oldest < 3 * found[place].seconds
    {
      let expected = (oldest - first) / found[place].seconds * Double(found[place].pollers)
      if abs(unkept - expected) <= 0.05 * expected + 2 {
        found[place].first = first
        found[place].count += Int(unkept)
      }
    }
    // If it is faster than the time stamps, other periods beside it are only beats.
    if let first = found.first, first.pollers > 1, first.seconds < Double(first.pollers) * resolution {
      found = [first]
    }
    return found.map { one in
      var period = LogsPeriod(
        seconds: one.seconds, jitter: one.jitter, confidence: Self.earned(one), count: one.count,
        examined: max(times.count, one.count), pollers: one.pollers, first: SystemClock.text(one.first) ?? "",
        last: SystemClock.text(one.last) ?? "", missed: one.missed,
        histogram: one.histogram.map { LogsGap(seconds: $0.seconds, count: $0.count) })
      period.resolution = resolution
      return FoundPeriod(period: period, first: one.first, last: one.last)
    }
  }

  /// The confidence, reduced if the period should have produced many more requests than there are.
  private static func earned(_ period: Period) -> Double {
    let share = Double(period.count) / Double(max(period.count + period.missed, 1))
    return min(period.confidence, 1 - (1 - share) / 2)
  }
}

/// A period with its start and end in seconds since the epoch.
struct FoundPeriod {
  var period: LogsPeriod
  var first: Double
  var last: Double
}

/// A path that is requested through an address set.
private struct EdgeGroup: Hashable {
  var set: String
  var path: Int
}
