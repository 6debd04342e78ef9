public import Flows

/// Captured packets, in the order of their times.
public struct PacketBatch: Hashable, Sendable, Codable {
  /// How many packets, and how many bytes of them, one answer has at most; further ones wait for the next question.
  public static let limit = (packets: 50_000, bytes: 8 << 20)

  /// A place of capture: an interface in a network namespace.
  public struct Source: Hashable, Sendable, Codable {
    public var place: Place
    public var index: UInt32
    /// Its name; nil if it was gone before it could be asked.
    public var name: String?
    /// The name of its namespace: `host`, `container openvpn`.
    public var placeName: String
    /// How many packets were captured there since the start.
    public var received: UInt64

    public init(place: Place, index: UInt32, name: String?, placeName: String, received: UInt64) {
      (self.place, self.index, self.name, self.placeName, self.received) = (place, index, name, placeName, received)
    }
  }

  public struct Packet: Hashable, Sendable, Codable {
    /// Nanoseconds since 1970.
    public var time: UInt64
    /// The number of its source in `sources`.
    public var source: Int
    /// Whether the host sent it.
    public var isOutgoing: Bool
    /// Its length on the wire, and how much of it is here.
    public var wire: Int
    public var length: Int

    public init(time: UInt64, source: Int, isOutgoing: Bool, wire: Int, length: Int) {
      (self.time, self.source, self.isOutgoing, self.wire, self.length) = (time, source, isOutgoing, wire, length)
    }
  }

  public var packets: [Packet]
  /// The bytes of all packets, one after the other.
  public var bytes: [UInt8]
  /// All sources since the start.
  public var sources: [Source]
  /// How many packets were lost since the start, because they came faster than they could be read.
  public var lost: UInt64
  /// Whether it has all packets that were captured until now.
  public var isWhole: Bool
  /// What could not be captured since the last answer, and why.
  public var notes: [String]

  public init(
    packets: [Packet], bytes: [UInt8], sources: [Source], lost: UInt64, isWhole: Bool, notes: [String] = []
  ) {
    self.packets = packets
    self.bytes = bytes
    self.sources = sources
    self.lost = lost
    self.isWhole = isWhole
    self.notes = notes
  }

  private enum CodingKeys: String, CodingKey { case packets, hex, sources, lost, isWhole, notes }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let (packets, sources) = (
      try fields.decode([Packet].self, forKey: .packets), try fields.decode([Source].self, forKey: .sources)
    )
    guard let bytes = Self.bytes(hex: try fields.decode(String.self, forKey: .hex)),
      packets.allSatisfy({ (0...bytes.count).contains($0.length) && sources.indices.contains($0.source) }),
      packets.reduce(0, { $0 &+ $1.length }) == bytes.count
    else {
      throw DecodingError.dataCorruptedError(forKey: .hex, in: fields, debugDescription: "not the packets' bytes")
    }
    self.packets = packets
    self.sources = sources
    lost = try fields.decode(UInt64.self, forKey: .lost)
    isWhole = try fields.decode(Bool.self, forKey: .isWhole)
    notes = try fields.decode([String].self, forKey: .notes)
    self.bytes = bytes
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(packets, forKey: .packets)
    try fields.encode(sources, forKey: .sources)
    try fields.encode(lost, forKey: .lost)
    try fields.encode(isWhole, forKey: .isWhole)
    try fields.encode(notes, forKey: .notes)
    let digits = Array("0123456789abcdef".utf8)
    var hex: [UInt8] = []
    hex.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      hex.append(digits[Int(byte >> 4)])
      hex.append(digits[Int(byte & 15)])
    }
    try fields.encode(String(decoding: hex, as: UTF8.self), forKey: .hex)
  }

  private static func bytes(hex: String) -> [UInt8]? {
    let digits = Array(hex.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

extension PacketBatch: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self {
    var copy = self
    for index in copy.sources.indices { copy.sources[index].place = sources[index].place.on(host: number) }
    return copy
  }
  public func shifted(by seconds: Double) -> Self {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return self }
    var copy = self
    let shift = Int64(seconds * 1e9)
    for index in copy.packets.indices {
      copy.packets[index].time = UInt64(clamping: Int64(clamping: packets[index].time) &+ shift)
    }
    return copy
  }
  public var tellsTime: Bool { !packets.isEmpty }
  public func withoutSecrets() -> Self { self }
}
