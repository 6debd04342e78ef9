public import Documents
internal import Flows

/// The report on packets as tables.
public struct PacketsTable: Sendable {
  public var width: Int?
  public var top: Int
  private let bytes = Units(.bytes)

  public init(width: Int? = nil, top: Int = 10) {
    self.width = width
    self.top = top
  }

  /// The table of one grouping; empty if there are no rows.
  public func lines(_ document: PacketsDocument, by grouping: PacketsGrouping) -> [Line] {
    switch grouping {
    case .conversation: conversations(document)
    case .endpoint: groups(document.endpoints, "ADDRESS")
    case .source: groups(document.sources, "SOURCE")
    case .owner: groups(document.owners, "OWNER")
    case .name: groups(document.names, "NAME")
    case .port: groups(document.ports, "PORT")
    case .interface: groups(document.interfaces, "INTERFACE")
    case .network: groups(document.networks, "NETWORK")
    case .second: times(document)
    case .question: questions(document)
    case .regular: regular(document)
    case .unanswered: unanswered(document)
    case .file: files(document)
    }
  }

  private func conversations(_ document: PacketsDocument) -> [Line] {
    let rows = document.conversations.prefix(top)
    guard !rows.isEmpty else { return [] }
    let hasNames = rows.contains { $0.name != nil }
    let hasOwners = rows.contains { $0.owner != nil }
    let hasRepeats = rows.contains { $0.retransmissionsOut + $0.retransmissionsIn > 0 }
    var columns: [TextTable.Column] = [
      .init("#", .right), .init("CONVERSATION", minimum: 24, maximum: 96), .init("PACKETS", .right, rank: 2),
      .init("OUT", .right), .init("IN", .right), .init("SHARE", .right, rank: 1), .init("RATE", .right, rank: 1),
    ]
    if hasNames { columns.append(.init("NAME", minimum: 8, rank: 2, maximum: 40)) }
    if hasOwners { columns.append(.init("OWNER", minimum: 8, rank: 2, maximum: 48)) }
    if hasRepeats { columns.append(.init("RETRANS", .right, rank: 4)) }
    columns += [
      .init("BEGAN", minimum: 8, rank: 3, maximum: 48), .init("FIRST", rank: 5), .init("TIME", .right, rank: 4),
    ]
    var table = TextTable(columns)
    for (number, row) in rows.enumerated() {
      var cells: [TextTable.Cell] = [
        .init("\(number + 1)"), .init(Self.title(row), ellipsis: .middle), .init(LogsSummary.number(row.packets)),
        .init(bytes.amount(row.bytesOut)), .init(bytes.amount(row.bytesIn)), .init(Units.percent(row.share)),
        .init(Units(.bits).rate(row.bytes, over: row.seconds)),
      ]
      if hasNames { cells.append(.init(row.name ?? "", ellipsis: .middle)) }
      if hasOwners { cells.append(.init(row.owner ?? "")) }
      if hasRepeats {
        let repeats = row.retransmissionsOut + row.retransmissionsIn
        cells.append(.init(repeats > 0 ? LogsSummary.number(repeats) : "", repeats > 0 ? .warning : .plain))
      }
      cells += [
        .init(Self.state(row), row.isUnanswered || row.isRefused ? .bad : .faint),
        .init(Self.clock(row.first), .faint), .init(Units.duration(row.seconds), .faint),
      ]
      table.add(cells)
    }
    return table.lines(width: width) + more(document.conversationCount, rows.count)
  }

  /// `tcp 10.0.7.248:40142 -> 10.8.1.3:3129`, with what it is translated to.
  static func title(_ row: PacketsConversation) -> String {
    let ends = { (flow: Flow) in
      flow.transport.hasPorts
        ? "\(flow.source) -> \(flow.destination)" : "\(flow.source.address) -> \(flow.destination.address)"
    }
    var text = "\(row.flow.transport) \(ends(row.flow))"
    if let merged = row.merged {
      text = "\(row.flow.transport) \(row.flow.source.address) -> \(row.flow.destination) (\(merged) conversations)"
    }
    for flow in row.translated ?? [] { text += " = \(ends(flow))" }
    if let carried = row.carriedPackets { text += " (tunnel of \(carried) packets)" }
    return text
  }

  private static func state(_ row: PacketsConversation) -> String {
    row.isUnanswered ? "no answer" : row.isRefused ? "refused" : row.began
  }

  /// The time without its date: `08:15:30.123456`.
  private static func clock(_ text: String?) -> String {
    guard let text, let start = text.firstIndex(of: "T") else { return "" }
    return String(text[text.index(after: start)...].prefix { $0 != "Z" })
  }

  private func groups(_ groups: [PacketsGroup], _ title: String) -> [Line] {
    guard !groups.isEmpty else { return [] }
    let hasEnds = groups.contains { $0.bytesSent != nil }
    let hasLosses = groups.contains { $0.dropped != nil }
    var columns: [TextTable.Column] = [
      .init("#", .right), .init(title, minimum: 12, maximum: 96), .init("PACKETS", .right, rank: 2),
      .init("BYTES", .right),
    ]
    if hasEnds { columns += [.init("SENT", .right, rank: 1), .init("RECEIVED", .right, rank: 1)] }
    columns += [.init("SHARE", .right, rank: 1), .init("RATE", .right, rank: 2)]
    if hasEnds { columns.append(.init("CONVERSATIONS", .right, rank: 3)) }
    if hasLosses { columns.append(.init("LOST", .right)) }
    var table = TextTable(columns)
    for (number, group) in groups.prefix(top).enumerated() {
      var cells: [TextTable.Cell] = [
        .init("\(number + 1)"), .init(group.name, ellipsis: .middle), .init(LogsSummary.number(group.packets)),
        .init(bytes.amount(group.bytes)),
      ]
      if hasEnds {
        cells += [.init(bytes.amount(group.bytesSent ?? 0)), .init(bytes.amount(group.bytesReceived ?? 0))]
      }
      cells += [
        .init(Units.percent(group.share)),
        .init(group.bitsPerSecond.map { Units(.bits).rate(UInt64(min($0, 1e18) / 8), over: 1) } ?? "-"),
      ]
      if hasEnds { cells.append(.init(LogsSummary.number(UInt64(group.conversations ?? 0)))) }
      if hasLosses { cells.append(.init(group.dropped.map(LogsSummary.number) ?? "")) }
      table.add(cells)
    }
    return table.lines(width: width)
  }

  private func times(_ document: PacketsDocument) -> [Line] {
    guard !document.times.isEmpty else { return [] }
    var table = TextTable([.init("TIME"), .init("PACKETS", .right), .init("BYTES", .right), .init("RATE", .right)])
    for row in document.times.prefix(max(top, 10) == 10 ? 60 : top) {
      table.add([
        .init(row.time), .init(LogsSummary.number(row.packets)), .init(bytes.amount(row.bytes)),
        .init(Units(.bits).rate(row.bytes, over: document.timeStep)),
      ])
    }
    return table.lines(width: width)
  }

  private func questions(_ document: PacketsDocument) -> [Line] {
    guard !document.questions.isEmpty else { return [] }
    var table = TextTable([
      .init("DNS NAME", minimum: 12, maximum: 72), .init("TYPE"), .init("ASKED BY", minimum: 12),
      .init("TIMES", .right),
      .init("SERVER", rank: 2), .init("LAST", rank: 3),
    ])
    for row in document.questions.prefix(top) {
      table.add([
        .init(row.name, ellipsis: .middle), .init(row.type), .init(row.asker), .init(LogsSummary.number(row.count)),
        .init(row.server), .init(Self.clock(row.last), .faint),
      ])
    }
    return table.lines(width: width)
  }

  private func regular(_ document: PacketsDocument) -> [Line] {
    guard !document.regular.isEmpty else { return [] }
    var table = TextTable([
      .init("REGULAR", minimum: 24, maximum: 72), .init("EVERY", .right), .init("JITTER", .right, rank: 1),
      .init("SURE", .right, rank: 1), .init("TIMES", .right), .init("LAST", rank: 2),
    ])
    for row in document.regular.prefix(top) {
      table.add([
        .init("\(row.source) -> \(row.transport) \(row.destination)", ellipsis: .middle),
        .init(LogsSummary.seconds(row.seconds)), .init(Units.percent(row.jitter)), .init(Units.percent(row.confidence)),
        .init("\(row.count) of \(row.events)"), .init(Self.clock(row.last), .faint),
      ])
    }
    return table.lines(width: width)
  }

  private func unanswered(_ document: PacketsDocument) -> [Line] {
    guard !document.unanswered.isEmpty else { return [] }
    var table = TextTable([
      .init("NOT ANSWERED", minimum: 24), .init("CONNECTIONS", .right), .init("SYNS", .right),
    ])
    for row in document.unanswered.prefix(top) {
      table.add([
        .init("\(row.source) -> \(row.destination)"), .init(LogsSummary.number(UInt64(row.connections))),
        .init(LogsSummary.number(row.syns)),
      ])
    }
    return table.lines(width: width)
  }

  private func files(_ document: PacketsDocument) -> [Line] {
    guard !document.files.isEmpty else { return [] }
    var table = TextTable([
      .init("FILE", minimum: 12), .init("PACKETS", .right), .init("BYTES", .right), .init("FIRST"), .init("LAST"),
    ])
    for file in document.files.prefix(max(top, 20)) {
      table.add([
        .init(file.path, ellipsis: .middle), .init(LogsSummary.number(file.packets)), .init(bytes.amount(file.bytes)),
        .init(file.first ?? ""), .init(file.last ?? ""),
      ])
    }
    return table.lines(width: width)
  }

  private func more(_ all: Int, _ listed: Int) -> [Line] {
    all > listed ? [Line("  and \(LogsSummary.number(UInt64(all - listed))) more", .faint)] : []
  }
}
