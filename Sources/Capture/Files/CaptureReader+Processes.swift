/// Reads what pcapng files say of processes: Wireshark's custom block (private enterprise number 32622, entry type 3;
/// `wiretap/pcapng-wireshark-custom.c` of its development tree), and Darwin's process information block
/// (`bsd/net/pktap.h` of XNU; `wiretap/pcapng.h`).
extension CaptureReader {
  /// At most so many processes are kept of a file.
  static let processLimit = 65_536

  /// Reads a custom block; those of others are skipped. The block's content is little-endian in every section.
  mutating func readCustom(_ content: RawSpan, _ isBigEndian: Bool) {
    guard content.number(at: 0, isBigEndian) == 32_622, content.number(at: 4, false) == 3,
      let length = content.number(at: 8, false), processes.count < Self.processLimit
    else { return }
    var process = CapturedProcess()
    process.section = section
    process.pid = content.number(at: 12, false)
    let end = min(content.byteCount, 12 + Int(length))
    guard process.pid != nil, end >= 16 else { return }
    let content = content.extracting(0..<end)
    Self.eachOption(content, from: 16, isBigEndian: false) { code, range in
      switch code {
      case 1: process.comment = process.comment ?? content.text(in: range)
      case 2: process.name = content.text(in: range)
      case 3: process.path = content.text(in: range)
      case 4: process.command = content.words(in: range)
      case 5: process.parent = content.number(at: range.lowerBound, false)
      case 6: process.uid = content.number(at: range.lowerBound, false)
      case 7: process.user = content.text(in: range)
      case 9 where range.count == 8:
        let nanoseconds: UInt64? = content.bigEndian(at: range.lowerBound)
        process.startTime = nanoseconds.map { Double($0.byteSwapped) / 1e9 }
      default: break
      }
    }
    processes.append(process)
  }

  /// Reads Darwin's block: pid, then options with the name and the UUID.
  mutating func readDarwinProcess(_ content: RawSpan, _ isBigEndian: Bool) {
    guard processes.count < Self.processLimit, let pid = content.number(at: 0, isBigEndian) else { return }
    var process = CapturedProcess()
    process.section = section
    process.pid = pid
    process.block = darwinBlocks
    darwinBlocks += 1
    Self.eachOption(content, from: 4, isBigEndian: isBigEndian) { code, range in
      if code == 2 { process.name = content.text(in: range) }
    }
    processes.append(process)
  }

  /// Reads the names of addresses (section 4.5): type, length, address, name, padded to 4 bytes.
  mutating func readNames(_ content: RawSpan, _ isBigEndian: Bool) {
    var start = 0
    while names.count < Self.processLimit, let type = content.short(at: start, isBigEndian), type != 0,
      let length = content.short(at: start + 2, isBigEndian).map(Int.init), start + 4 + length <= content.byteCount
    {
      let size = type == 1 ? 4 : 16
      if type == 1 || type == 2, length > size, let address = content.address(at: start + 4, isV4: type == 1),
        let name = content.text(in: start + 4 + size..<start + 4 + length)
      {
        names[address] = names[address] ?? name
      }
      start += 4 + (length + 3) & ~3
    }
  }

  /// Passes on the options from `start` on: code, length, value, padded to 4 bytes (section 3.5).
  static func eachOption(
    _ content: RawSpan, from start: Int, isBigEndian: Bool, _ each: (UInt16, Range<Int>) -> Void
  ) {
    var start = start
    while let code = content.short(at: start, isBigEndian), let length = content.short(at: start + 2, isBigEndian),
      code != 0, start + 4 + Int(length) <= content.byteCount
    {
      each(code, start + 4..<start + 4 + Int(length))
      start += 4 + (Int(length) + 3) & ~3
    }
  }
}

extension RawSpan {
  /// The text in `range` up to a zero, at most 4,096 bytes; nil if it is empty. Bytes that are no UTF-8 are replaced.
  func text(in range: Range<Int>) -> String? {
    let bytes = array(in: range.lowerBound..<min(range.upperBound, range.lowerBound + 4096)).prefix { $0 != 0 }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// The words in `range` that zeros separate.
  func words(in range: Range<Int>) -> [String] {
    array(in: range.lowerBound..<min(range.upperBound, range.lowerBound + 4096)).split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
