public import Flows

/// Reads a capture file that arrives in pieces: pcap with microseconds or nanoseconds in either byte order
/// (draft-ietf-opsawg-pcap), and pcapng (draft-ietf-opsawg-pcapng) with several sections, each in its own byte order.
///
/// Memory is bounded by the largest accepted packet, 1 MiB. Corrupt data ends the reading with an error that has the
/// position; the packets before it were already passed on.
public struct CaptureReader {
  static let packetLimit = 1 << 20

  enum Format {
    case unknown
    case pcap(isBigEndian: Bool, isNanoseconds: Bool, link: LinkType)
    case blocks(isBigEndian: Bool)
  }

  /// The result of `step`.
  enum Step {
    /// More bytes are needed.
    case wait
    /// This many bytes are done with; they may be more than have arrived.
    case took(Int)
    /// A packet, the range of its frame in the bytes, and how many bytes are done with.
    case packet(CapturedPacket, frame: Range<Int>, length: Int)
  }

  var format = Format.unknown
  /// The interfaces of all sections so far; a pcap file has one.
  public internal(set) var interfaces: [CaptureInterface] = []
  /// The processes that the file describes, so far.
  public internal(set) var processes: [CapturedProcess] = []
  /// The names that the file gives addresses (its name resolution blocks), so far.
  public internal(set) var names: [IPAddress: String] = [:]
  /// The index of the section's first interface.
  var firstInterface = 0
  /// The number of the section, from 0.
  var section = 0
  var hasSection = false
  /// How many Darwin processes the section has described so far.
  var darwinBlocks: UInt32 = 0
  public internal(set) var packets: UInt64 = 0
  /// The position in the file of the first byte that is not done with.
  public internal(set) var offset: UInt64 = 0
  private var buffer: [UInt8] = []
  /// Bytes of an unknown block that still have to be skipped.
  private var skipped = 0
  private var isStopped = false

  public init() {}

  /// Whether these are the first bytes of a capture.
  public static func isCapture(_ bytes: some Collection<UInt8>) -> Bool {
    let magics: [[UInt8]] = [
      [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0xC3, 0xD4], [0x4D, 0x3C, 0xB2, 0xA1], [0xA1, 0xB2, 0x3C, 0x4D],
      [0x0A, 0x0D, 0x0D, 0x0A],
    ]
    return magics.contains { bytes.starts(with: $0) }
  }

  /// Adds bytes, and passes the packets that are now complete to `each` until it returns false; then this returns false
  /// as well.
  public mutating func receive(
    _ bytes: RawSpan, _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) -> Bool {
    guard !isStopped else { return false }
    buffer += bytes.array(in: 0..<bytes.byteCount)
    // Removed first, so that a step may change the reader while it looks at the bytes.
    let whole = buffer
    buffer = []
    var start = 0
    while true {
      let (taken, found) = try next(whole.span.bytes.extracting(start..<whole.count))
      guard let (packet, frame) = found else {
        buffer = Array(whole[(start + taken)...])
        return true
      }
      guard each(packet, whole.span.bytes.extracting(start + frame.lowerBound..<start + frame.upperBound)) else {
        isStopped = true
        return false
      }
      start += taken
    }
  }

  /// Reads up to and with the next packet in `bytes`, which begin where the last call ended.
  ///
  /// - Returns: how many bytes are done with, and the packet with the range of its frame; without a packet, more bytes
  ///   are needed, in front of which the bytes that are not done with stay.
  public mutating func next(
    _ bytes: RawSpan
  ) throws(CaptureFileError) -> (taken: Int, packet: (CapturedPacket, Range<Int>)?) {
    var start = min(skipped, bytes.byteCount)
    skipped -= start
    offset += UInt64(start)
    while start < bytes.byteCount {
      switch try step(bytes.extracting(start..<bytes.byteCount)) {
      case .wait: return (start, nil)
      case .took(let count):
        let taken = min(count, bytes.byteCount - start)
        start += taken
        offset += UInt64(taken)
        skipped = count - taken
      case .packet(let packet, let frame, let length):
        offset += UInt64(length)
        return (start + length, (packet, start + frame.lowerBound..<start + frame.upperBound))
      }
    }
    return (start, nil)
  }

  /// Ends the stream.
  ///
  /// - Throws: `truncated` if it ends inside a packet or block, `other` if it is empty.
  public func end() throws(CaptureFileError) {
    guard !isStopped else { return }
    try end(after: buffer)
  }

  /// Ends the stream after `rest`, the bytes that `next` left.
  public func end(after rest: [UInt8]) throws(CaptureFileError) {
    if case .unknown = format, !Self.isCapture(rest) { throw CaptureFileError(.other, "this is not a capture file") }
    if !rest.isEmpty || skipped > 0 { throw error(.truncated, "the file ends in the middle of a packet") }
  }

  func error(_ code: CaptureFileError.Code, _ what: String) -> CaptureFileError {
    CaptureFileError(code, what, offset: offset, packets: packets)
  }

  private mutating func step(_ bytes: RawSpan) throws(CaptureFileError) -> Step {
    switch format {
    case .unknown: try begin(bytes)
    case .pcap(let isBigEndian, let isNanoseconds, let link):
      try readRecord(bytes, isBigEndian, isNanoseconds, link)
    case .blocks(let isBigEndian): try readBlock(bytes, isBigEndian)
    }
  }

  private mutating func begin(_ bytes: RawSpan) throws(CaptureFileError) -> Step {
    guard let magic: UInt32 = bytes.bigEndian(at: 0) else { return .wait }
    let isBigEndian: Bool
    let isNanoseconds: Bool
    switch magic {
    case 0x0A0D_0D0A:
      format = .blocks(isBigEndian: false)
      return .took(0)
    case 0xA1B2_C3D4: (isBigEndian, isNanoseconds) = (true, false)
    case 0xD4C3_B2A1: (isBigEndian, isNanoseconds) = (false, false)
    case 0xA1B2_3C4D: (isBigEndian, isNanoseconds) = (true, true)
    case 0x4D3C_B2A1: (isBigEndian, isNanoseconds) = (false, true)
    default: throw CaptureFileError(.other, "this is not a capture file")
    }
    // Magic, version, two words that are always 0, the longest packet, the link type.
    guard let link = bytes.number(at: 20, isBigEndian) else { return .wait }
    format = .pcap(isBigEndian: isBigEndian, isNanoseconds: isNanoseconds, link: LinkType(word: link))
    interfaces = [
      CaptureInterface(link: LinkType(word: link), longest: Int(bytes.number(at: 16, isBigEndian) ?? 0))
    ]
    return .took(24)
  }

  /// Reads a record: seconds, fraction, captured length, wire length, bytes.
  private mutating func readRecord(
    _ bytes: RawSpan, _ isBigEndian: Bool, _ isNanoseconds: Bool, _ link: LinkType
  ) throws(CaptureFileError) -> Step {
    guard let seconds = bytes.number(at: 0, isBigEndian), let part = bytes.number(at: 4, isBigEndian),
      let captured = bytes.number(at: 8, isBigEndian), let wire = bytes.number(at: 12, isBigEndian)
    else { return .wait }
    guard captured <= Self.packetLimit else {
      throw error(.malformed, "a packet has a length of \(captured) bytes")
    }
    let end = 16 + Int(captured)
    guard bytes.byteCount >= end else { return .wait }
    packets += 1
    let packet = CapturedPacket(
      number: packets, time: Double(seconds) + Double(part) / (isNanoseconds ? 1e9 : 1e6), link: link,
      wireLength: Int(wire), capturedLength: Int(captured), interface: 0)
    return .packet(packet, frame: 16..<end, length: end)
  }
}

extension RawSpan {
  /// The 32-bit number at `offset` in the given byte order.
  func number(at offset: Int, _ isBigEndian: Bool) -> UInt32? {
    bigEndian(at: offset, as: UInt32.self).map { isBigEndian ? $0 : $0.byteSwapped }
  }

  func short(at offset: Int, _ isBigEndian: Bool) -> UInt16? {
    bigEndian(at: offset, as: UInt16.self).map { isBigEndian ? $0 : $0.byteSwapped }
  }
}
