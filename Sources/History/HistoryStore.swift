internal import CSQLite
internal import Flows
internal import JSON
internal import LinuxSystem

/// The history of one host in a folder: an SQLite file with a compressed slice for each minute, of which ten become one.
///
/// A minute is written in one transaction, so whatever ends the program, the file has whole minutes. Not for several
/// threads at once; other programs may read meanwhile.
public final class HistoryStore {
  /// How much is kept, whichever limit is reached first.
  public struct Limits: Hashable, Sendable {
    public var bytes: UInt64
    public var days: Int
    public init(bytes: UInt64 = 512_000_000, days: Int = 30) {
      self.bytes = bytes
      self.days = days
    }
  }

  public static let fileName = "history.db"
  /// Below this share of free space nothing is written.
  public static let leastFree = 0.05
  static let version: Int64 = 1
  /// `HWhi`, in the file's header.
  private static let application: Int64 = 0x4857_6869

  public let path: String
  let database: Database
  private let folder: String
  private let lock: Int32?
  /// The file that is written to; nil if it is only read.
  private var identity: FileIdentity?
  private var known = Known()

  /// The numbers of names that were written before, and the last day on which each was used.
  private struct Known {
    var interfaces: [String: Int64] = [:]
    var owners: [HistoryOwner: (id: Int64, day: Int64)] = [:]
    var chains: [HistoryChain: (id: Int64, day: Int64)] = [:]
    var peers: [IPAddress: (id: Int64, day: Int64)] = [:]

    /// A scan from a million addresses must not fill the memory.
    mutating func bound() {
      if owners.count > 20_000 { owners = [:] }
      if chains.count > 20_000 { chains = [:] }
      if peers.count > 50_000 { peers = [:] }
    }
  }

  /// Opens the history in `folder` to write to it, and makes it if it is not there.
  ///
  /// - Throws: `HistoryError` with `locked` if another program writes to it.
  public init(writing folder: String) throws(HistoryError) {
    path = "\(folder)/\(Self.fileName)"
    self.folder = folder
    // The folder itself is locked: a file for it could be removed.
    let lock = hw_sqlite_take(folder)
    guard lock >= 0 else {
      let errno = Errno(-lock)
      if errno == .tryAgain {
        throw HistoryError(.locked, path, "open", "another headwater watch writes to it")
      }
      throw HistoryError(errno.isDenial ? .denied : errno.isAbsence ? .missing : .failed, path, "open", "\(errno)")
    }
    self.lock = lock
    do throws(HistoryError) {
      database = try Database(path, writes: true, patience: 10)
      try prepare()
      // Without it only a file that is replaced later goes unnoticed.
      identity = try? FileIdentity(of: path)
    } catch {
      hw_sqlite_give(lock)
      throw Self.explained(error)
    }
  }

  /// Opens the history in `folder` to read it.
  public init(reading folder: String) throws(HistoryError) {
    path = "\(folder)/\(Self.fileName)"
    self.folder = folder
    lock = nil
    do { _ = try FileIdentity(of: path) } catch {
      throw HistoryError(
        error.errno.isAbsence ? .missing : error.errno.isDenial ? .denied : .failed, path, "open", "\(error.errno)")
    }
    do throws(HistoryError) {
      database = try Database(path, writes: false, patience: 10)
      let tables = try database.number("SELECT count(*) FROM sqlite_master", "read the tables") ?? 0
      // Whoever made it was ended before it had its tables.
      guard tables > 0 else { throw HistoryError(.missing, path, "open", "it is empty") }
      try check()
    } catch { throw Self.explained(error) }
  }

  deinit { if let lock { hw_sqlite_give(lock) } }

  private static func explained(_ error: HistoryError) -> HistoryError {
    guard error.code == .damaged, error.operation != "check" else { return error }
    return HistoryError(
      .damaged, error.file, error.operation,
      "\(error.cause): it is no history, or it is damaged; move it away, and a new one begins")
  }

  /// Whether the file is a history of this version.
  private func check() throws(HistoryError) {
    let application = try database.number("PRAGMA application_id", "read the header")
    guard application == Self.application else {
      throw HistoryError(.damaged, path, "check", "it is a database of another program")
    }
    let version = try database.number("PRAGMA user_version", "read the version") ?? 0
    guard version <= Self.version else {
      throw HistoryError(
        .newer, path, "check",
        "a newer headwater wrote it (version \(version), and this one knows up to \(Self.version)); use that one")
    }
  }

  private func prepare() throws(HistoryError) {
    let tables = try database.number("SELECT count(*) FROM sqlite_master", "read the tables") ?? 0
    if tables == 0 {
      try database.run("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL", "make it")
      try database.change("make it") { () throws(HistoryError) in try database.run(Self.tables, "make it") }
    }
    try check()
    // After a loss of power the last minutes may be missing, and the file is whole (sqlite.org/wal.html).
    try database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=4000000", "open")
  }

  private static let tables = """
    PRAGMA application_id=\(application);
    PRAGMA user_version=\(version);
    CREATE TABLE interface(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
    CREATE TABLE owner(id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL, day INTEGER NOT NULL);
    CREATE TABLE chain(id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL, day INTEGER NOT NULL);
    CREATE TABLE peer(id INTEGER PRIMARY KEY, address BLOB UNIQUE NOT NULL, day INTEGER NOT NULL);
    CREATE TABLE slice(start INTEGER PRIMARY KEY, minutes INTEGER NOT NULL, content BLOB NOT NULL);
    CREATE TABLE ledger(minute INTEGER, interface INTEGER, uplink INTEGER NOT NULL, bytes_in INTEGER NOT NULL,
      bytes_out INTEGER NOT NULL, packets_in INTEGER NOT NULL, packets_out INTEGER NOT NULL,
      excess_in INTEGER NOT NULL, excess_out INTEGER NOT NULL, PRIMARY KEY(minute, interface)) WITHOUT ROWID;
    CREATE TABLE hour(start INTEGER, interface INTEGER, owner INTEGER, chain INTEGER, again INTEGER,
      bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL, packets_in INTEGER NOT NULL, packets_out INTEGER NOT NULL, flows INTEGER NOT NULL,
      PRIMARY KEY(start, interface, owner, chain, again)) WITHOUT ROWID;
    CREATE TABLE watched(hour INTEGER PRIMARY KEY, milliseconds INTEGER NOT NULL);
    """

  // MARK: Writing

  /// Adds one minute: its rows, accounts and its part of the hour, all or nothing. A minute that is there already, after a
  /// restart or when the clock was set back, is added to.
  ///
  /// - Throws: `HistoryError` with `full` if less than 5 % of the file system is free.
  public func write(_ minute: HistoryMinute, limits: Limits = Limits()) throws(HistoryError) {
    let operation = "write a minute"
    let free = try freeShare()
    guard free >= Self.leastFree else {
      throw HistoryError(
        .full, path, operation, "only \(Int(free * 100)) % of the file system is free, and 5 % stay for others")
    }
    guard identity == nil || identity == (try? FileIdentity(of: path)) else {
      throw HistoryError(
        .missing, path, operation, "the file was removed or replaced while it was open; start headwater watch again")
    }
    let before = known
    do throws(HistoryError) {
      try database.change(operation) { () throws(HistoryError) in
        try add(minute, operation)
        try seal(before: minute.minute, operation)
        try expire(minute.minute, limits, operation)
      }
    } catch {
      // Numbers that were given in it are not in the file.
      known = before
      throw error
    }
    known.bound()
    // Pages that became free go back to the file system; without this they are used again later.
    try database.run("PRAGMA incremental_vacuum", operation)
  }

  /// How much of the file system is free, 0 to 1. The database itself must not be opened for it: closing any descriptor of
  /// a file ends the process's locks on it (fcntl(2)).
  private func freeShare() throws(HistoryError) -> Double {
    do { return try FileSystemSpace.freeShare(of: folder) } catch {
      throw HistoryError(.failed, path, "measure the file system", "\(error.errno)")
    }
  }

  private func add(_ minute: HistoryMinute, _ operation: String) throws(HistoryError) {
    let day = minute.minute / 1440
    var stored = StoredMinute(minute: minute.minute, milliseconds: minute.milliseconds, rows: [])
    for row in minute.rows {
      stored.rows.append(
        StoredRow(
          interface: UInt64(try interface(row.interface)), owner: UInt64(try owner(row.owner, day)),
          chain: UInt64(try row.chain.map { chain throws(HistoryError) in try self.chain(chain, day) } ?? 0),
          peer: UInt64(try row.peer.map { peer throws(HistoryError) in try self.peer(peer, day) } ?? 0),
          transport: UInt64(row.transport), port: UInt64(row.port),
          direction: UInt64(row.direction.rawValue) | (row.isAgain ? StoredRow.again : 0),
          traffic: row.traffic, flows: row.flows))
    }
    try add(stored, operation)
    for account in minute.accounts {
      let (total, excess) = (account.total, account.excess)
      try database.run(
        """
        INSERT INTO ledger VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(minute, interface) DO UPDATE SET
          uplink=max(uplink, excluded.uplink), bytes_in=bytes_in+excluded.bytes_in,
          bytes_out=bytes_out+excluded.bytes_out, packets_in=packets_in+excluded.packets_in,
          packets_out=packets_out+excluded.packets_out, excess_in=excess_in+excluded.excess_in,
          excess_out=excess_out+excluded.excess_out
        """,
        [
          .number(minute.minute), .number(try interface(account.interface)), .number(account.isUplink ? 1 : 0),
          .number(Int64(clamping: total.bytesIn)), .number(Int64(clamping: total.bytesOut)),
          .number(Int64(clamping: total.packetsIn)), .number(Int64(clamping: total.packetsOut)),
          .number(Int64(clamping: excess.bytesIn)), .number(Int64(clamping: excess.bytesOut)),
        ], operation)
    }
    let hour = minute.minute / 60
    try database.run(
      "INSERT INTO watched VALUES(?,?) ON CONFLICT(hour) DO UPDATE SET milliseconds=milliseconds+excluded.milliseconds",
      [.number(hour), .number(Int64(clamping: minute.milliseconds))], operation)
    for row in stored.rows {
      try database.run(
        """
        INSERT INTO hour VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(start, interface, owner, chain, again) DO UPDATE SET
          bytes_in=bytes_in+excluded.bytes_in, bytes_out=bytes_out+excluded.bytes_out,
          packets_in=packets_in+excluded.packets_in, packets_out=packets_out+excluded.packets_out,
          flows=flows+excluded.flows
        """,
        [
          .number(hour), .number(Int64(row.interface)), .number(Int64(row.owner)), .number(Int64(row.chain)),
          .number(row.isAgain ? 1 : 0),
          .number(Int64(clamping: row.traffic.bytesIn)), .number(Int64(clamping: row.traffic.bytesOut)),
          .number(Int64(clamping: row.traffic.packetsIn)), .number(Int64(clamping: row.traffic.packetsOut)),
          .number(Int64(clamping: row.flows)),
        ], operation)
    }
  }

  /// Adds a minute to the slice that has its time, or as a slice of its own.
  private func add(_ minute: StoredMinute, _ operation: String) throws(HistoryError) {
    var there: (start: Int64, minutes: Int64, content: [UInt8])?
    try database.run(
      "SELECT start, minutes, content FROM slice WHERE start <= ? AND start + minutes > ?",
      [.number(minute.minute), .number(minute.minute)], operation
    ) { row throws(HistoryError) in there = (row.number(0), row.number(1), row.bytes(2)) }
    var before: [StoredMinute] = []
    if let there {
      guard let minutes = Slice.unpacked(there.content) else {
        throw HistoryError(.damaged, path, operation, "the minutes from \(there.start) on can't be read any more")
      }
      before = minutes
    }
    try put(before + [minute], start: there?.start ?? minute.minute, minutes: there?.minutes ?? 1, operation)
  }

  private func put(
    _ minutes: [StoredMinute], start: Int64, minutes count: Int64, _ operation: String
  ) throws(HistoryError) {
    guard let packed = Slice.packed(minutes) else {
      throw HistoryError(.failed, path, operation, "it could not be compressed")
    }
    try database.run(
      "INSERT OR REPLACE INTO slice VALUES(?,?,?)", [.number(start), .number(count), .bytes(packed)], operation)
  }

  /// Makes one slice of the single minutes of each ten minutes that are over.
  private func seal(before minute: Int64, _ operation: String) throws(HistoryError) {
    let open = minute / 10 * 10
    var tens: [Int64: [StoredMinute]] = [:]
    try database.run("SELECT start, content FROM slice WHERE minutes = 1 AND start < ?", [.number(open)], operation) {
      row throws(HistoryError) in
      // A damaged one stays alone, so that it is named.
      guard let minutes = Slice.unpacked(row.bytes(1)) else { return }
      tens[row.number(0) / 10 * 10, default: []] += minutes
    }
    for (start, minutes) in tens.sorted(by: { $0.key < $1.key }) {
      var damaged = false
      for single in try singles(from: start, operation) where Slice.unpacked(single) == nil { damaged = true }
      if damaged { continue }
      try database.run(
        "DELETE FROM slice WHERE minutes = 1 AND start >= ? AND start < ?", [.number(start), .number(start + 10)],
        operation)
      try put(minutes.sorted { $0.minute < $1.minute }, start: start, minutes: 10, operation)
    }
  }

  private func singles(from start: Int64, _ operation: String) throws(HistoryError) -> [[UInt8]] {
    var found: [[UInt8]] = []
    try database.run(
      "SELECT content FROM slice WHERE minutes = 1 AND start >= ? AND start < ?",
      [.number(start), .number(start + 10)], operation
    ) { row throws(HistoryError) in found.append(row.bytes(0)) }
    return found
  }

  // MARK: Names

  private func interface(_ name: String) throws(HistoryError) -> Int64 {
    if let id = known.interfaces[name] { return id }
    try database.run("INSERT OR IGNORE INTO interface(name) VALUES(?)", [.text(name)], "write a name")
    let id = try database.number("SELECT id FROM interface WHERE name = ?", [.text(name)], "read a name") ?? 0
    known.interfaces[name] = id
    return id
  }

  private func owner(_ owner: HistoryOwner, _ day: Int64) throws(HistoryError) -> Int64 {
    if let there = known.owners[owner], there.day >= day { return there.id }
    let id = try named("owner", "text", .text(try text(owner)), day)
    known.owners[owner] = (id, day)
    return id
  }

  private func chain(_ chain: HistoryChain, _ day: Int64) throws(HistoryError) -> Int64 {
    if let there = known.chains[chain], there.day >= day { return there.id }
    let id = try named("chain", "text", .text(try text(chain)), day)
    known.chains[chain] = (id, day)
    return id
  }

  private func peer(_ peer: IPAddress, _ day: Int64) throws(HistoryError) -> Int64 {
    if let there = known.peers[peer], there.day >= day { return there.id }
    let id = try named("peer", "address", .bytes(peer.networkOrder), day)
    known.peers[peer] = (id, day)
    return id
  }

  /// The number of an entry of a dictionary, which was used on `day`.
  private func named(
    _ table: String, _ column: String, _ value: Database.Value, _ day: Int64
  ) throws(HistoryError) -> Int64 {
    try database.run(
      "INSERT INTO \(table)(\(column), day) VALUES(?,?) ON CONFLICT(\(column)) DO UPDATE SET day=max(day, excluded.day)",
      [value, .number(day)], "write a name")
    return try database.number("SELECT id FROM \(table) WHERE \(column) = ?", [value], "read a name") ?? 0
  }

  private func text(_ value: some Encodable) throws(HistoryError) -> String {
    do { return String(decoding: try JSONValue(encoding: value).line, as: UTF8.self) } catch {
      throw HistoryError(.failed, path, "write a name", "\(error)")
    }
  }

  // MARK: Limits

  /// The bytes that are in use in the file.
  func usedBytes() throws(HistoryError) -> UInt64 {
    let pages = try database.number("PRAGMA page_count", "measure it") ?? 0
    let free = try database.number("PRAGMA freelist_count", "measure it") ?? 0
    let size = try database.number("PRAGMA page_size", "measure it") ?? 0
    return UInt64(max(0, pages - free)) * UInt64(max(0, size))
  }

  /// Drops what is older than the days, and then the oldest day (of a single day, the oldest hour) until the bytes fit.
  private func expire(_ now: Int64, _ limits: Limits, _ operation: String) throws(HistoryError) {
    if try isBelieved(now, operation) {
      try drop(before: (now - Int64(max(1, limits.days)) * 1440) / 60 * 60, operation)
    }
    while try usedBytes() > limits.bytes {
      guard let oldest = try database.number("SELECT min(start) FROM slice", operation) else { return }
      let nextDay = (oldest / 1440 + 1) * 1440
      let nextHour = (oldest / 60 + 1) * 60
      let end = nextDay <= now / 1440 * 1440 ? nextDay : nextHour
      // The current hour stays, or there would be nothing to ask for.
      guard end <= now / 60 * 60 else { return }
      try drop(before: end, operation)
    }
  }

  /// Whether the clock has shown this day for some hours: one that was wrong for a moment must not erase what is older.
  private func isBelieved(_ now: Int64, _ operation: String) throws(HistoryError) -> Bool {
    var milliseconds: Int64 = 0
    try database.run(
      "SELECT sum(milliseconds) FROM watched WHERE hour > ? AND hour <= ?",
      [.number(now / 60 - 24), .number(now / 60)],
      operation
    ) { row throws(HistoryError) in milliseconds = row.number(0) }
    return milliseconds >= Self.believed
  }

  /// Three hours of a day, in milliseconds.
  private static let believed: Int64 = 3 * 3_600_000

  private func drop(before minute: Int64, _ operation: String) throws(HistoryError) {
    let limit: [Database.Value] = [.number(minute)]
    try database.run("DELETE FROM slice WHERE start + minutes <= ?", limit, operation)
    guard database.changes > 0 else { return }
    try database.run("DELETE FROM ledger WHERE minute < ?", limit, operation)
    // An hour of which some minutes are left stays whole.
    for table in ["hour WHERE start", "watched WHERE hour"] {
      try database.run("DELETE FROM \(table) < ?", [.number(minute / 60)], operation)
    }
    // A name that was last used on a day that is gone is in no row.
    for table in ["owner", "chain", "peer"] {
      try database.run("DELETE FROM \(table) WHERE day < ?", [.number(minute / 1440)], operation)
    }
    known = Known()
  }
}
