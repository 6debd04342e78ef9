internal import Flows
internal import JSON

extension HistoryStore {
  /// Above this many minutes whole hours are read from their sums.
  private static let longRange: Int64 = 2 * 1440

  /// Sums what the query asks for. All of it is read at one moment, also while minutes are written.
  public func answer(_ query: HistoryQuery) throws(HistoryError) -> HistoryAnswer {
    try database.run("BEGIN", "read it")
    // The reading ends in any case; what it was for has been answered or has failed.
    defer { try? database.run("COMMIT", "read it") }
    let names = try Names(database)
    var sums = HistorySums(query, names)
    var damaged: [Range<Int64>] = []
    let (firstHour, lastHour) = ((query.from + 59) / 60, query.to / 60)
    let isLong = query.to - query.from > Self.longRange && query.step >= 60 && query.by != .remote
    if isLong, query.target?.isInHours ?? true, firstHour < lastHour {
      damaged += try addSlices(query.from..<firstHour * 60, to: &sums)
      try addHours(firstHour..<lastHour, to: &sums)
      damaged += try addSlices(lastHour * 60..<query.to, to: &sums)
    } else {
      damaged += try addSlices(query.from..<query.to, to: &sums)
    }
    return HistoryAnswer(
      groups: sums.groups, accounts: try accounts(query), milliseconds: sums.milliseconds, gaps: try gaps(query),
      damaged: damaged, first: try database.number("SELECT minute FROM ledger ORDER BY minute LIMIT 1", "read it"),
      last: try database.number("SELECT minute FROM ledger ORDER BY minute DESC LIMIT 1", "read it"))
  }

  private func addSlices(
    _ range: Range<Int64>, to sums: inout HistorySums
  ) throws(HistoryError) -> [Range<Int64>] {
    var damaged: [Range<Int64>] = []
    guard !range.isEmpty else { return [] }
    var sum = sums
    try database.run(
      // No slice is longer than ten minutes.
      "SELECT start, minutes, content FROM slice WHERE start > ? AND start < ? AND start + minutes > ? ORDER BY start",
      [.number(range.lowerBound - 10), .number(range.upperBound), .number(range.lowerBound)], "read minutes"
    ) { row throws(HistoryError) in
      guard let minutes = Slice.unpacked(row.bytes(2)) else {
        damaged.append(row.number(0)..<row.number(0) + max(1, row.number(1)))
        return
      }
      for minute in minutes where range.contains(minute.minute) { sum.add(minute) }
    }
    sums = sum
    return damaged
  }

  private func addHours(_ hours: Range<Int64>, to sums: inout HistorySums) throws(HistoryError) {
    var sum = sums
    let range: [Database.Value] = [.number(hours.lowerBound), .number(hours.upperBound)]
    try database.run(
      """
      SELECT start, interface, owner, chain, again, bytes_in, bytes_out, packets_in, packets_out, flows FROM hour
        WHERE start >= ? AND start < ?
      """, range, "read hours"
    ) { row throws(HistoryError) in
      func count(_ column: Int32) -> UInt64 { UInt64(clamping: row.number(column)) }
      sum.add(
        StoredRow(
          interface: count(1), owner: count(2), chain: count(3), peer: 0, transport: 0, port: 0,
          direction: row.number(4) != 0 ? StoredRow.again : 0,
          traffic: Traffic(bytesIn: count(5), bytesOut: count(6), packetsIn: count(7), packetsOut: count(8)),
          flows: count(9)), at: row.number(0) * 60)
    }
    try database.run("SELECT milliseconds FROM watched WHERE hour >= ? AND hour < ?", range, "read hours") {
      row throws(HistoryError) in sum.milliseconds &+= UInt64(clamping: row.number(0))
    }
    sums = sum
  }

  private func accounts(_ query: HistoryQuery) throws(HistoryError) -> [HistoryAccount] {
    var found: [HistoryAccount] = []
    try database.run(
      """
      SELECT name, max(uplink), sum(bytes_in), sum(bytes_out), sum(packets_in), sum(packets_out), sum(excess_in),
        sum(excess_out) FROM ledger JOIN interface ON id = interface WHERE minute >= ? AND minute < ?
        GROUP BY interface ORDER BY name
      """, [.number(query.from), .number(query.to)], "read what interfaces counted"
    ) { row throws(HistoryError) in
      func count(_ column: Int32) -> UInt64 { UInt64(clamping: row.number(column)) }
      found.append(
        HistoryAccount(
          interface: row.text(0),
          total: Traffic(bytesIn: count(2), bytesOut: count(3), packetsIn: count(4), packetsOut: count(5)),
          excess: Traffic(bytesIn: count(6), bytesOut: count(7)), isUplink: row.number(1) != 0))
    }
    return found
  }

  private func gaps(_ query: HistoryQuery) throws(HistoryError) -> [Range<Int64>] {
    var (gaps, next): ([Range<Int64>], Int64) = ([], query.from)
    try database.run(
      "SELECT DISTINCT minute FROM ledger WHERE minute >= ? AND minute < ? ORDER BY minute",
      [.number(query.from), .number(query.to)], "read which minutes there are"
    ) { row throws(HistoryError) in
      if row.number(0) > next { gaps.append(next..<row.number(0)) }
      next = row.number(0) + 1
    }
    if next < query.to { gaps.append(next..<query.to) }
    return gaps
  }

  /// How much room it takes, and for what.
  public func usage() throws(HistoryError) -> HistoryUsage {
    var usage = HistoryUsage(
      bytes: try usedBytes(),
      first: try database.number("SELECT minute FROM ledger ORDER BY minute LIMIT 1", "read it"),
      last: try database.number("SELECT minute FROM ledger ORDER BY minute DESC LIMIT 1", "read it"),
      minutes: Int(try database.number("SELECT count(DISTINCT minute) FROM ledger", "count minutes") ?? 0), rows: 0,
      rowBytes: 0, owners: Int(try database.number("SELECT count(*) FROM owner", "count names") ?? 0),
      chains: Int(try database.number("SELECT count(*) FROM chain", "count names") ?? 0),
      peers: Int(try database.number("SELECT count(*) FROM peer", "count names") ?? 0))
    try database.run("SELECT content FROM slice", [], "count rows") { row throws(HistoryError) in
      let content = row.bytes(0)
      usage.rowBytes += UInt64(content.count)
      usage.rows += (Slice.unpacked(content) ?? []).reduce(0) { $0 + $1.rows.count }
    }
    return usage
  }

  /// The dictionaries of the file.
  struct Names {
    var interfaces: [UInt64: String] = [:]
    private let database: Database

    init(_ database: Database) throws(HistoryError) {
      self.database = database
      var found: [UInt64: String] = [:]
      try database.run("SELECT id, name FROM interface", [], "read names") { row throws(HistoryError) in
        found[UInt64(clamping: row.number(0))] = row.text(1)
      }
      interfaces = found
    }

    // A name that can't be read has no rows that could be told apart; it is shown as not known.

    func owner(_ id: UInt64) -> HistoryOwner {
      decoded(HistoryOwner.self, "owner", id) ?? HistoryOwner(reason: "its name is not in the file")
    }

    func chain(_ id: UInt64) -> HistoryChain? { id == 0 ? nil : decoded(HistoryChain.self, "chain", id) }

    func peer(_ id: UInt64) -> IPAddress? {
      guard id != 0 else { return nil }
      var found: IPAddress?
      // Without it the row has no address.
      try? database.run("SELECT address FROM peer WHERE id = ?", [.number(Int64(clamping: id))], "read a name") {
        row throws(HistoryError) in
        let bytes = row.bytes(0)
        found = bytes.count == 16 ? .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) }) : IPAddress(networkOrder: bytes)
      }
      return found
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ table: String, _ id: UInt64) -> Value? {
      var found: Value?
      // Without it the row has no name, which is said.
      try? database.run("SELECT text FROM \(table) WHERE id = ?", [.number(Int64(clamping: id))], "read a name") {
        row throws(HistoryError) in found = try? JSONValue(parsing: row.bytes(0)).decoded(as: type)
      }
      return found
    }
  }
}
