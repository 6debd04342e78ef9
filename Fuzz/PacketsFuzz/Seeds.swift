import Capture
import Flows

private func number(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

private func word(_ value: Int, isBig: Bool) -> [UInt8] { isBig ? number(value, 4) : number(value, 4).reversed() }

/// IPv4 with the fields that the dissector follows.
private func ip(_ transport: UInt8, id: Int = 7, fragment: Int = 0, _ payload: [UInt8]) -> [UInt8] {
  [0x45, 0] + number(20 + payload.count, 2) + number(id, 2) + number(fragment, 2)
    + [64, transport, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2] + payload
}

private func ip6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
  [0x60, 0, 0, 0] + number(payload.count, 2) + [next, 64] + [0x20, 1] + [UInt8](repeating: 0, count: 13) + [1, 0x20, 1]
    + [UInt8](repeating: 0, count: 13) + [2] + payload
}

private func udp(_ from: Int, _ to: Int, _ payload: [UInt8]) -> [UInt8] {
  number(from, 2) + number(to, 2) + number(8 + payload.count, 2) + [0, 0] + payload
}

private func tcp(_ from: Int, _ to: Int, _ sequence: Int, _ flags: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
  number(from, 2) + number(to, 2) + number(sequence, 4) + [0, 0, 0, 9, 0x50, flags, 0, 0, 0, 0, 0, 0] + payload
}

private let request = Array("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".utf8)
private let question: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 2, 0x62, 0x63, 0, 0, 28, 0, 1]

/// Raw IP packets of every kind that has code of its own.
let packets: [[UInt8]] = [
  ip(6, tcp(40_000, 80, 1000, 2)), ip(6, id: 8, tcp(80, 40_000, 5000, 18)),
  ip(6, id: 9, tcp(40_000, 80, 1001, 24, request)),
  ip(6, id: 10, tcp(80, 40_000, 5001, 20)), ip(17, udp(5353, 53, question)),
  ip(17, fragment: 0x2000, udp(9, 9, question)),
  ip(17, fragment: 3, question),
  ip(17, udp(9, 4789, [8, 0, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 2, count: 12) + [8, 0] + ip(1, question))),
  ip(4, ip(6, tcp(1, 2, 3, 4))), ip(47, [0, 0, 8, 0] + ip(17, udp(1, 2, question))),
  ip(132, number(7, 2) + number(8, 2) + question),
  ip6(0, [44, 0, 0, 0, 0, 0, 0, 0] + [6, 0, 0, 1, 0, 0, 0, 1] + tcp(1, 443, 3, 2)),
  ip6(58, [128, 0, 0, 0, 0, 9, 0, 1]),
]

/// A pcap file of each magic.
private func pcap(_ magic: Int, isBig: Bool, link: Int = 101, _ frames: [[UInt8]]) -> [UInt8] {
  let head = word(magic, isBig: isBig) + (isBig ? [0, 2, 0, 4] : [2, 0, 4, 0]) + [UInt8](repeating: 0, count: 8)
  return frames.enumerated().reduce(into: head + word(65_535, isBig: isBig) + word(link, isBig: isBig)) {
    bytes, frame in
    bytes += word(1000 + frame.offset, isBig: isBig) + word(5, isBig: isBig) + word(frame.element.count, isBig: isBig)
    bytes += word(frame.element.count, isBig: isBig) + frame.element
  }
}

private func block(_ type: Int, isBig: Bool = false, _ content: [UInt8]) -> [UInt8] {
  let padded = content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
  let length = word(12 + padded.count, isBig: isBig)
  return word(type, isBig: isBig) + length + padded + length
}

/// pcapng with two interfaces, a process, comments, losses, and a section in the other byte order.
private var blocks: [UInt8] {
  var writer = CaptureWriter()
  var process = CapturedProcess()
  (process.pid, process.name, process.command, process.startTime) = (811, "squid", ["squid", "-N"], 900)
  var bytes = writer.section(application: "fuzz") + writer.process(process)
  bytes += writer.interface(.raw, longest: 0, name: "eth0") + writer.interface(.raw, longest: 96, name: "veth1")
  for (index, packet) in packets.enumerated() {
    bytes += writer.packet(
      packet, interface: index % 2, time: 1000 + Double(index / 2), wireLength: packet.count,
      remark: PacketRemark(
        pid: 811, comment: index == 3 ? "PID: 5\nCmd: /bin/sh" : index == 4 ? "PID:6 Process:x" : nil,
        isOutgoing: index % 3 == 0))
  }
  bytes += writer.statistics(interface: 1, time: 1010, received: 5, dropped: 2)
  bytes += block(
    0x0A0D_0D0A, isBig: true, word(0x1A2B_3C4D, isBig: true) + [0, 1, 0, 0] + [UInt8](repeating: 255, count: 8))
  bytes += block(1, isBig: true, [0, 101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0x8A, 0, 0, 0, 0, 0, 0, 0])
  bytes += block(-0x7FFF_FFFF, isBig: true, word(5, isBig: true) + [0, 2, 0, 2, 0x6C, 0x73, 0, 0, 0, 0, 0, 0])
  bytes += block(
    6, isBig: true,
    word(0, isBig: true) + word(0, isBig: true) + word(9, isBig: true) + word(packets[0].count, isBig: true)
      + word(packets[0].count, isBig: true) + packets[0] + [0x80, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0])
  bytes += block(3, isBig: true, word(packets[1].count, isBig: true) + packets[1])
  return bytes
}

private func ethernet(_ type: Int, _ payload: [UInt8]) -> [UInt8] {
  [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2] + number(type, 2) + payload
}

private func cooked(_ direction: UInt8, _ packet: [UInt8]) -> [UInt8] {
  [0, direction, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0] + packet
}

/// Good files.
let seeds: [[UInt8]] = [
  blocks, pcap(0xA1B2_C3D4, isBig: true, packets), pcap(0xA1B2_C3D4, isBig: false, packets),
  pcap(0xA1B2_3C4D, isBig: true, packets), pcap(0xA1B2_3C4D, isBig: false, packets),
  pcap(
    0xA1B2_C3D4, isBig: false, link: 1,
    [ethernet(0x8100, [0, 5, 8, 0] + packets[0]), ethernet(0x0806, packets[1]), ethernet(0x86DD, packets[11])]),
  pcap(0xA1B2_C3D4, isBig: false, link: 113, packets.flatMap { [cooked(0, $0), cooked(4, $0)] }),
  pcap(
    0xA1B2_C3D4, isBig: false, link: 276,
    packets.map { [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0] + $0 }),
  pcap(0xA1B2_C3D4, isBig: false, link: 105, packets),
]
