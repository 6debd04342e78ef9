internal import Flows
internal import LinuxSystem

/// The lists of a report: sites, clients, paths and others.
extension LogSurvey {
  func addGroups(to document: inout LogsDocument, _ names: LogNames, _ options: LogReportOptions) {
    let total = Double(max(tally.requests, 1))
    let seconds = max(document.seconds, 1)
    document.sites = rows(tally.sites, of: total, in: seconds, options, names).map { without($0) }
    document.clients = rows(tally.clients, of: total, in: seconds, options, names).map { group in
      var group = without(group)
      group.set = names.set(group.name)
      // The address of a CDN's own edge is the one that really connected.
      if let set = group.set, set != "private" { group.claimed = nil }
      return group
    }
    document.paths = rows(tally.paths, of: total, in: seconds, options, names, shown: ShownText.path).map { group in
      var group = group
      group.site = group.site.flatMap { Int($0) }.map { LogNames.text(tally.sites.key($0)) }
      return group
    }
    document.agents = rows(tally.agents, of: total, in: seconds, options, names, shown: ShownText.agent)
      .map { without($0) }
    document.upstreams = rows(tally.upstreams, of: total, in: seconds, options, names).map { without($0) }
    let simple = { (name: String, requests: UInt64) in
      LogsGroup(
        name: name, requests: requests, share: Double(requests) / total, bytes: 0,
        requestsPerSecond: Double(requests) / seconds)
    }
    document.statuses = largest(options.top, of: tally.statuses.count) { tally.statuses[$0] }.map {
      simple($0 == 0 ? "none" : "\($0)", tally.statuses[$0])
    }
    document.methods = largest(options.top, of: tally.methods.count) { tally.methods[$0] }.map {
      simple(HTTPMethod.allCases[$0].name, tally.methods[$0])
    }
  }

  private func rows(
    _ table: borrowing KeyTable, of total: Double, in seconds: Double, _ options: LogReportOptions, _ names: LogNames,
    shown: ([UInt8]) -> String = LogNames.text
  ) -> [LogsGroup] {
    let now = SystemClock.now()
    return largest(options.top, of: table.count) { table[$0].requests }.map { id in
      let counts = table[id]
      var group = LogsGroup(
        name: shown(table.key(id)), requests: counts.requests, share: Double(counts.requests) / total,
        bytes: counts.bytes, requestsPerSecond: Double(counts.requests) / seconds)
      group.ownPerSecond = Self.rate(
        counts.requests, from: Double(counts.first), to: Double(counts.last), within: seconds)
      group.first = SystemClock.text(Double(counts.first))
      group.last = SystemClock.text(Double(counts.last))
      let apart = Double(counts.last - counts.first) / Double(max(counts.requests, 1))
      let silent = now - Double(counts.last)
      if periods.until == .max, silent > max(300, 20 * apart) { group.endedAgo = silent.rounded() }
      let unusual =
        UInt64(counts.redirected) + UInt64(counts.refused) + UInt64(counts.failed) + UInt64(counts.unusual)
      group.statuses = LogsStatuses(
        succeeded: counts.requests - min(unusual, counts.requests), redirected: UInt64(counts.redirected),
        refused: UInt64(counts.refused), failed: UInt64(counts.failed), other: UInt64(counts.unusual))
      group.missed = counts.missed > 0 ? counts.missed : nil
      group.claimed = counts.isClaimed ? true : nil
      group.via = edge(of: counts, names)
      group.namedByFile = counts.isNamedByFile ? true : nil
      group.site = "\(counts.owner)"
      return group
    }
  }

  /// Requests per second between a row's first and last request. A few requests in a moment would give any rate, so the
  /// time is at least a minute, or all of the window.
  static func rate(_ requests: UInt64, from first: Double, to last: Double, within seconds: Double) -> Double {
    guard requests > 1, last > first else { return Double(requests) / max(seconds, 1) }
    let own = (last - first) * Double(requests) / Double(requests - 1)
    return Double(requests) / max(own, min(60, max(seconds, 1)))
  }

  /// The edge through which a client came; nil if there is none.
  func edge(of counts: KeyCounts, _ names: LogNames) -> LogsEdge? {
    counts.edge.map { edge in
      let address = LogNames.text(tally.edges.key(edge))
      return LogsEdge(address: address, set: names.set(address), hasOthers: counts.hasSeveralEdges)
    }
  }

  private func without(_ group: LogsGroup) -> LogsGroup {
    var group = group
    group.site = nil
    return group
  }

  func addGrowth(to document: inout LogsDocument, _ names: LogNames, _ options: LogReportOptions) {
    guard let recent = periods.recent, let before = periods.before else { return }
    document.comparedSeconds = Double(recent - before) / 1000
    let grown = { (table: borrowing KeyTable, kind: String) -> [LogsGrowth] in
      largest(options.top, of: table.count) { id in
        UInt64(table[id].recent > table[id].before ? table[id].recent - table[id].before : 0)
      }.compactMap { id in
        let counts = table[id]
        // By chance, counts differ by their square root.
        guard Double(counts.recent - counts.before) > 3 * Double(counts.recent + counts.before).squareRoot() else {
          return nil
        }
        return LogsGrowth(
          kind: kind, name: kind == "path" ? ShownText.path(table.key(id)) : LogNames.text(table.key(id)),
          site: kind == "path" ? "\(counts.owner)" : nil, set: nil,
          before: UInt64(counts.before), recent: UInt64(counts.recent))
      }
    }
    var all = grown(tally.sites, "site")
    all += grown(tally.clients, "client").map { growth in
      var growth = growth
      growth.set = names.set(growth.name)
      return growth
    }
    all += grown(tally.paths, "path").map { growth in
      var growth = growth
      growth.site = growth.site.flatMap { Int($0) }.map { LogNames.text(tally.sites.key($0)) }
      return growth
    }
    document.grown = Array(
      all.sorted { ($0.recent - $0.before, $1.name) > ($1.recent - $1.before, $0.name) }.prefix(options.top))
  }
}
