internal import CZstd
internal import Flows

/// A row as it is stored: names as numbers of the dictionaries.
struct StoredRow: Hashable {
  var interface: UInt64
  var owner: UInt64
  /// 0 for none, as for `peer`.
  var chain: UInt64
  var peer: UInt64
  var transport: UInt64
  var port: UInt64
  /// The direction, with `again`.
  var direction: UInt64
  var traffic: Traffic
  var flows: UInt64

  /// The bit of `direction` for a row that is at another interface, too.
  static let again: UInt64 = 4
  var isAgain: Bool { direction & Self.again != 0 }
}

/// A minute as it is stored.
struct StoredMinute: Hashable {
  var minute: Int64
  var milliseconds: UInt64
  var rows: [StoredRow]
}

/// The bytes of some minutes: for each its number, its length and its columns as variable-length numbers, compressed
/// together.
enum Slice {
  /// The most bytes that a slice may unpack to: ten minutes of 1,000 rows have some 300 kB.
  private static let most = 64 << 20
  private static let level: Int32 = 6

  static func packed(_ minutes: [StoredMinute]) -> [UInt8]? {
    var raw: [UInt8] = []
    for minute in minutes { append(minute, to: &raw) }
    var packed = [UInt8](repeating: 0, count: hw_zstd_bound(raw.count))
    let size = hw_zstd_compress(&packed, packed.count, raw, raw.count, level)
    guard size >= 0 else { return nil }
    packed.removeLast(packed.count - Int(size))
    return packed
  }

  /// Nil if the bytes are damaged.
  static func unpacked(_ bytes: [UInt8]) -> [StoredMinute]? {
    let size = hw_zstd_size(bytes, bytes.count)
    guard size >= 0, size <= most else { return nil }
    var raw = [UInt8](repeating: 0, count: Int(size))
    guard hw_zstd_expand(&raw, raw.count, bytes, bytes.count) == size else { return nil }
    var minutes: [StoredMinute] = []
    var reader = NumberReader(raw)
    while !reader.isAtEnd {
      guard let minute = read(&reader) else { return nil }
      minutes.append(minute)
    }
    return minutes
  }

  private static func append(_ minute: StoredMinute, to raw: inout [UInt8]) {
    // Rows of one owner beside each other, so that their numbers compress.
    let rows = minute.rows.sorted {
      ($0.interface, $0.owner, $0.chain, $0.peer, $0.port) < ($1.interface, $1.owner, $1.chain, $1.peer, $1.port)
    }
    func add(_ number: UInt64) {
      var rest = number
      while rest > 127 {
        raw.append(UInt8(truncatingIfNeeded: rest) | 128)
        rest >>= 7
      }
      raw.append(UInt8(truncatingIfNeeded: rest))
    }
    add(UInt64(bitPattern: minute.minute))
    add(minute.milliseconds)
    add(UInt64(rows.count))
    for row in rows { add(row.interface) }
    for row in rows { add(row.owner) }
    for row in rows { add(row.chain) }
    for row in rows { add(row.peer) }
    for row in rows { add(row.transport) }
    for row in rows { add(row.port) }
    for row in rows { add(row.direction) }
    for row in rows { add(row.traffic.bytesIn) }
    for row in rows { add(row.traffic.bytesOut) }
    for row in rows { add(row.traffic.packetsIn) }
    for row in rows { add(row.traffic.packetsOut) }
    for row in rows { add(row.flows) }
  }

  private static func read(_ reader: inout NumberReader) -> StoredMinute? {
    guard let minute = reader.number(), let milliseconds = reader.number(), let count = reader.number() else {
      return nil
    }
    // Each row has at least a byte in each column.
    guard count <= UInt64(reader.left) / 12, let number = Int64(exactly: minute) else { return nil }
    let empty = StoredRow(
      interface: 0, owner: 0, chain: 0, peer: 0, transport: 0, port: 0, direction: 0, traffic: Traffic(), flows: 0)
    var rows = [StoredRow](repeating: empty, count: Int(count))
    for index in rows.indices { rows[index].interface = reader.column() }
    for index in rows.indices { rows[index].owner = reader.column() }
    for index in rows.indices { rows[index].chain = reader.column() }
    for index in rows.indices { rows[index].peer = reader.column() }
    for index in rows.indices { rows[index].transport = reader.column() }
    for index in rows.indices { rows[index].port = reader.column() }
    for index in rows.indices { rows[index].direction = reader.column() }
    for index in rows.indices { rows[index].traffic.bytesIn = reader.column() }
    for index in rows.indices { rows[index].traffic.bytesOut = reader.column() }
    for index in rows.indices { rows[index].traffic.packetsIn = reader.column() }
    for index in rows.indices { rows[index].traffic.packetsOut = reader.column() }
    for index in rows.indices { rows[index].flows = reader.column() }
    return reader.isWhole ? StoredMinute(minute: number, milliseconds: milliseconds, rows: rows) : nil
  }
}

/// Reads variable-length numbers: seven bits in each byte, the lowest first.
private struct NumberReader {
  private let bytes: [UInt8]
  private var position = 0
  /// False once a number was cut off or too large.
  private(set) var isWhole = true

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var left: Int { bytes.count - position }
  var isAtEnd: Bool { position >= bytes.count }

  mutating func number() -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
      shift += 7
    }
    isWhole = false
    return nil
  }

  /// The next number; 0, and no longer whole, if there is none.
  mutating func column() -> UInt64 { number() ?? 0 }
}
