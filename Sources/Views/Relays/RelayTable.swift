public import Documents
internal import Flows

/// The relays for people: one line per relay, then its flows and where they go.
public struct RelayTable: Sendable {
  public enum Grouping: String, CaseIterable, Sendable {
    /// By the clients' addresses.
    case client
    /// By the address or name at which the relay accepts.
    case frontend
    /// By the server to which it connects.
    case backend
    /// By pair of flows.
    case connection
  }

  public var grouping: Grouping
  public var units: Units
  public var width: Int?
  /// How many rows are shown; the others are summed in one line.
  public var limit: Int

  public init(_ grouping: Grouping = .client, units: Units = Units(), width: Int? = nil, limit: Int = 20) {
    self.grouping = grouping
    self.units = units
    self.width = width
    self.limit = limit
  }

  public func lines(_ document: RelayDocument) -> [Line] {
    var lines: [Line] = []
    for relay in document.relays {
      if !lines.isEmpty { lines.append(Line()) }
      lines += self.lines(relay, document.seconds)
    }
    return lines + document.notes.map { Line("note: \($0)", .faint) }
  }

  private func lines(_ relay: RelayReport, _ seconds: Double) -> [Line] {
    let process = relay.owner.process.map { " (pid \($0.pid)\($0.user.map { ", user \($0)" } ?? ""))" } ?? ""
    let home = relay.owner.container.map { " in container \($0.title)" } ?? relay.owner.unit.map { ", \($0)" } ?? ""
    let several = relay.processes.map { " and others, \($0) in all" } ?? ""
    var head = Line("\(relay.software)\(process)\(several)\(home)", .bold)
    head.append(
      "  \(Units.count(relay.inbound, "inbound flow")), \(Units.count(relay.outbound, "outbound flow")), "
        + "\(trimmed(units.rate(relay.bytes, over: seconds)))")
    var lines = [head, Line("  \(certainty(relay))", .faint)]
    var table = TextTable(columns)
    let rows = self.rows(relay, seconds)
    for row in rows.prefix(limit) { table.add(row) }
    lines += table.lines(width: width)
    if rows.count > limit { lines.append(Line("  and \(rows.count - limit) more; --verbose shows all", .faint)) }
    if !relay.own.isEmpty {
      let targets = Set(relay.own.map { "\($0.destination)" }).sorted()
      let rest = targets.count > 3 ? " and \(targets.count - 3) more" : ""
      lines.append(
        Line(
          "  \(Units.count(relay.own.count, "outbound flow")) without a client (health checks, or idle connections kept for reuse): to "
            + targets.prefix(3).joined(separator: ", ") + rest, .faint))
    }
    return lines + relay.notes.map { Line("  note: \($0)", .warning) }
  }

  /// How many of the inbound flows were paired, and how.
  private func certainty(_ relay: RelayReport) -> String {
    var flows: [String: Set<Flow>] = [:]
    for way in relay.ways {
      let how =
        switch way.certainty {
        case .unknown: way.candidates == nil ? "no outbound flow" : "ambiguous"
        default: "by \(way.method)"
        }
      flows[how, default: []].insert(way.inbound)
    }
    let counts = flows.mapValues(\.count)
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
  }

  private var columns: [TextTable.Column] {
    let amounts: [TextTable.Column] = [.init("FLOWS", .right, rank: 1), .init("RATE", .right)]
    switch grouping {
    case .client:
      return [
        .init("  CLIENT"), .init("FRONTEND", minimum: 8, rank: 2), .init("BACKEND", minimum: 8), .init("HOW", rank: 3),
      ]
        + amounts
    case .frontend:
      return [.init("  FRONTEND"), .init("LISTENS ON", rank: 2), .init("CLIENTS", .right), .init("HOW", rank: 3)]
        + amounts
    case .backend:
      return [.init("  BACKEND"), .init("SERVER", minimum: 8), .init("CLIENTS", .right), .init("HOW", rank: 3)]
        + amounts
    case .connection:
      return [
        .init("  CLIENT"), .init("ACCEPTED ON"), .init("WAY", minimum: 8, rank: 2), .init("FROM"), .init("SERVER"),
        .init("HOW", rank: 3), .init("RATE", .right),
      ]
    }
  }

  private func rows(_ relay: RelayReport, _ seconds: Double) -> [[TextTable.Cell]] {
    guard grouping != .connection else {
      return relay.ways.map { way in
        [
          .init("  \(way.inbound.source)"), .init("\(way.inbound.destination)"), .init(Self.way(way.names)),
          .init(way.outbound.map { "\($0.source)" } ?? "-"),
          .init(way.outbound.map { "\($0.destination)" } ?? Self.open(way)), .init(Self.how(way)),
          .init(units.rate(way.bytes, over: seconds)),
        ]
      }
    }
    var groups: [[String]: [RelayReport.Way]] = [:]
    for way in relay.ways { groups[key(way), default: []].append(way) }
    let ordered = groups.map { (key: $0.key, ways: $0.value, bytes: $0.value.reduce(0) { $0 + $1.bytes }) }
      .sorted { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.key.lexicographicallyPrecedes($1.key) }
    return ordered.map { group in
      let methods = Set(group.ways.map(Self.how)).sorted().joined(separator: ", ")
      let flows = Set(group.ways.map(\.inbound)).count
      let clients = Set(group.ways.map(\.inbound.source.address)).count
      let amounts: [TextTable.Cell] = [.init("\(flows)"), .init(units.rate(group.bytes, over: seconds))]
      let names = group.key.enumerated().map { TextTable.Cell($0.offset == 0 ? "  \($0.element)" : $0.element) }
      let middle: [TextTable.Cell] = grouping == .client ? [.init(methods)] : [.init("\(clients)"), .init(methods)]
      return names + middle + amounts
    }
  }

  private func key(_ way: RelayReport.Way) -> [String] {
    let frontend = way.names?.frontend ?? "\(way.inbound.destination)"
    let backend = way.names?.backend ?? way.outbound.map { "\($0.destination)" } ?? Self.open(way)
    switch grouping {
    case .client, .connection: return ["\(way.inbound.source.address)", frontend, backend]
    case .frontend: return [frontend, "\(way.inbound.destination)"]
    case .backend: return [backend, way.outbound.map { "\($0.destination)" } ?? Self.open(way)]
    }
  }

  private static func way(_ names: RelayNames?) -> String {
    [names?.frontend, names?.backend].compactMap { $0 }.joined(separator: " -> ")
  }

  private static func open(_ way: RelayReport.Way) -> String {
    way.candidates.map { "one of \($0)" } ?? "unknown"
  }

  private static func how(_ way: RelayReport.Way) -> String {
    way.certainty == .unknown ? "unknown" : way.method
  }

  private func trimmed(_ text: String) -> String { String(text.drop { $0 == " " }) }
}
