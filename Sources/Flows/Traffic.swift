/// Network-layer bytes (from the IP header on) and packets in both directions, as on the wire.
///
/// "In" is toward the place or owner that the counters belong to.
public struct Traffic: Hashable, Sendable, Codable {
  public var bytesIn: UInt64
  public var bytesOut: UInt64
  public var packetsIn: UInt64
  public var packetsOut: UInt64

  public init(bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, packetsIn: UInt64 = 0, packetsOut: UInt64 = 0) {
    self.bytesIn = bytesIn
    self.bytesOut = bytesOut
    self.packetsIn = packetsIn
    self.packetsOut = packetsOut
  }

  /// What one flow can move in one window, with room: a petabyte. More is a broken or an invented record, and sums of it would
  /// not fit.
  private static let most: UInt64 = 1 << 50

  /// Whether it is as much as a network may have moved. Texts have counters that are damaged, or that ran below zero.
  public var isPossible: Bool { [bytesIn, bytesOut, packetsIn, packetsOut].allSatisfy { $0 <= Self.most } }

  /// - Throws: `DecodingError` for a count that no network moves.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> UInt64 {
      let count = try values.decode(UInt64.self, forKey: key)
      guard count <= Self.most else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values, debugDescription: "\(count) is more than a network moves")
      }
      return count
    }
    self.init(
      bytesIn: try count(.bytesIn), bytesOut: try count(.bytesOut), packetsIn: try count(.packetsIn),
      packetsOut: try count(.packetsOut))
  }

  private enum CodingKeys: String, CodingKey { case bytesIn, bytesOut, packetsIn, packetsOut }

  public var bytes: UInt64 { bytesIn &+ bytesOut }
  public var packets: UInt64 { packetsIn &+ packetsOut }
  public var isZero: Bool { bytes == 0 && packets == 0 }

  /// The same traffic, seen from the other end.
  public var reversed: Traffic {
    Traffic(bytesIn: bytesOut, bytesOut: bytesIn, packetsIn: packetsOut, packetsOut: packetsIn)
  }

  public static func += (left: inout Traffic, right: Traffic) {
    left.bytesIn &+= right.bytesIn
    left.bytesOut &+= right.bytesOut
    left.packetsIn &+= right.packetsIn
    left.packetsOut &+= right.packetsOut
  }

  public static func + (left: Traffic, right: Traffic) -> Traffic {
    var sum = left
    sum += right
    return sum
  }

  /// The traffic since `earlier`. A counter that went backwards was reset and counts from zero.
  public func since(_ earlier: Traffic) -> Traffic {
    func delta(_ now: UInt64, _ before: UInt64) -> UInt64 { now >= before ? now - before : now }
    return Traffic(
      bytesIn: delta(bytesIn, earlier.bytesIn), bytesOut: delta(bytesOut, earlier.bytesOut),
      packetsIn: delta(packetsIn, earlier.packetsIn), packetsOut: delta(packetsOut, earlier.packetsOut))
  }
}
