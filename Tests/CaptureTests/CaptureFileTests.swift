import Capture
import LinuxSystem
import Testing

/// Capture files, made field by field.
enum CaptureBytes {
  static func number(_ value: UInt32, isBig: Bool) -> [UInt8] {
    let bytes = Frames.number(Int(value), 4)
    return isBig ? bytes : bytes.reversed()
  }

  static func pcap(isBig: Bool, magic: UInt32 = 0xA1B2_C3D4, link: UInt32 = 101, _ packets: [(UInt32, UInt32, [UInt8])])
    -> [UInt8]
  {
    func number(_ value: UInt32) -> [UInt8] { Self.number(value, isBig: isBig) }
    // Magic, version 2.4, two zeros, longest packet, link type.
    var bytes =
      number(magic) + (isBig ? [0, 2, 0, 4] : [2, 0, 4, 0]) + number(0) + number(0) + number(65_535) + number(link)
    for (seconds, part, packet) in packets {
      bytes +=
        number(seconds) + number(part) + number(UInt32(packet.count)) + number(UInt32(packet.count) + 10) + packet
    }
    return bytes
  }

  static func block(_ type: UInt32, isBig: Bool = false, _ content: [UInt8]) -> [UInt8] {
    let padded = content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
    let length = number(UInt32(12 + padded.count), isBig: isBig)
    return number(type, isBig: isBig) + length + padded + length
  }

  static func section(isBig: Bool = false) -> [UInt8] {
    block(
      0x0A0D_0D0A, isBig: isBig,
      number(0x1A2B_3C4D, isBig: isBig) + (isBig ? [0, 1, 0, 0] : [1, 0, 0, 0]) + [UInt8](repeating: 0xFF, count: 8))
  }

  /// - Parameter options: after link type and longest packet.
  static func interface(isBig: Bool = false, options: [UInt8] = []) -> [UInt8] {
    block(1, isBig: isBig, (isBig ? [0, 101] : [101, 0]) + [0, 0, 0, 0, 0, 0] + options)
  }

  static func packet(isBig: Bool = false, interface: UInt32 = 0, units: UInt64, _ packet: [UInt8]) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] { Self.number(value, isBig: isBig) }
    let count = UInt32(packet.count)
    return block(
      6, isBig: isBig,
      number(interface) + number(UInt32(units >> 32)) + number(UInt32(truncatingIfNeeded: units)) + number(count)
        + number(count) + packet)
  }
}

@Suite struct CaptureFileTests {
  struct Reading {
    var packets: [CapturedPacket] = []
    var bytes: [[UInt8]] = []
    var error: CaptureFileError?

    init(_ file: [UInt8], size: Int = .max) {
      do throws(CaptureFileError) {
        if size == .max {
          try CaptureFile.read(file) { take($0, $1) }
          return
        }
        var reader = CaptureReader()
        var start = 0
        while start < file.count {
          let end = min(file.count, start + size)
          _ = try reader.receive(Array(file[start..<end]).span.bytes) { take($0, $1) }
          start = end
        }
        try reader.end()
      } catch {
        self.error = error
      }
    }

    private mutating func take(_ packet: CapturedPacket, _ frame: RawSpan) -> Bool {
      packets.append(packet)
      bytes.append(frame.withUnsafeBytes { Array($0) })
      return true
    }
  }

  @Test("All four kinds of pcap, in pieces of any size", arguments: [false, true], [false, true])
  func pcap(isBig: Bool, isNano: Bool) {
    let file = CaptureBytes.pcap(
      isBig: isBig, magic: isNano ? 0xA1B2_3C4D : 0xA1B2_C3D4,
      [(1000, 500_000, [1, 2, 3]), (1001, 0, []), (1002, 1, [4])])
    for size in [1, 7, 100, .max] {
      let reading = Reading(file, size: size)
      #expect(reading.error == nil)
      #expect(reading.bytes == [[1, 2, 3], [], [4]] && reading.packets.map(\.number) == [1, 2, 3])
      #expect(reading.packets.first?.time == (isNano ? 1000.0005 : 1000.5))
      #expect(reading.packets.first?.wireLength == 13 && reading.packets.first?.capturedLength == 3)
      #expect(reading.packets.first?.link == .raw)
    }
  }

  @Test("pcapng's sections each have their byte order, interfaces and clocks; unknown blocks are passed over")
  func blocks() {
    // if_tsresol = 9, if_tsoffset = 100, in each byte order.
    let file =
      CaptureBytes.section()
      + CaptureBytes.interface(options: [9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 100] + [UInt8](repeating: 0, count: 7))
      + CaptureBytes.packet(units: 5_250_000_000, [1])
      + CaptureBytes.block(0x0BAD, [UInt8](repeating: 1, count: 70_000))
      + CaptureBytes.section(isBig: true) + CaptureBytes.interface(isBig: true)
      + CaptureBytes.interface(isBig: true, options: [0, 9, 0, 1, 0x8A, 0, 0, 0])
      + CaptureBytes.packet(isBig: true, units: 7_500_000, [2, 3])
      + CaptureBytes.packet(isBig: true, interface: 1, units: 1536, [4])
      // A simple packet: wire length, bytes.
      + CaptureBytes.block(3, isBig: true, [0, 0, 0, 3, 7, 8, 9])
    for size in [1, 50, 4096, .max] {
      let reading = Reading(file, size: size)
      #expect(reading.error == nil)
      #expect(reading.bytes == [[1], [2, 3], [4], [7, 8, 9]])
      #expect(reading.packets.map(\.time) == [105.25, 7.5, 1.5, nil])
      #expect(reading.packets.map(\.interface) == [0, 0, 1, 0])
    }
  }

  @Test("A compressed file reads as the plain one, and one that is cut off says so")
  func compressed() throws {
    let file = CaptureBytes.pcap(
      isBig: false, (0..<5000).map { ($0, 0, [UInt8](repeating: UInt8($0 & 255), count: 100)) })
    let small = try Gzip.compress(file)
    #expect(CaptureFile.isCapture(small) && CaptureFile.isCapture(file) && !CaptureFile.isCapture(Array("text".utf8)))
    #expect(Reading(small).packets == Reading(file).packets && Reading(small).error == nil)
    // Two members after one another.
    let parts = try Gzip.compress(Array(file.prefix(1000))) + Gzip.compress(Array(file.dropFirst(1000)))
    #expect(Reading(parts).packets.count == 5000 && Reading(parts).error == nil)
    let cut = Reading(Array(small.dropLast(20)))
    #expect(cut.packets.count > 1000 && cut.error?.code == .compression)
    // A file that was written into a larger one keeps the rest of that: all packets, and a word about it.
    #expect(Reading(small + [0, 0, 0]).error == nil)
    let longer = Reading(small + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    #expect(longer.packets.count == 5000 && longer.error?.what == "the compression is damaged")
    var spoiled = small
    spoiled[spoiled.count / 2] ^= 0xFF
    #expect(Reading(spoiled).error?.code == .compression || Reading(spoiled).error?.code == .malformed)
  }

  @Test("A file that is cut anywhere gives the whole packets before, and says where it ends")
  func truncated() {
    let pcap = CaptureBytes.pcap(isBig: false, [(1, 0, [1, 2, 3]), (2, 0, [4, 5])])
    for count in 4..<pcap.count {
      let reading = Reading(Array(pcap.prefix(count)))
      #expect(reading.packets.count == (count < 43 ? 0 : 1))
      #expect(reading.error?.code == (count == 24 || count == 43 ? nil : .truncated))
    }
    let error = Reading(Array(pcap.dropLast())).error
    #expect(error?.offset == 43 && error?.packets == 1)
    #expect(error.map { "\($0)" } == "the file ends in the middle of a packet at byte 43, after packet 1")
    for bytes in [[], [1], Array("hello".utf8)] { #expect(Reading(bytes).error?.code == .other) }
    #expect(throws: CaptureFileError.self) { try CaptureFile.read(path: "/nonexistent.pcap") { _, _ in true } }
  }

  @Test("Lengths that cannot be are errors with their place, and take no memory")
  func hostile() {
    var pcap = CaptureBytes.pcap(isBig: false, [(1, 0, [1]), (2, 0, [2])])
    pcap.replaceSubrange(49..<53, with: [0xFF, 0xFF, 0xFF, 0x7F])
    let reading = Reading(pcap)
    #expect(reading.packets.count == 1 && reading.error?.code == .malformed && reading.error?.offset == 41)
    let start = CaptureBytes.section() + CaptureBytes.interface()
    let spoiled: [[UInt8]] = [
      // Lengths of 4, 13 and 4 GiB.
      [6, 0, 0, 0, 4, 0, 0, 0], [6, 0, 0, 0, 13, 0, 0, 0], [6, 0, 0, 0, 0xFC, 0xFF, 0xFF, 0xFF],
      // Two lengths that differ.
      Array(CaptureBytes.packet(units: 1, [1]).dropLast(4)) + [1, 0, 0, 0],
      // An interface that is not there; a packet without room for its fields.
      CaptureBytes.packet(interface: 1, units: 1, [1]), CaptureBytes.block(6, [0, 0, 0, 0]),
    ]
    for bytes in spoiled {
      let reading = Reading(start + CaptureBytes.packet(units: 1, [9]) + bytes)
      #expect(reading.packets.count == 1 && reading.error?.code == .malformed)
      #expect(reading.error?.offset == UInt64(start.count + 36))
    }
    // An unknown block of 4 GiB is waited for without being kept.
    #expect(
      Reading(start + [0xAD, 0x0B, 0, 0, 0xFC, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 1000)).error?.code
        == .truncated)
    // A section without a byte order.
    #expect(Reading([0x0A, 0x0D, 0x0D, 0x0A] + [UInt8](repeating: 0, count: 30)).error?.code == .malformed)
  }
}
