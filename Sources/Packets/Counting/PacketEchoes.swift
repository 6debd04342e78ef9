internal import Capture
internal import Flows

/// Recognises a packet that was captured before: at another place, or in another flow because a translation changed its
/// addresses. Memory is constant: a packet is compared with the latest ones.
///
/// What routers leave as it is identifies a packet: TCP's numbers, window and options, IPv4's identification, the start
/// of the payload.
struct PacketEchoes: Sendable {
  private struct Entry {
    /// 0 for none.
    var content: UInt64 = 0
    var row: UInt32 = 0
    var isForward = false
    /// Up to 4 places, each plus one.
    var places: UInt64 = 0
    var time = 0.0
  }

  /// What is known of a packet.
  enum Finding {
    case new
    /// The same conversation had it at another place.
    case echo
    /// The same place captured it twice.
    case double
    /// Another row had it: a translation lies between them.
    case twin(row: Int, isForward: Bool)
  }

  private static let count = 1 << 14
  /// The longest time in seconds that a packet needs to pass a host, and between its copies in one cooked capture.
  private static let passage = 1.0
  private static let moment = 0.05
  private var entries = [Entry](repeating: Entry(), count: Self.count)

  /// Whether and where the packet was seen before; it is remembered.
  ///
  /// - Parameter isCooked: whether one place of capture is several interfaces (`tcpdump -i any` before libpcap 1.10).
  mutating func take(
    _ content: UInt64, row: Int, isForward: Bool, place: UInt16, time: Double, isCooked: Bool
  ) -> Finding {
    let slot = Int(truncatingIfNeeded: content >> 40) & (Self.count - 1)
    let entry = entries[slot]
    let age = abs(time - entry.time)
    guard entry.content == content, age <= Self.passage else {
      entries[slot] = Entry(
        content: content, row: UInt32(row), isForward: isForward, places: UInt64(place) + 1, time: time)
      return .new
    }
    if entry.row == UInt32(row), entry.isForward == isForward {
      if Self.has(entry.places, place) {
        if isCooked, age < Self.moment { return .double }
        // It was sent again.
        entries[slot].places = UInt64(place) + 1
        entries[slot].time = time
        return .new
      }
      entries[slot].places = entry.places << 16 | (UInt64(place) + 1)
      return .echo
    }
    return .twin(row: Int(entry.row), isForward: entry.isForward)
  }

  private static func has(_ places: UInt64, _ place: UInt16) -> Bool {
    var rest = places
    while rest != 0 {
      if rest & 0xFFFF == UInt64(place) + 1 { return true }
      rest >>= 16
    }
    return false
  }

  mutating func clear() { entries = [Entry](repeating: Entry(), count: Self.count) }

  /// A hash for the packet in one row alone.
  static func content(_ content: UInt64, of row: Int) -> UInt64 {
    var hash = Mixing(content)
    hash.add(UInt64(row))
    return hash.value
  }

  /// A hash of what stays the same; 0 if there is not enough of it.
  ///
  /// - Parameter isWhole: whether the capture has all of the frame.
  static func content(_ layer: PacketLayer, _ frame: RawSpan, isWhole: Bool) -> UInt64 {
    var hash = Mixing(UInt64(layer.identification) << 8 | UInt64(layer.flow.transport.number))
    if let tcp = layer.tcp {
      // Artificial numbers and resets are zero, which is equal by chance.
      guard tcp.sequence > 1, tcp.opens || tcp.acknowledgment > 1 else { return 0 }
      hash.add(UInt64(tcp.sequence) << 32 | UInt64(tcp.opens ? 0 : tcp.acknowledgment))
      hash.add(UInt64(tcp.flags.rawValue & 7))
      // Without an identification the options tell repeated acknowledgments apart. Those of a SYN are changed on the way
      // (maximum segment size), and a short capture cuts them off.
      let start = layer.payload.lowerBound
      if layer.identification == 0, !tcp.flags.contains(.syn), isWhole || !layer.payload.isEmpty, start >= 12,
        let options: UInt64 = frame.number(at: start - 12)
      {
        hash.add(options)
      }
      return hash.value
    }
    guard !layer.isLaterFragment, layer.payload.count >= 8 else { return 0 }
    hash.add(UInt64(layer.payloadLength))
    // ICMP's checksum changes with its identifier.
    let start = layer.payload.lowerBound + (layer.flow.transport.isICMP ? 8 : 0)
    for offset in [0, 8] {
      guard start + offset + 8 <= layer.payload.upperBound, let word: UInt64 = frame.number(at: start + offset) else {
        continue
      }
      hash.add(word)
    }
    return hash.value
  }
}

/// A 64-bit hash that is never 0.
private struct Mixing {
  private var state: UInt64

  init(_ value: UInt64) { state = value &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func add(_ value: UInt64) {
    state = (state ^ value) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 31
  }

  var value: UInt64 {
    let mixed = (state ^ state >> 29) &* 0x94D0_49BB_1331_11EB
    return max(1, mixed ^ mixed >> 32)
  }
}

extension RawSpan {
  /// The bytes at `offset` in network byte order; nil if the span is too short.
  func number(at offset: Int) -> UInt64? {
    guard offset >= 0, offset <= byteCount - 8 else { return nil }
    return UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  func short(at offset: Int) -> UInt16? {
    guard offset >= 0, offset <= byteCount - 2 else { return nil }
    return UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// A copy of the bytes in `range`, as far as they exist.
  func copy(_ range: Range<Int>) -> [UInt8] {
    let range = range.clamped(to: 0..<byteCount)
    return range.isEmpty ? [] : extracting(range).withUnsafeBytes { Array($0) }
  }
}
