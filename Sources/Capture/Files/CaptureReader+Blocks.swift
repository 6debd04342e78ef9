/// An interface in a pcapng section.
struct BlockInterface: Sendable {
  var link: LinkType
  /// The maximum captured length; 0 for no limit.
  var longest: Int
  /// `if_tsresol`: the negative exponent of 10, or of 2 if the highest bit is set.
  var resolution: UInt8 = 6
  /// `if_tsoffset`, in seconds.
  var offset: Int64 = 0

  func time(high: UInt32, low: UInt32) -> Double {
    let units = UInt64(high) << 32 | UInt64(low)
    let power = Int(resolution & 0x7F)
    var second: Double = 1
    for _ in 0..<power { second *= resolution & 0x80 == 0 ? 10 : 2 }
    // Whole seconds are kept separate, because a Double has fewer bits than the units need.
    guard second < 1.8e19 else { return Double(offset) + Double(units) / second }
    let whole = UInt64(second)
    return Double(offset) + Double(units / whole) + Double(units % whole) / second
  }
}

extension CaptureReader {
  /// Reads a block: type, length, content, length again (draft-ietf-opsawg-pcapng, section 3.1).
  mutating func readBlock(
    _ bytes: RawSpan, _ isBigEndian: Bool, _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) -> Step {
    var isBigEndian = isBigEndian
    // The same in both byte orders.
    guard let magic: UInt32 = bytes.bigEndian(at: 0) else { return .wait }
    if magic == 0x0A0D_0D0A {
      guard let order: UInt32 = bytes.bigEndian(at: 8) else { return .wait }
      guard order == 0x1A2B_3C4D || order == 0x4D3C_2B1A else {
        throw error(.malformed, "a section does not say its byte order")
      }
      isBigEndian = order == 0x1A2B_3C4D
    }
    guard let type = bytes.number(at: 0, isBigEndian), let long = bytes.number(at: 4, isBigEndian) else { return .wait }
    let length = Int(long)
    guard length >= 12, length % 4 == 0 else {
      throw error(.malformed, "a block has a length of \(length) bytes")
    }
    switch type {
    case 0x0A0D_0D0A, 1, 2, 3, 6: break
    default:
      // Names, statistics, secrets, and unknown blocks are skipped.
      return .took(length)
    }
    guard length <= Self.packetLimit + 65_536 else {
      throw error(.malformed, "a block has a length of \(length) bytes")
    }
    guard bytes.byteCount >= length else { return .wait }
    guard bytes.number(at: length - 4, isBigEndian) == long else {
      throw error(.malformed, "a block's two lengths differ")
    }
    let content = bytes.extracting(8..<length - 4)
    switch type {
    case 0x0A0D_0D0A:
      format = .blocks(isBigEndian: isBigEndian)
      interfaces = []
    case 1: try addInterface(content, isBigEndian)
    default:
      guard try givePacket(content, type, isBigEndian, each) else { return .stop }
    }
    return .took(length)
  }

  /// Reads an interface description: link type, reserved, maximum length, options (section 4.2).
  private mutating func addInterface(_ content: RawSpan, _ isBigEndian: Bool) throws(CaptureFileError) {
    guard let link = content.short(at: 0, isBigEndian), let longest = content.number(at: 4, isBigEndian),
      interfaces.count < 65_536
    else { throw error(.malformed, "an interface is not described") }
    var interface = BlockInterface(link: LinkType(rawValue: link), longest: Int(longest))
    var start = 8
    while let code = content.short(at: start, isBigEndian), let length = content.short(at: start + 2, isBigEndian),
      code != 0
    {
      switch (code, length) {
      case (9, 1): interface.resolution = content.byte(at: start + 4) ?? 6
      case (14, 8):
        if let value: UInt64 = content.bigEndian(at: start + 4) {
          interface.offset = Int64(bitPattern: isBigEndian ? value : value.byteSwapped)
        }
      default: break
      }
      start += 4 + (Int(length) + 3) & ~3
    }
    interfaces.append(interface)
  }

  /// Reads a packet block: enhanced (section 4.3), simple (4.4), or the obsolete one (appendix A).
  private mutating func givePacket(
    _ content: RawSpan, _ type: UInt32, _ isBigEndian: Bool, _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) -> Bool {
    let isSimple = type == 3
    let data = isSimple ? 4 : 20
    let number =
      isSimple
      ? 0
      : type == 2 ? content.short(at: 0, isBigEndian).map(Int.init) : content.number(at: 0, isBigEndian).map(Int.init)
    guard let number, content.byteCount >= data, let wire = content.number(at: isSimple ? 0 : 16, isBigEndian) else {
      throw error(.malformed, "a packet's block is too short")
    }
    guard interfaces.indices.contains(number) else {
      throw error(.malformed, "a packet is of interface \(number), which is not described")
    }
    let interface = interfaces[number]
    let room = content.byteCount - data
    var captured = min(Int(wire), room)
    var time: Double?
    if isSimple {
      if interface.longest > 0 { captured = min(captured, interface.longest) }
    } else if let high = content.number(at: 4, isBigEndian), let low = content.number(at: 8, isBigEndian),
      let said = content.number(at: 12, isBigEndian)
    {
      guard said <= room else { throw error(.malformed, "a packet is longer than its block") }
      captured = Int(said)
      time = interface.time(high: high, low: low)
    }
    packets += 1
    let packet = CapturedPacket(
      number: packets, time: time, link: interface.link, wireLength: Int(wire), capturedLength: captured,
      interface: number)
    return each(packet, content.extracting(data..<data + captured))
  }
}
