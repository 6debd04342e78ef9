internal import Flows
internal import LinuxSystem

/// Lists of a report: sites, clients, paths and the rest.
extension LogSurvey {
  func addGroups(to document: inout LogsDocument, _ names: LogNames, _ options: LogReportOptions) {
    let total = Double(max(tally.requests, 1))
    let seconds = max(document.seconds, 1)
    let all = { (table: borrowing KeyTable) -> [LogsGroup] in
      largest(options.top, of: table.count) { table[$0].requests }.map { id in
        let counts = table[id]
        var group = LogsGroup(
          name: LogNames.text(table.key(id)), requests: counts.requests, share: Double(counts.requests) / total,
          bytes: counts.bytes, requestsPerSecond: Double(counts.requests) / seconds)
        group.first = SystemClock.text(Double(counts.first))
        group.last = SystemClock.text(Double(counts.last))
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
    document.sites = all(tally.sites).map { without($0) }
    document.clients = all(tally.clients).map { group in
      var group = without(group)
      group.set = names.set(group.name)
      // A CDN's own edge is who really connected.
      if let set = group.set, set != "private" { group.claimed = nil }
      return group
    }
    document.paths = all(tally.paths).map { group in
      var group = group
      group.site = group.site.flatMap { Int($0) }.map { LogNames.text(tally.sites.key($0)) }
      return group
    }
    document.agents = all(tally.agents).map { without($0) }
    document.upstreams = all(tally.upstreams).map { without($0) }
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

  /// Who connected for a client.
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
        // By chance counts differ by their root.
        guard Double(counts.recent - counts.before) > 3 * Double(counts.recent + counts.before).squareRoot() else {
          return nil
        }
        return LogsGrowth(
          kind: kind, name: LogNames.text(table.key(id)), site: kind == "path" ? "\(counts.owner)" : nil, set: nil,
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
