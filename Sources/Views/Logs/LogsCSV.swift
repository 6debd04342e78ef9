public import Flows

/// The report on access logs as comma-separated values (RFC 4180), for spreadsheets.
public enum LogsCSV {
  public static func text(_ document: LogsDocument, by grouping: LogsGrouping) -> String {
    switch grouping {
    case .site: groups(document.sites)
    case .client: groups(document.clients)
    case .set: groups(document.sets ?? [])
    case .country: groups(document.countries ?? [])
    case .network: groups(document.networks ?? [])
    case .path: groups(document.paths)
    case .agent: groups(document.agents)
    case .upstream: groups(document.upstreams)
    case .status: groups(document.statuses)
    case .method: groups(document.methods)
    case .visit: visits(document.visits)
    case .regular: visits(document.regular)
    case .grown:
      table(
        ["kind", "name", "site", "before", "recent"],
        document.grown.map { [$0.kind, $0.name, $0.site ?? "", "\($0.before)", "\($0.recent)"] })
    case .file:
      table(
        ["path", "size", "lines", "requests", "unreadable", "first", "last", "note"],
        document.files.map {
          [
            $0.path, "\($0.size)", "\($0.lines)", "\($0.requests)", "\($0.unreadable)", $0.first ?? "", $0.last ?? "",
            $0.note ?? "",
          ]
        })
    case .day:
      table(
        ["day", "requests", "bytes", "errors"],
        document.days.map { [String($0.time.prefix(10)), "\($0.requests)", "\($0.bytes)", "\($0.errors)"] })
    }
  }

  private static func groups(_ groups: [LogsGroup]) -> String {
    table(
      [
        "name", "site", "set", "claimed", "requests", "share", "bytes", "requests_per_second", "first", "last",
        "succeeded", "redirected", "refused", "failed", "period_seconds", "clients",
      ],
      groups.map { group in
        let statuses = group.statuses
        return [
          group.name, group.site ?? "", group.set ?? "", group.claimed == true ? "true" : "", "\(group.requests)",
          "\(group.share)", "\(group.bytes)", "\(group.requestsPerSecond)", group.first ?? "", group.last ?? "",
          statuses.map { "\($0.succeeded)" } ?? "", statuses.map { "\($0.redirected)" } ?? "",
          statuses.map { "\($0.refused)" } ?? "", statuses.map { "\($0.failed)" } ?? "",
          group.period.map { "\($0.seconds)" } ?? "", group.clients.map { "\($0)" } ?? "",
        ]
      })
  }

  private static func visits(_ visits: [LogsVisit]) -> String {
    table(
      [
        "client", "set", "claimed", "site", "path", "requests", "requests_per_second", "first", "last", "errors",
        "agent",
        "period_seconds", "jitter", "confidence", "pollers",
      ],
      visits.map { visit in
        let period = visit.period
        return [
          visit.client ?? "", visit.set ?? "", visit.claimed == true ? "true" : "", visit.site, visit.path ?? "",
          "\(visit.requests)", "\(visit.requestsPerSecond)", visit.first ?? "", visit.last ?? "", "\(visit.errors)",
          visit.agent ?? "", period.map { "\($0.seconds)" } ?? "", period.map { "\($0.jitter)" } ?? "",
          period.map { "\($0.confidence)" } ?? "", period.map { "\($0.pollers)" } ?? "",
        ]
      })
  }

  static func table(_ heading: [String], _ rows: [[String]]) -> String {
    ([heading] + rows).map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  /// Escapes a cell, because anyone can choose paths and agents: no cell may move a terminal's cursor or be a formula
  /// in a spreadsheet.
  private static func cell(_ text: String) -> String {
    var text = text.visible
    // A mark behind a comma or quote makes another character of it, but programs that read the file see both.
    if let first = text.unicodeScalars.first, "=+@-".unicodeScalars.contains(first), Double(text) == nil, text != "-" {
      text = "'" + text
    }
    guard text.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
    var quoted = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    return "\"\(String(quoted))\""
  }
}
