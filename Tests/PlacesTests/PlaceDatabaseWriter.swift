import Flows

/// A value of a MaxMind database's data section.
indirect enum PlaceValue {
  case text(String)
  case number(UInt32)
  case large(UInt64)
  case short(UInt16)
  case map([(String, PlaceValue)])
  case list([PlaceValue])

  /// As the data section has it: a control byte with type and size, then the payload (MaxMind DB specification 2.0, "Data
  /// Section Format").
  var bytes: [UInt8] {
    switch self {
    case .text(let text): return Self.control(2, text.utf8.count) + text.utf8
    case .short(let number): return Self.control(5, 2) + Self.bytes(UInt64(number), 2)
    case .number(let number): return Self.control(6, 4) + Self.bytes(UInt64(number), 4)
    case .large(let number): return Self.control(9, 8) + Self.bytes(number, 8)
    case .map(let pairs):
      return pairs.reduce(Self.control(7, pairs.count)) { $0 + PlaceValue.text($1.0).bytes + $1.1.bytes }
    case .list(let items): return items.reduce(Self.control(11, items.count)) { $0 + $1.bytes }
    }
  }

  /// Types from 8 on are extended: 0 in the control byte, and the type less 7 in a byte of its own.
  private static func control(_ type: UInt8, _ size: Int) -> [UInt8] {
    let field = size < 29 ? UInt8(size) : size < 285 ? 29 : 30
    var bytes = type < 8 ? [type << 5 | field] : [field, type - 7]
    if field == 29 { bytes.append(UInt8(size - 29)) }
    if field == 30 { bytes += Self.bytes(UInt64(size - 285), 2) }
    return bytes
  }

  private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
  }
}

/// Writes databases in MaxMind's format 2.0: a binary tree of the addresses' bits, 16 zero bytes, records, metadata.
struct PlaceDatabaseWriter {
  /// 4: a tree of IPv4 addresses; 6: of IPv6, with IPv4 at ::/96.
  var version: UInt16 = 6
  /// Bits of each half of a node: 24, 28 or 32.
  var recordSize: UInt16 = 24
  var type = "GeoLite2-City"
  var records: [(Prefix, PlaceValue)] = []

  private enum Link {
    case nothing, data(Int)
    case node(Int)
  }

  func bytes() -> [UInt8] {
    var nodes: [[Link]] = [[.nothing, .nothing]]
    var data: [UInt8] = []
    for (prefix, value) in records {
      let offset = data.count
      data += value.bytes
      let shift = version == 6 && prefix.address.isV4 ? 96 : 0
      let length = prefix.length + shift
      let width = version == 6 ? 128 : 32
      var node = 0
      for depth in 0..<length {
        let bit = Int(prefix.address.integer >> UInt128(width - 1 - depth) & 1)
        if depth == length - 1 {
          nodes[node][bit] = .data(offset)
        } else if case .node(let next) = nodes[node][bit] {
          node = next
        } else {
          nodes.append([nodes[node][bit], nodes[node][bit]])
          nodes[node][bit] = .node(nodes.count - 1)
          node = nodes.count - 1
        }
      }
    }
    var tree: [UInt8] = []
    for node in nodes {
      let values = node.map { link in
        switch link {
        case .nothing: nodes.count
        case .node(let number): number
        case .data(let offset): nodes.count + 16 + offset
        }
      }
      tree += halves(values[0], values[1])
    }
    let metadata = PlaceValue.map([
      ("binary_format_major_version", .short(2)), ("binary_format_minor_version", .short(0)),
      ("build_epoch", .large(1_745_107_200)), ("database_type", .text(type)),
      ("description", .map([("en", .text("made by a test"))])), ("ip_version", .short(version)),
      ("languages", .list([.text("en")])), ("node_count", .number(UInt32(nodes.count))),
      ("record_size", .short(recordSize)),
    ])
    return tree + [UInt8](repeating: 0, count: 16) + data + [0xAB, 0xCD, 0xEF] + "MaxMind.com".utf8 + metadata.bytes
  }

  private func halves(_ left: Int, _ right: Int) -> [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    switch recordSize {
    case 28:
      // The byte in the middle has the highest four bits of both.
      let middle = UInt8(truncatingIfNeeded: left >> 24) << 4 | UInt8(truncatingIfNeeded: right >> 24)
      return bytes(left, 3) + [middle] + bytes(right, 3)
    default: return bytes(left, Int(recordSize) / 8) + bytes(right, Int(recordSize) / 8)
    }
  }
}
