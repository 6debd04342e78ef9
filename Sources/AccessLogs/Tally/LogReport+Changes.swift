internal import Flows
internal import LinuxSystem

/// Changes at the end of the logs.
extension LogSurvey {
  /// The lengths of time in seconds that are checked for more requests than before.
  private static let lengths: [Double] = [60, 600, 3600]

  func addChanges(to document: inout LogsDocument, _ names: LogNames) {
    guard tally.requests > 0 else { return }
    let now = SystemClock.now()
    let end = Double(tally.last) / 1000
    let (start, mean) = (Double(tally.first) / 1000, document.seconds / Double(max(tally.requests, 1)))
    // Quiet for five minutes, and for much longer than between two requests.
    if periods.until == .max, now - end > max(300, 20 * mean) { document.endedAgo = (now - end).rounded() }
    let items = tally.lately.sorted()
    document.lately = Self.lately(
      items, tally.lately.floor, start: start, end: end, document, periods, tally.recent, tally.before)
    for index in document.sites.indices {
      let name = document.sites[index].name
      document.sites[index].lastHour = UInt64(
        items.count {
          Double($0.time) / 1000 > end - 3600 && $0.site != .max && self.name(ofSite: Int($0.site)) == name
        })
    }
    var changes = largest(200, of: tally.sites.count) { UInt64(tally.sites[$0].requests) }.compactMap { site in
      change(of: site, items, start: start, end: end, names)
    }
    for visit in document.regular { add(visit, to: &changes, document, start: start, end: end) }
    changes.sort {
      ($0.requestsPerSecond - $0.beforePerSecond, $1.site) > ($1.requestsPerSecond - $1.beforePerSecond, $0.site)
    }
    document.changes = changes.isEmpty ? nil : Array(changes.prefix(8))
  }

  private func name(ofSite site: Int) -> String { LogNames.text(tally.sites.key(site)) }

  private static func lately(
    _ items: [RecentLog.Item], _ floor: Int64, start: Double, end: Double, _ document: LogsDocument,
    _ periods: LogPeriods, _ recent: UInt64, _ before: UInt64
  ) -> [LogsLately]? {
    var result: [LogsLately] = []
    // The log must cover both periods. Its first request may be later than the beginning of the earlier one by the
    // usual gap between two requests.
    let apart = max(1, document.seconds / Double(max(document.requests, 1)))
    for seconds in [60.0, 3600]
    where end - start >= 2 * seconds - apart && Double(floor) / 1000 <= end - 2 * seconds {
      let since = end - seconds
      let count = items.count { Double($0.time) / 1000 > since }
      let earlier = items.count { Double($0.time) / 1000 > since - seconds } - count
      result.append(
        LogsLately(
          seconds: seconds, requests: UInt64(count), requestsPerSecond: Double(count) / seconds,
          before: UInt64(earlier),
          averagePerSecond: document.requestsPerSecond))
    }
    if let from = periods.recent, let earlier = periods.before, periods.since == .min {
      let seconds = Double(from - earlier) / 1000
      if seconds > 7200, end - start >= 2 * seconds {
        result.append(
          LogsLately(
            seconds: seconds, requests: recent, requestsPerSecond: Double(recent) / seconds, before: before,
            averagePerSecond: document.requestsPerSecond))
      }
    }
    return result.isEmpty ? nil : result
  }

  /// The change in a site's requests at the end; nil if there is none.
  private func change(
    of site: Int, _ items: [RecentLog.Item], start: Double, end: Double, _ names: LogNames
  ) -> LogsChange? {
    let own = items.filter { Int($0.site) == site && $0.site != .max }
    guard own.count >= 20 else { return nil }
    let all = Double(tally.sites[site].requests)
    var best: (length: Double, excess: Double, rate: Double)?
    for length in Self.lengths {
      let from = end - length
      guard from - start >= length, Double(tally.lately.floor) / 1000 <= from else { continue }
      let count = Double(own.count { Double($0.time) / 1000 > from })
      let before = max(0, all - count) / (from - start)
      let expected = before * length
      // Three times as many, and far more than by chance.
      guard count >= 20, count > 3 * expected, count - expected > 6 * (expected + 1).squareRoot() else { continue }
      let excess = count / length - before
      if excess > 1.2 * (best?.excess ?? 0) { best = (length, excess, count / length) }
    }
    guard let best else { return nil }
    let onset = onset(of: own, rate: best.rate, end: end)
    let since = own.filter { Double($0.time) / 1000 >= onset.since }
    guard let last = since.last.map({ Double($0.time) / 1000 }), since.count >= 20 else { return nil }
    var begin = onset.since
    var count = UInt64(since.count)
    let parts = parts(of: since, names)
    var isEarlier = onset.isEarlier
    if isEarlier, let known = known(of: site, parts, before: begin, rate: best.rate, end: end) {
      (begin, count, isEarlier) = (known.since, known.requests, false)
    }
    let seconds = max(1, end - begin + (tally.hasFineTimes ? 0 : 1))
    var change = LogsChange(
      site: name(ofSite: site), since: SystemClock.text(begin) ?? "", until: SystemClock.text(last) ?? "",
      seconds: seconds, requests: count, requestsPerSecond: Double(count) / seconds,
      beforePerSecond: begin > start + 1 ? max(0, all - Double(count)) / (begin - start) : 0,
      clients: Set(since.map(\.client)).count, parts: parts)
    change.isSinceBefore = isEarlier ? true : nil
    return change
  }

  /// When a site's requests became that frequent: going back from the end until the rate is below a quarter.
  private func onset(of items: [RecentLog.Item], rate: Double, end: Double) -> (since: Double, isEarlier: Bool) {
    let step = max(1, (5 / max(rate, 1e-9)).rounded(.up))
    var since = end
    var index = items.count - 1
    var quiet = 0
    var edge = end
    while index >= 0 {
      edge -= step
      var count = 0
      while index >= 0, Double(items[index].time) / 1000 > edge {
        count += 1
        index -= 1
      }
      if Double(count) >= rate * step / 4 {
        since = Double(items[index + 1].time) / 1000
        quiet = 0
      } else {
        quiet += 1
        if quiet == 3 { return (since, false) }
      }
    }
    let floor = Double(tally.lately.floor) / 1000
    return (since, since - floor < 3 * step && tally.first < tally.lately.floor)
  }

  /// When the busiest client's requests became that frequent, if single requests are not kept that far back.
  private func known(
    of site: Int, _ parts: [LogsShare], before: Double, rate: Double, end: Double
  ) -> (since: Double, requests: UInt64)? {
    guard let client = parts.first(where: { $0.kind == "client" && $0.share > 0.5 }) else { return nil }
    for id in 0..<tally.siteVisits.count {
      let counts = tally.siteVisits[id]
      guard counts.right == site, LogNames.text(tally.clients.key(counts.left)) == client.name else { continue }
      let first = Double(counts.first)
      let own = Double(counts.requests) / max(1, end - first)
      return own > 0.7 * rate * client.share && first <= before ? (first, counts.requests) : nil
    }
    return nil
  }

  /// What the requests have in common: the busiest client, its network and set, the path, agent and status, each if it
  /// explains a good part.
  func parts(of items: [RecentLog.Item], _ names: LogNames) -> [LogsShare] {
    let total = Double(items.count)
    guard total > 0 else { return [] }
    var clients: [UInt32: Int] = [:]
    var paths: [UInt32: Int] = [:]
    var agents: [UInt32: Int] = [:]
    var statuses: [UInt32: Int] = [:]
    for item in items {
      clients[item.client, default: 0] += 1
      paths[item.path, default: 0] += 1
      agents[item.agent, default: 0] += 1
      statuses[UInt32(item.status), default: 0] += 1
    }
    let top = { (counts: [UInt32: Int]) in
      counts.filter { $0.key != .max }.max { ($0.value, $1.key) < ($1.value, $0.key) }
    }
    var parts: [LogsShare] = []
    let busiest = top(clients)
    if let busiest, Double(busiest.value) >= 0.3 * total {
      parts.append(
        LogsShare(
          kind: "client", name: LogNames.text(tally.clients.key(Int(busiest.key))), share: Double(busiest.value) / total
        ))
    }
    let groups = groups(
      of: clients.filter { $0.key != .max }.map { (client: Int($0.key), requests: UInt64($0.value)) }, names)
    parts += groups.filter { $0.share >= 0.3 && $0.share >= 1.3 * Double(busiest?.value ?? 0) / total }
    if let status = top(statuses), Double(status.value) >= 0.3 * total, status.key != 0 {
      parts.append(LogsShare(kind: "status", name: "\(status.key)", share: Double(status.value) / total))
    }
    if let path = top(paths), Double(path.value) >= 0.3 * total {
      parts.append(
        LogsShare(kind: "path", name: ShownText.path(tally.paths.key(Int(path.key))), share: Double(path.value) / total)
      )
    }
    if let agent = top(agents), Double(agent.value) >= 0.3 * total {
      parts.append(
        LogsShare(
          kind: "agent", name: ShownText.agent(tally.agents.key(Int(agent.key))), share: Double(agent.value) / total))
    }
    return parts
  }

  /// The network and the address set that comprise most of the requests, with at least three clients.
  func groups(of clients: [(client: Int, requests: UInt64)], _ names: LogNames) -> [LogsShare] {
    var networks: [Prefix: (requests: UInt64, clients: Int)] = [:]
    var sets: [String: (requests: UInt64, clients: Int)] = [:]
    var total: UInt64 = 0
    for (client, requests) in clients {
      total += requests
      guard let address = IPAddress(client: LogNames.text(tally.clients.key(client))) else { continue }
      networks[address.neighbours, default: (0, 0)].requests += requests
      networks[address.neighbours, default: (0, 0)].clients += 1
      if let set = names.options.addressSet(address), set != "private" {
        sets[set, default: (0, 0)].requests += requests
        sets[set, default: (0, 0)].clients += 1
      }
    }
    var shares: [LogsShare] = []
    if let best = networks.filter({ $0.value.clients >= 3 }).max(by: { $0.value.requests < $1.value.requests }) {
      shares.append(
        LogsShare(
          kind: "network", name: "\(best.key)", share: Double(best.value.requests) / Double(max(total, 1)),
          clients: best.value.clients))
    }
    if let best = sets.filter({ $0.value.clients >= 3 }).max(by: { $0.value.requests < $1.value.requests }) {
      shares.append(
        LogsShare(
          kind: "set", name: best.key, share: Double(best.value.requests) / Double(max(total, 1)),
          clients: best.value.clients))
    }
    return shares
  }

  /// Adds a poller that began within the logs and lasts to their end.
  private func add(
    _ visit: LogsVisit, to changes: inout [LogsChange], _ document: LogsDocument, start: Double, end: Double
  ) {
    guard let period = visit.period, let first = LogTime.parse(period.first, now: end),
      let last = LogTime.parse(period.last, now: end), end - last < 3 * period.seconds + 2,
      first - start > 0.05 * (end - start), first - start > 3 * period.seconds
    else { return }
    let rate = Double(period.pollers) / period.seconds
    // If the site's requests as a whole increased, that is already reported.
    if let known = changes.firstIndex(where: { $0.site == visit.site }), changes[known].requestsPerSecond > 0.5 * rate {
      // The poller's start is known.
      if changes[known].isSinceBefore == true, changes[known].requestsPerSecond < 1.5 * rate {
        changes[known].isSinceBefore = nil
        changes[known].since = period.first
        changes[known].seconds = max(1, last - first)
        changes[known].requests = UInt64(period.count)
        changes[known].requestsPerSecond = rate
        if let earlier = visit.earlier?.first {
          changes[known].beforePerSecond = Double(earlier.pollers) / earlier.seconds
        }
      }
      return
    }
    var parts: [LogsShare] = []
    if let client = visit.client { parts.append(LogsShare(kind: "client", name: client, share: 1)) }
    if visit.client == nil, let set = visit.set { parts.append(LogsShare(kind: "set", name: set, share: 1)) }
    if let path = visit.path { parts.append(LogsShare(kind: "path", name: path, share: 1)) }
    if let agent = visit.agent { parts.append(LogsShare(kind: "agent", name: agent, share: 1)) }
    changes.append(
      LogsChange(
        site: visit.site, since: period.first, until: period.last, seconds: max(1, last - first),
        requests: UInt64(period.count), requestsPerSecond: rate,
        beforePerSecond: visit.earlier?.first.map { Double($0.pollers) / $0.seconds } ?? 0, clients: 1, parts: parts))
  }
}
