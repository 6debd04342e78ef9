internal import Capture
internal import Flows

/// The rows of a tally as connections: those before and behind a translation are one.
struct Connections: Sendable {
  /// One connection.
  struct Connection: Sendable {
    /// The rows, in the order in which packets of the end that began pass them.
    var rows: [Int]
    /// From the end that began, each packet once.
    var out = PacketCount()
    var back = PacketCount()

    var main: Int { rows[0] }
    var bytes: UInt64 { out.bytes &+ back.bytes }
    var packets: UInt64 { out.packets &+ back.packets }
  }

  private(set) var rows: [PacketRow]
  private(set) var all: [Connection] = []

  init(_ rows: [PacketRow], _ translations: Translations) {
    self.rows = rows
    conclude()
    translations.orient(&self.rows)
    let groups = translations.groups(self.rows)
    var isTaken = [Bool](repeating: false, count: rows.count)
    for group in groups {
      for row in group { isTaken[row] = true }
      add(Connection(rows: group))
    }
    // A row without packets of its own is only the outside of a tunnel.
    for row in rows.indices where !isTaken[row] { add(Connection(rows: [row])) }
    all.sort { (($1.bytes, $0.main)) < (($0.bytes, $1.main)) }
  }

  private mutating func add(_ connection: Connection) {
    var connection = connection
    for row in connection.rows {
      let (out, back) = (rows[row].out.once, rows[row].back.once)
      if out.bytes >= connection.out.bytes { connection.out = out }
      if back.bytes >= connection.back.bytes { connection.back = back }
    }
    all.append(connection)
  }

  /// Concludes who began where that was not captured, from the ports and from how many use them.
  private mutating func conclude() {
    var others: [Endpoint: Int] = [:]
    for row in rows where row.flow.transport.hasPorts && !row.isMerged {
      others[row.flow.source, default: 0] += 1
      others[row.flow.destination, default: 0] += 1
    }
    for index in rows.indices where rows[index].beginning == .unknown {
      guard let found = Beginning.inferred(rows[index].flow, others: { others[$0] ?? 1 }) else { continue }
      rows[index].beginning = found.beginning
      rows[index].isReversed = found.service == rows[index].flow.source
    }
  }

  /// The flow of a connection from the end that began, before translations.
  func flow(_ connection: Connection) -> Flow { rows[connection.main].oriented }
}
