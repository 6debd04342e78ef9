public import Flows

/// The report on access logs as tables.
public struct LogsTable: Sendable {
  public var width: Int?
  public var top: Int
  private let units = Units(.bytes)
  /// Whether any line says how many bytes were sent.
  private var hasBytes = true

  public init(width: Int? = nil, top: Int = 10) {
    self.width = width
    self.top = top
  }

  /// Title and table of one grouping; empty if there are no rows.
  public func lines(_ document: LogsDocument, by grouping: LogsGrouping) -> [Line] {
    var table = self
    table.hasBytes = document.hasBytes
    return table.rows(document, by: grouping)
  }

  private func rows(_ document: LogsDocument, by grouping: LogsGrouping) -> [Line] {
    switch grouping {
    case .site: groups(document.sites, "SITE", of: document.distinct?.sites)
    case .client: groups(document.clients, "CLIENT", of: document.distinct?.clients)
    case .set: groups(document.sets ?? [], "SET", of: nil)
    case .country: groups(document.countries ?? [], "COUNTRY", of: nil)
    case .network: groups(document.networks ?? [], "NETWORK", of: nil)
    case .path: groups(document.paths, "PATH", of: document.distinct?.paths)
    case .agent: groups(document.agents, "AGENT", of: nil)
    case .upstream: groups(document.upstreams, "UPSTREAM", of: nil)
    case .status: groups(document.statuses, "STATUS", of: nil)
    case .method: groups(document.methods, "METHOD", of: nil)
    case .visit: visits(document.visits)
    case .regular: visits(document.regular)
    case .grown: growth(document)
    case .file: files(document)
    case .day: days(document)
    }
  }

  private func groups(_ groups: [LogsGroup], _ title: String, of distinct: Int?) -> [Line] {
    guard !groups.isEmpty else { return [] }
    // If all have the same site, the title has it.
    let hasSites = Set(groups.compactMap(\.site)).count > 1
    let hasStatuses = groups.contains { $0.statuses != nil }
    let hasPeriods = groups.contains { $0.period != nil }
    let hasClients = groups.contains { $0.clients != nil }
    var columns: [TextTable.Column] = [.init(title, minimum: 12, maximum: 72)]
    if hasSites { columns.append(.init("SITE", minimum: 8, rank: 3, maximum: 40)) }
    if hasClients { columns.append(.init("CLIENTS", .right, rank: 1)) }
    columns += [.init("REQUESTS", .right), .init("SHARE", .right, rank: 1), .init("RATE", .right, rank: 2)]
    if hasStatuses {
      columns += [
        .init("BYTES", .right, rank: 3), .init("4xx", .right, rank: 4), .init("5xx", .right, rank: 4),
      ]
    }
    if hasPeriods { columns.append(.init("PERIOD", .right, rank: 2)) }
    if hasStatuses { columns.append(.init("LAST", rank: 5)) }
    var table = TextTable(columns)
    for group in groups.prefix(top) {
      let name =
        LogsSummary.client(group.name, group.set, group.claimed, group.via)
        + (group.namedByFile == true ? " (file)" : "")
      var cells: [TextTable.Cell] = [.init(name, ellipsis: .middle)]
      if hasSites { cells.append(.init(group.site ?? "", ellipsis: .middle)) }
      if hasClients { cells.append(.init(LogsSummary.number(UInt64(group.clients ?? 0)))) }
      cells += [
        .init((group.missed == nil ? "" : "~") + LogsSummary.number(group.requests)), .init(Units.percent(group.share)),
        .init(LogsSummary.rate(group.ownPerSecond ?? group.requestsPerSecond)),
      ]
      if hasStatuses {
        let failed = group.statuses?.failed ?? 0
        cells += [
          .init(hasBytes ? units.amount(group.bytes) : "-"), .init(LogsSummary.number(group.statuses?.refused ?? 0)),
          .init(LogsSummary.number(failed), failed > 0 ? .bad : .plain),
        ]
      }
      if hasPeriods { cells.append(.init(group.period.map { LogsSummary.seconds($0) } ?? "")) }
      if hasStatuses { cells.append(.init(group.last ?? "", .faint)) }
      table.add(cells)
    }
    return table.lines(width: width) + more(distinct ?? groups.count, groups.count)
  }

  private func more(_ all: Int, _ listed: Int) -> [Line] {
    all > min(top, listed) ? [Line("  and \(all - min(top, listed)) more", .faint)] : []
  }

  private func visits(_ visits: [LogsVisit]) -> [Line] {
    guard !visits.isEmpty else { return [] }
    let hasSites = Set(visits.map(\.site)).count > 1
    var columns: [TextTable.Column] = [.init("CLIENT", minimum: 12, maximum: 46)]
    if hasSites { columns.append(.init("SITE", minimum: 8, rank: 2, maximum: 40)) }
    columns += [
      .init("PATH", minimum: 12, maximum: 50), .init("REQUESTS", .right), .init("RATE", .right, rank: 3),
      .init("PERIOD", .right), .init("JITTER", .right, rank: 2), .init("SURE", .right, rank: 2),
      .init("AT A TIME", .right, rank: 4), .init("SINCE", rank: 3), .init("AGENT", minimum: 8, rank: 5, maximum: 40),
    ]
    var table = TextTable(columns)
    for visit in visits.prefix(top) {
      var cells: [TextTable.Cell] = [.init(LogsSummary.client(visit), ellipsis: .middle)]
      if hasSites { cells.append(.init(visit.site, ellipsis: .middle)) }
      cells += [
        .init(visit.path ?? "(any)", ellipsis: .middle),
        .init((visit.missed == nil ? "" : "~") + LogsSummary.number(visit.requests)),
        .init(LogsSummary.rate(visit.ownPerSecond ?? visit.requestsPerSecond)),
        .init(visit.period.map { LogsSummary.seconds($0) } ?? "-"),
        .init(visit.period.map { Units.percent($0.jitter) } ?? ""),
        .init(visit.period.map { Units.percent($0.confidence) } ?? ""),
        .init(visit.period.map { "\($0.pollers)" } ?? ""), .init(visit.period?.first ?? visit.first ?? "", .faint),
        .init(visit.agent ?? "", .faint),
      ]
      table.add(cells)
    }
    return table.lines(width: width)
  }

  private func growth(_ document: LogsDocument) -> [Line] {
    guard !document.grown.isEmpty, let seconds = document.comparedSeconds else { return [] }
    var table = TextTable([
      .init("GROWN", rank: 0), .init("NAME", minimum: 12, maximum: 60), .init("SITE", rank: 2, maximum: 40),
      .init("BEFORE", .right), .init("NOW", .right), .init("TIMES", .right),
    ])
    for growth in document.grown.prefix(top) {
      let times = growth.before == 0 ? "new" : "\(LogsSummary.number(growth.recent / max(growth.before, 1)))x"
      table.add([
        .init(growth.kind), .init(LogsSummary.client(growth.name, growth.set, nil), ellipsis: .middle),
        .init(growth.site ?? ""), .init(LogsSummary.number(growth.before)), .init(LogsSummary.number(growth.recent)),
        .init(times),
      ])
    }
    return table.lines(width: width)
      + [Line("  the last \(Units.duration(seconds)) compared with the \(Units.duration(seconds)) before", .faint)]
  }

  private func files(_ document: LogsDocument) -> [Line] {
    var table = TextTable([
      .init("LOG", minimum: 16, maximum: 70), .init("SIZE", .right), .init("REQUESTS", .right),
      .init("UNREADABLE", .right, rank: 1), .init("GROWS", .right, rank: 1), .init("LAST", rank: 2),
      .init("FORMAT", rank: 3, maximum: 30), .init("", rank: 0),
    ])
    for file in document.files.sorted(by: { ($0.requests, $1.path) > ($1.requests, $0.path) }).prefix(top) {
      var marks: [String] = []
      if file.path == document.largestFile { marks.append("largest") }
      if file.path == document.newestFile { marks.append("newest") }
      if file.path == document.fastestGrowingFile { marks.append("fastest growing") }
      if let note = file.note { marks.append(note) }
      table.add([
        .init(file.path, ellipsis: .middle), .init(units.amount(file.size)), .init(LogsSummary.number(file.requests)),
        .init("\(file.unreadable)", file.unreadable > 0 ? .warning : .plain),
        .init(file.bytesPerSecond.map { units.rate(UInt64($0.rounded()), over: 1) } ?? "-"), .init(file.last ?? ""),
        .init(file.formats.prefix(2).joined(separator: ", ")), .init(marks.joined(separator: ", "), .faint),
      ])
    }
    return table.lines(width: width) + more(document.files.count, document.files.count)
  }

  private func days(_ document: LogsDocument) -> [Line] {
    var table = TextTable([
      .init("DAY"), .init("REQUESTS", .right), .init("BYTES", .right, rank: 1), .init("5xx", .right, rank: 1),
      .init(""),
    ])
    let highest = document.days.map(\.requests).max() ?? 1
    for day in document.days.suffix(max(top, 1)) {
      let bar = String(repeating: "█", count: Int((Double(day.requests) / Double(max(highest, 1)) * 30).rounded()))
      table.add([
        .init(String(day.time.prefix(10))), .init(LogsSummary.number(day.requests)),
        .init(hasBytes ? units.amount(day.bytes) : "-"),
        .init("\(day.errors)"), .init(bar, .good),
      ])
    }
    return document.days.isEmpty ? [] : table.lines(width: width)
  }
}

extension LogsDocument {
  /// Whether any line says how many bytes were sent. Without that, a sum of zero means nothing.
  var hasBytes: Bool { unsized.map { $0 < requests } ?? true }
}
