extension CaptureReader {
  /// Reads a block: type, length, content, length again (draft-ietf-opsawg-pcapng, section 3.1).
  mutating func readBlock(_ bytes: RawSpan, _ isBigEndian: Bool) throws(CaptureFileError) -> Step {
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
    case 0x0A0D_0D0A, 1, 2, 3, 5, 6: break
    // Names of addresses, and processes: Wireshark's and Darwin's. A large block of these types is something else.
    case 4, 0x0BAD, 0x4000_0BAD, 0x8000_0001: if length > 65_536 { return .took(length) }
    default:
      // Secrets and unknown blocks are skipped.
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
      if case .blocks = format, hasSection { section += 1 }
      hasSection = true
      format = .blocks(isBigEndian: isBigEndian)
      firstInterface = interfaces.count
      darwinBlocks = 0
    case 1: try addInterface(content, isBigEndian)
    case 4: readNames(content, isBigEndian)
    case 5: readStatistics(content, isBigEndian)
    case 0x0BAD, 0x4000_0BAD: readCustom(content, isBigEndian)
    case 0x8000_0001: readDarwinProcess(content, isBigEndian)
    default: return try readPacket(content, type, isBigEndian, length)
    }
    return .took(length)
  }

  /// Reads an interface description: link type, reserved, maximum length, options (section 4.2).
  private mutating func addInterface(_ content: RawSpan, _ isBigEndian: Bool) throws(CaptureFileError) {
    guard let link = content.short(at: 0, isBigEndian), let longest = content.number(at: 4, isBigEndian),
      interfaces.count < 65_536
    else { throw error(.malformed, "an interface is not described") }
    var interface = CaptureInterface(link: LinkType(rawValue: link), longest: Int(longest))
    Self.eachOption(content, from: 8, isBigEndian: isBigEndian) { code, range in
      switch (code, range.count) {
      case (2, _): interface.name = content.text(in: range)
      case (3, _): interface.description = content.text(in: range)
      case (9, 1): interface.set(resolution: content.byte(at: range.lowerBound) ?? 6)
      case (14, 8):
        if let value: UInt64 = content.bigEndian(at: range.lowerBound) {
          interface.offset = Int64(bitPattern: isBigEndian ? value : value.byteSwapped)
        }
      default: break
      }
    }
    interfaces.append(interface)
  }

  /// Reads statistics: interface, time, options (section 4.6). Each block has the sums since the start.
  private mutating func readStatistics(_ content: RawSpan, _ isBigEndian: Bool) {
    guard let number = content.number(at: 0, isBigEndian), interfaces.indices.contains(firstInterface + Int(number))
    else { return }
    var dropped: UInt64?
    Self.eachOption(content, from: 12, isBigEndian: isBigEndian) { code, range in
      // isb_ifdrop, isb_osdrop.
      guard code == 5 || code == 7, range.count == 8, let value: UInt64 = content.bigEndian(at: range.lowerBound) else {
        return
      }
      dropped = (dropped ?? 0) &+ (isBigEndian ? value : value.byteSwapped)
    }
    if let dropped { interfaces[firstInterface + Int(number)].dropped = dropped }
  }

  /// Reads a packet block: enhanced (section 4.3), simple (4.4), or the obsolete one (appendix A).
  private mutating func readPacket(
    _ content: RawSpan, _ type: UInt32, _ isBigEndian: Bool, _ length: Int
  ) throws(CaptureFileError) -> Step {
    let isSimple = type == 3
    let data = isSimple ? 4 : 20
    let number =
      isSimple
      ? 0
      : type == 2 ? content.short(at: 0, isBigEndian).map(Int.init) : content.number(at: 0, isBigEndian).map(Int.init)
    guard let number, content.byteCount >= data, let wire = content.number(at: isSimple ? 0 : 16, isBigEndian) else {
      throw error(.malformed, "a packet's block is too short")
    }
    guard interfaces.indices.contains(firstInterface + number) else {
      throw error(.malformed, "a packet is of interface \(number), which is not described")
    }
    let interface = interfaces[firstInterface + number]
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
    let options = data + (captured + 3) & ~3
    let remark = !isSimple && options + 4 <= content.byteCount ? Self.remark(content, options, isBigEndian) : nil
    return .packet(
      CapturedPacket(
        number: packets, time: time, link: interface.link, wireLength: Int(wire), capturedLength: captured,
        interface: number, place: firstInterface + number, section: section, remark: remark),
      frame: 8 + data..<8 + data + captured, length: length)
  }

  /// The options of a packet.
  private static func remark(_ content: RawSpan, _ start: Int, _ isBigEndian: Bool) -> PacketRemark? {
    var remark = PacketRemark()
    eachOption(content, from: start, isBigEndian: isBigEndian) { code, range in
      switch code {
      case 1: remark.comment = remark.comment ?? content.text(in: range)
      case 2 where range.count == 4:
        switch (content.number(at: range.lowerBound, isBigEndian) ?? 0) & 3 {
        case 1: remark.isOutgoing = false
        case 2: remark.isOutgoing = true
        default: break
        }
      case 8 where range.count >= 4: remark.pid = content.number(at: range.lowerBound, isBigEndian)
      case 0x8001 where range.count == 4 && remark.block == nil:
        remark.block = content.number(at: range.lowerBound, isBigEndian)
      // The process on whose behalf a service sent it.
      case 0x8003 where range.count == 4: remark.block = content.number(at: range.lowerBound, isBigEndian)
      default: break
      }
    }
    return remark == PacketRemark() ? nil : remark
  }
}
