import Capture
import Flows

private func number(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

private func little(_ value: Int, _ count: Int = 4) -> [UInt8] { number(value, count).reversed() }

private func ip(_ transport: UInt8, _ payload: [UInt8], isReply: Bool = false) -> [UInt8] {
  [0x45, 0] + number(20 + payload.count, 2) + [0, 0, 0, 0, 64, transport, 0, 0]
    + (isReply ? [192, 0, 2, 2, 192, 0, 2, 1] : [192, 0, 2, 1, 192, 0, 2, 2]) + payload
}

private func udp(_ from: Int, _ to: Int, _ payload: [UInt8]) -> [UInt8] {
  number(from, 2) + number(to, 2) + number(8 + payload.count, 2) + [0, 0] + payload
}

private func tcp(_ from: Int, _ to: Int, _ sequence: Int, _ flags: UInt8, _ payload: [UInt8]) -> [UInt8] {
  number(from, 2) + number(to, 2) + number(sequence, 4) + [0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0] + payload
}

private func hello(_ name: String) -> [UInt8] {
  let list = [0] + number(name.utf8.count, 2) + Array(name.utf8)
  let extensions =
    [0, 0] + number(list.count + 2, 2) + number(list.count, 2) + list + [0xFE, 0x0D, 0, 4, 0, 0, 0, 0] + [
      0, 43, 0, 3, 2, 3, 4,
    ]
  let body =
    [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 1] + [1, 0] + number(extensions.count, 2)
    + extensions
  return [1] + number(body.count, 3) + body
}

private let record = [22, 3, 1] + number(hello("a.example").count, 2) + hello("a.example")

private let answer: [UInt8] =
  [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0x61, 2, 0x62, 0x63, 0, 0, 1, 0, 1]
  + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 0x64, 0xC0, 14] + [
    1, 0x64, 0xC0, 14, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4,
  ]

/// An Initial packet whose frames are noise: its header is what is read.
private let initial: [UInt8] =
  [0xC3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 9, 0, 0x44, 0x9E] + [UInt8](repeating: 0x5A, count: 1182)

private let pcap: [UInt8] =
  [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + little(0, 8) + little(65_535) + little(101)
  + [ip(6, tcp(1, 443, 1, 24, record)), ip(17, udp(53, 1, answer))].flatMap { packet in
    little(1000) + little(5) + little(packet.count) + little(packet.count) + packet
  }

private func block(_ type: Int, _ content: [UInt8]) -> [UInt8] {
  let padded = content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
  return little(type) + little(12 + padded.count) + padded + little(12 + padded.count)
}

private let blocks: [UInt8] =
  block(0x0A0D_0D0A, little(0x1A2B_3C4D) + [1, 0, 0, 0] + [UInt8](repeating: 255, count: 8))
  + block(1, [101, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0])
  + block(6, little(0) + little(1) + little(2) + little(4) + little(4) + [1, 2, 3, 4]) + block(5, [1, 2, 3, 4])
  + block(3, little(4) + [1, 2, 3, 4])

/// What a reader with little room finds in a stream that comes in pieces, whose size is the first byte; an odd one sends
/// them in reverse.
@Sendable private func read(_ input: [UInt8], from: Int, to: Int, isReply: Bool = false) -> Int {
  var limits = NameReader.Limits()
  limits.bytes = 4096
  var reader = NameReader(limits: limits)
  let size = max(1, Int(input.first ?? 1))
  var packets = [ip(6, tcp(from, to, 999, isReply ? 0x12 : 2, []), isReply: isReply)]
  for start in stride(from: 1, to: input.count, by: size) {
    let piece = Array(input[start..<min(input.count, start + size)])
    packets.append(ip(6, tcp(from, to, 999 + start, 16, piece), isReply: isReply))
  }
  if size % 2 == 1 { packets[1...].reverse() }
  for (index, packet) in packets.enumerated() { reader.take(packet.span.bytes, link: .raw, time: Double(index) / 100) }
  reader.finish()
  let found = reader.drain()
  return found.names.count + found.answers.count
}

@Sendable private func readFile(_ input: [UInt8]) -> Int {
  var count = 0
  var reader = NameReader()
  var table = ConversationTable(limit: 4)
  do {
    try CaptureFile.read(input) { packet, frame in
      precondition(frame.byteCount == packet.capturedLength)
      let dissected = Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength)
      if let layer = dissected.innermost {
        precondition(layer.payload.upperBound <= frame.byteCount)
        table.add(layer, of: packet)
      }
      reader.take(frame, dissected, time: packet.time ?? 0)
      count += 1
      return true
    }
  } catch { count -= 1 }
  reader.finish()
  return count + table.all.count
}

private let links: [LinkType] = [
  .null, .ethernet, .ppp, .raw, .ciscoHDLC, .loopback, .linuxCooked, .ipv4, .ipv6, .nflog, .ipOverInfiniBand,
  .linuxCooked2,
]

/// Captures, and what is read of the first packets of flows.
let captureSubjects: [Subject] = [
  Subject(name: "pcap", seeds: [pcap], parse: readFile),
  Subject(name: "pcapng", seeds: [blocks], parse: readFile),
  Subject(
    name: "frame",
    seeds: [
      // Link type, then VLAN, GRE, IPv6 with extension headers; PPP; VXLAN; Geneve; NFLOG; MPLS.
      [1] + [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 5, 8, 0]
        + ip(
          47,
          [0xB0, 0, 0x86, 0xDD] + [UInt8](repeating: 0, count: 12)
            + [0x60, 0, 0, 0, 0, 36, 0, 64] + [UInt8](repeating: 1, count: 32) + [44, 0, 1, 4, 0, 0, 0, 0] + [
              17, 0, 0, 1, 0, 0, 0, 1,
            ] + udp(1, 2, [3])),
      [2, 0xFF, 3, 0, 0x21] + ip(6, tcp(1, 2, 3, 4, [5])),
      [3]
        + ip(
          17,
          udp(
            1, 4789,
            [8, 0, 0, 0, 0, 0, 1, 0] + [UInt8](repeating: 2, count: 12) + [8, 0] + ip(4, ip(1, [8, 0, 0, 0, 1, 2])))),
      [3]
        + ip(
          17,
          udp(
            1, 6081,
            [1, 0, 0x65, 0x58, 0, 0, 1, 0, 9, 9, 9, 9] + [UInt8](repeating: 2, count: 12) + [8, 0]
              + ip(132, udp(1, 2, [])))),
      [9, 2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, 64, 0, 9, 0] + ip(6, tcp(1, 2, 3, 4, [])),
      [1] + [UInt8](repeating: 2, count: 12) + [0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64] + ip(17, udp(1, 2, [])),
    ]
  ) { input in
    let frame = Array(input.dropFirst())
    let packet = Dissector.dissect(frame.span.bytes, link: links[Int(input.first ?? 0) % links.count], wireLength: 2000)
    precondition((packet.innermost?.payload.upperBound ?? 0) <= frame.count)
    return packet.outer == nil ? -1 : packet.encapsulations.count + 1
  },
  Subject(name: "TLS stream", seeds: [[100] + record, [7] + record]) { read($0, from: 40_000, to: 443) },
  Subject(
    name: "HTTP request",
    seeds: bytes([
      "\u{40}GET / HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
      "\u{5}PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\nCONNECT [::1]:443 HTTP/1.1\r\n\r\n",
      "\u{21}GET http://u:p@b.example/x HTTP/1.1\r\n\r\n",
      "\u{7}\r\n\r\n\0\r\nQUIT\n\u{21}\u{11}\0\u{4}abcdGET / HTTP/1.0\nhost:c\n\n",
    ])
  ) { read($0, from: 40_000, to: 80) },
  Subject(name: "DNS stream", seeds: [[9] + number(answer.count, 2) + answer + number(answer.count, 2) + answer]) {
    read($0, from: 53, to: 999, isReply: true)
  },
  Subject(name: "DNS answer", seeds: [answer]) { input in
    var reader = NameReader()
    reader.take(ip(17, udp(53, 999, input), isReply: true).span.bytes, link: .raw, time: 0)
    let answers = reader.drain().answers
    precondition(answers.allSatisfy { $0.question.utf8.count <= 1024 })
    return answers.count
  },
  Subject(name: "QUIC datagram", seeds: [initial]) { input in
    var reader = NameReader()
    for time in 0..<2 { reader.take(ip(17, udp(999, 443, input)).span.bytes, link: .raw, time: Double(time)) }
    reader.finish()
    return reader.drain().names.count
  },
  Subject(
    name: "QUIC frames",
    seeds: [
      [0, 1, 2, 5, 0, 1, 0, 0, 0, 3, 5, 0, 0, 0, 1, 2, 3] + [6, 0x40, 20, 0x40, 60] + hello("a.example")[20..<80] + [
        6, 0, 20,
      ]
        + hello("a.example")[..<20] + [0x1C, 0, 0, 0]
    ]
  ) { QUICInitial.handshake(inFrames: $0).count },
]
