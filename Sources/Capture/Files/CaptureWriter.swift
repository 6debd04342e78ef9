public import Flows

/// Writes pcapng (draft-ietf-opsawg-pcapng), little-endian, with times in nanoseconds. It makes bytes; the caller writes
/// them.
public struct CaptureWriter: Sendable {
  private static let options: (end: UInt16, comment: UInt16, name: UInt16, description: UInt16) = (0, 1, 2, 3)
  public private(set) var interfaces = 0

  public init() {}

  /// The section's header, with which a file begins.
  public func section(hardware: String? = nil, system: String? = nil, application: String) -> [UInt8] {
    var options: [(UInt16, [UInt8])] = []
    if let hardware { options.append((2, Array(hardware.utf8))) }
    if let system { options.append((3, Array(system.utf8))) }
    options.append((4, Array(application.utf8)))
    return Self.block(
      0x0A0D_0D0A, Self.number(0x1A2B_3C4D as UInt32) + [1, 0, 0, 0] + [UInt8](repeating: 255, count: 8), options)
  }

  /// Describes an interface; its number is how many were described before.
  public mutating func interface(
    _ link: LinkType, longest: Int, name: String? = nil, description: String? = nil
  ) -> [UInt8] {
    interfaces += 1
    var options: [(UInt16, [UInt8])] = []
    if let name { options.append((Self.options.name, Array(name.utf8))) }
    if let description { options.append((Self.options.description, Array(description.utf8))) }
    options.append((9, [9]))
    return Self.block(
      1, Self.number(link.rawValue) + [0, 0] + Self.number(UInt32(truncatingIfNeeded: longest)), options)
  }

  /// A packet; one without a time is written as of the epoch.
  ///
  /// - Parameter remark: written as the packet's options.
  public func packet(
    _ frame: [UInt8], interface: Int, time: Double?, wireLength: Int, remark: PacketRemark? = nil
  ) -> [UInt8] {
    let units = Self.nanoseconds(time ?? 0)
    var options: [(UInt16, [UInt8])] = []
    if let comment = remark?.comment { options.append((Self.options.comment, Array(comment.utf8.prefix(65_000)))) }
    if let isOutgoing = remark?.isOutgoing { options.append((2, Self.number(UInt32(isOutgoing ? 2 : 1)))) }
    if let pid = remark?.pid { options.append((8, Self.number(pid) + Self.number(pid))) }
    return Self.block(
      6,
      Self.number(UInt32(truncatingIfNeeded: interface)) + Self.number(UInt32(truncatingIfNeeded: units >> 32))
        + Self.number(UInt32(truncatingIfNeeded: units)) + Self.number(UInt32(truncatingIfNeeded: frame.count))
        + Self.number(UInt32(truncatingIfNeeded: wireLength)) + Self.padded(frame), options)
  }

  /// Describes a process, as Wireshark's custom block (private enterprise number 32622, entry type 3).
  public func process(_ process: CapturedProcess) -> [UInt8] {
    var options: [(UInt16, [UInt8])] = []
    let add = { (code: UInt16, text: String?) in
      if let text { options.append((code, Array(text.utf8.prefix(4096)))) }
    }
    add(2, process.name)
    add(3, process.path)
    if !process.command.isEmpty { add(4, process.command.joined(separator: "\0")) }
    if let parent = process.parent { options.append((5, Self.number(parent))) }
    if let uid = process.uid { options.append((6, Self.number(uid))) }
    add(7, process.user)
    if let start = process.startTime { options.append((9, Self.number(Self.nanoseconds(start)))) }
    add(1, process.comment)
    let entry = Self.number(process.pid ?? 0) + Self.options(options)
    return Self.block(
      0x0BAD,
      Self.number(32_622 as UInt32) + Self.number(3 as UInt32) + Self.number(UInt32(entry.count)) + Self.padded(entry),
      [])
  }

  /// The sums of an interface, at the end.
  public func statistics(interface: Int, time: Double, received: UInt64, dropped: UInt64) -> [UInt8] {
    let units = Self.nanoseconds(time)
    return Self.block(
      5,
      Self.number(UInt32(truncatingIfNeeded: interface)) + Self.number(UInt32(truncatingIfNeeded: units >> 32))
        + Self.number(UInt32(truncatingIfNeeded: units)),
      [(4, Self.number(received)), (5, Self.number(dropped))])
  }

  /// Appends a packet to `blocks`, as `packet` writes it; for many packets.
  ///
  /// - Parameters:
  ///   - time: nanoseconds since 1970.
  ///   - identity: `epb_packetid`: equal for the same packet at several places; nil to leave it out.
  public func append(
    _ frame: some Collection<UInt8>, interface: Int, time: UInt64, wireLength: Int, remark: PacketRemark,
    identity: UInt64? = nil, to blocks: inout [UInt8]
  ) {
    let start = blocks.count
    Self.append(6 as UInt32, to: &blocks)
    Self.append(0 as UInt32, to: &blocks)
    Self.append(UInt32(truncatingIfNeeded: interface), to: &blocks)
    Self.append(UInt32(truncatingIfNeeded: time >> 32), to: &blocks)
    Self.append(UInt32(truncatingIfNeeded: time), to: &blocks)
    Self.append(UInt32(truncatingIfNeeded: frame.count), to: &blocks)
    Self.append(UInt32(truncatingIfNeeded: wireLength), to: &blocks)
    blocks.append(contentsOf: frame)
    Self.pad(&blocks, since: start)
    if let comment = remark.comment {
      let text = comment.utf8.prefix(65_000)
      Self.append(UInt32(Self.options.comment) | UInt32(text.count) << 16, to: &blocks)
      blocks.append(contentsOf: text)
      Self.pad(&blocks, since: start)
    }
    if let isOutgoing = remark.isOutgoing {
      Self.append(0x0004_0002 as UInt32, to: &blocks)
      Self.append(UInt32(isOutgoing ? 2 : 1), to: &blocks)
    }
    if let identity {
      Self.append(0x0008_0005 as UInt32, to: &blocks)
      Self.append(identity, to: &blocks)
    }
    if let pid = remark.pid {
      Self.append(0x0008_0008 as UInt32, to: &blocks)
      Self.append(pid, to: &blocks)
      Self.append(pid, to: &blocks)
    }
    Self.append(0 as UInt32, to: &blocks)
    let length = UInt32(blocks.count - start + 4)
    Self.append(length, to: &blocks)
    withUnsafeBytes(of: length.littleEndian) { bytes in
      for index in 0..<4 { blocks[start + 4 + index] = bytes[index] }
    }
  }

  /// The names of addresses (a name resolution block, section 4.5); empty for none.
  public func names(_ names: [(address: IPAddress, name: String)]) -> [UInt8] {
    guard !names.isEmpty else { return [] }
    var content: [UInt8] = []
    for (address, name) in names {
      let bytes: [UInt8]
      switch address {
      case .v4(let number): bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) }
      case .v6(let number): bytes = withUnsafeBytes(of: number.bigEndian) { Array($0) }
      }
      let record = bytes + Array(name.utf8.prefix(255)).filter { $0 != 0 } + [0]
      content += Self.number(UInt16(address.isV4 ? 1 : 2)) + Self.number(UInt16(record.count)) + Self.padded(record)
    }
    return Self.block(4, content + [0, 0, 0, 0], [])
  }

  // MARK: Bytes

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private static func pad(_ bytes: inout [UInt8], since start: Int) {
    while (bytes.count - start) % 4 != 0 { bytes.append(0) }
  }

  private static func nanoseconds(_ time: Double) -> UInt64 {
    guard time.isFinite, time > 0, time < 1.8e10 else { return 0 }
    let whole = time.rounded(.down)
    return UInt64(whole) * 1_000_000_000 + UInt64(((time - whole) * 1e9).rounded())
  }

  private static func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
  }

  private static func options(_ options: [(UInt16, [UInt8])]) -> [UInt8] {
    guard !options.isEmpty else { return [] }
    return options.flatMap { number($0.0) + number(UInt16($0.1.count)) + padded($0.1) } + [0, 0, 0, 0]
  }

  private static func block(_ type: UInt32, _ content: [UInt8], _ options: [(UInt16, [UInt8])]) -> [UInt8] {
    let body = content + Self.options(options)
    let length = number(UInt32(12 + body.count))
    return number(type) + length + body + length
  }
}
