import Capture
import Flows
import Testing

@Suite struct DissectorTests {
  private let segment = Frames.tcp(1024, 443, 7, [.syn])
  private let flow = Flow(.tcp, from: Endpoint(.v4(0xC000_0201), 1024), to: Endpoint(.v4(0xC000_0202), 443))

  private func dissect(_ frame: [UInt8], _ link: LinkType = .ethernet, wire: Int? = nil) -> DissectedPacket {
    Dissector.dissect(frame.span.bytes, link: link, wireLength: wire)
  }

  @Test("Every link type leads to the same flow")
  func links() {
    let ip = Frames.ipv4(.tcp, segment)
    let frames: [(String, LinkType, [UInt8])] = [
      ("Ethernet", .ethernet, Frames.ethernet(0x0800, ip)),
      ("802.1Q", .ethernet, Frames.ethernet(0x8100, [0, 5, 8, 0] + ip)),
      ("802.1ad", .ethernet, Frames.ethernet(0x88A8, [0, 5, 0x81, 0, 0, 6, 8, 0] + ip)),
      // Two labels, the second with the bottom bit.
      ("MPLS", .ethernet, Frames.ethernet(0x8847, [0, 1, 0, 64, 0, 2, 1, 64] + ip)),
      // Version 1 type 1, code 0, session 5, length, PPP's IPv4.
      ("PPPoE", .ethernet, Frames.ethernet(0x8864, [0x11, 0, 0, 5, 0, 62, 0, 0x21] + ip)),
      // LLC with SNAP.
      ("SNAP", .ethernet, Frames.ethernet(68, [0xAA, 0xAA, 3, 0, 0, 0, 8, 0] + ip)),
      ("SLL", .linuxCooked, [UInt8](repeating: 0, count: 14) + [8, 0] + ip),
      ("SLL2", .linuxCooked2, [8, 0] + [UInt8](repeating: 0, count: 18) + ip),
      ("raw", .raw, ip), ("raw, BSD", LinkType(rawValue: 12), ip), ("IPv4", .ipv4, ip),
      ("NULL, little-endian", .null, [2, 0, 0, 0] + ip), ("NULL, big-endian", .null, [0, 0, 0, 2] + ip),
      ("LOOP", .loopback, [0, 0, 0, 2] + ip), ("PPP", .ppp, [0xFF, 3, 0, 0x21] + ip), ("PPP, short", .ppp, [0x21] + ip),
      // AF_INET, version 0, resource; prefix (type 10) of 5 bytes and padding; payload (type 9).
      ("NFLOG", .nflog, [2, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, 64, 0, 9, 0] + ip),
      ("NFLOG, big-endian", .nflog, [2, 0, 0, 0, 0, 64, 0, 9] + ip),
    ]
    for (name, link, frame) in frames { #expect(dissect(frame, link).outer?.flow == flow, "\(name)") }
    #expect(dissect([0, 4] + frames[6].2.dropFirst(2), .linuxCooked).isOutgoing == true)
    #expect(dissect(frames[6].2, .linuxCooked).isOutgoing == false && dissect(frames[0].2).isOutgoing == nil)
    #expect(LinkType(word: 0x0400_0001) == .ethernet)
    #expect(dissect(ip, .ipv6).outer == nil)
    #expect(dissect(Frames.ethernet(0x86DD, ip)).outer == nil)
  }

  @Test("An IP length of 0, or one behind the frame, reaches to the frame's end; padding is left out")
  func lengths() throws {
    let payload = Frames.tcp(1, 2, 0, [.acknowledgment], [UInt8](repeating: 7, count: 100))
    let offloaded = try #require(dissect(Frames.ethernet(0x0800, Frames.ipv4(.tcp, length: 0, payload))).outer)
    #expect(offloaded.length == 140 && offloaded.payloadLength == 100 && offloaded.payload == 54..<154)
    let cut = try #require(
      dissect(Array(Frames.ethernet(0x0800, Frames.ipv4(.tcp, payload)).prefix(80)), wire: 154).outer)
    #expect(cut.length == 140 && cut.payloadLength == 100 && cut.payload == 54..<80)
    let liar = try #require(dissect(Frames.ipv4(.tcp, length: 9000, payload), .raw).outer)
    #expect(liar.length == 140)
    let padded = try #require(
      dissect(Frames.ethernet(0x0800, Frames.ipv4(.udp, Frames.udp(1, 2, [9])) + [0, 0, 0])).outer)
    #expect(padded.length == 29 && padded.payload == 42..<43)
    // A jumbogram: payload length 0, hop-by-hop option 194 with the true length.
    let jumbo = Frames.ipv6(0, length: 0, [6, 0, 0xC2, 4, 0, 0, 0, 120] + payload)
    #expect(dissect(jumbo, .raw).outer?.length == jumbo.count)
  }

  @Test("Only a first fragment has ports")
  func fragments() throws {
    let datagram = Frames.udp(53, 4000, [1, 2, 3, 4], length: 4000)
    let first = try #require(dissect(Frames.ipv4(.udp, fragment: 0x2000, datagram), .raw).outer)
    #expect(first.hasPorts && first.isFirstFragment && first.payload.count == 4)
    let later = try #require(dissect(Frames.ipv4(.udp, fragment: 0x2010, datagram), .raw).outer)
    #expect(!later.hasPorts && later.isLaterFragment && later.flow.source.port == 0)
    // Next header 17, offset 8, more to come.
    let six = try #require(dissect(Frames.ipv6(44, [17, 0, 0, 9, 0, 0, 0, 1] + datagram), .raw).outer)
    #expect(!six.hasPorts && six.isLaterFragment && six.flow.transport == .udp)
    let sixFirst = try #require(dissect(Frames.ipv6(44, [17, 0, 0, 1, 0, 0, 0, 1] + datagram), .raw).outer)
    #expect(sixFirst.flow.source.port == 53 && sixFirst.isFirstFragment)
  }

  @Test("IPv6 extension headers are walked over")
  func extensions() {
    // Hop-by-hop, routing, destination options, authentication (4 words and 2), TCP.
    let headers: [UInt8] =
      [43, 0, 1, 4, 0, 0, 0, 0] + [60, 0, 0, 0, 0, 0, 0, 0] + [51, 0, 1, 4, 0, 0, 0, 0] + [6, 4]
      + [UInt8](repeating: 0, count: 22)
    let packet = Frames.ipv6(0, headers + segment)
    #expect(dissect(packet, .raw).outer?.flow.destination.port == 443)
    #expect(dissect(packet, .raw).outer?.tcp?.opens == true)
  }

  @Test("Tunnels keep outer and inner apart")
  func tunnels() {
    let inner = Frames.ipv4(.tcp, ends: ("10.0.0.1", "10.0.0.2"), segment)
    let frame = Frames.ethernet(0x0800, inner)
    let cases: [(String, [UInt8], [DissectedPacket.Encapsulation])] = [
      ("IPIP", Frames.ipv4(Transport(4), inner), [.ip]),
      ("GRE", Frames.ipv4(.gre, [0, 0, 8, 0] + inner), [.gre]),
      // Checksum, key and sequence.
      ("GRE, all fields", Frames.ipv4(.gre, [0xB0, 0, 8, 0] + [UInt8](repeating: 1, count: 12) + inner), [.gre]),
      ("gretap", Frames.ipv4(.gre, [0, 0, 0x65, 0x58] + frame), [.gre]),
      // Version 1 with key, sequence and acknowledgment; PPP without address and control.
      (
        "PPTP", Frames.ipv4(.gre, [0x30, 0x81, 0x88, 0x0B, 0, 63, 0, 1] + [0, 0, 0, 1, 0, 0, 0, 1, 0x21] + inner),
        [.gre]
      ),
      ("VXLAN", Frames.ipv4(.udp, Frames.udp(5555, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + frame)), [.vxlan]),
      ("flannel", Frames.ipv4(.udp, Frames.udp(5555, 8472, [8, 0, 0, 0, 0, 0, 7, 0] + frame)), [.vxlan]),
      // One word of options, Ethernet.
      (
        "Geneve", Frames.ipv4(.udp, Frames.udp(5555, 6081, [1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 4] + frame)),
        [.geneve]
      ),
      (
        "VXLAN in IPv6 in IPv4",
        Frames.ipv4(Transport(41), Frames.ipv6(17, Frames.udp(1, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + frame))),
        [.ip, .vxlan]
      ),
    ]
    for (name, packet, encapsulations) in cases {
      let found = dissect(packet, .raw)
      #expect(found.encapsulations == encapsulations, "\(name)")
      #expect(found.outer?.flow.source.address == IPAddress("192.0.2.1"), "\(name)")
      #expect(found.inner?.flow.description == "tcp 10.0.0.1:1024 -> 10.0.0.2:443", "\(name)")
    }
    // Something else on VXLAN's port, and a tunnel without IP.
    for other in [
      Frames.udp(1, 4789, [9, 9] + frame),
      Frames.udp(1, 4789, [8, 0, 0, 0, 0, 0, 7, 0] + Frames.ethernet(0x0806, inner)),
    ] {
      let found = dissect(Frames.ipv4(.udp, other), .raw)
      #expect(found.inner == nil && found.encapsulations.isEmpty && found.outer?.hasPorts == true)
    }
  }

  @Test("An echo keeps its identifier at the end that asks, and what an error quotes is not looked at")
  func echoes() {
    let request = dissect(Frames.ipv4(.icmp, [8, 0, 0, 0, 0x12, 0x34, 0, 1]), .raw).outer
    #expect(request?.flow.source.port == 0x1234 && request?.flow.destination.port == 0)
    let reply = dissect(Frames.ipv4(.icmp, ends: ("192.0.2.2", "192.0.2.1"), [0, 0, 0, 0, 0x12, 0x34, 0, 1]), .raw)
      .outer
    #expect(reply?.flow == request?.flow.reversed)
    let error = dissect(Frames.ipv4(.icmp, [3, 3, 0, 0, 0, 0, 0, 0] + Frames.ipv4(.udp, Frames.udp(1, 2, []))), .raw)
    #expect(error.outer?.flow.transport == .icmp && error.inner == nil)
  }

  @Test("Cut and hostile frames end where they end")
  func hostile() {
    let deep = (0..<100).reduce(segment) { payload, _ in Frames.ipv4(Transport(4), payload) }
    #expect(dissect(deep, .raw).encapsulations.count <= 8)
    let frame = Frames.ethernet(0x8100, [0, 5, 8, 0] + Frames.ipv4(.gre, [0, 0, 8, 0] + Frames.ipv4(.tcp, segment)))
    for count in 0..<frame.count {
      let found = dissect(Array(frame.prefix(count)), wire: frame.count)
      if let layer = found.innermost { #expect(layer.payload.upperBound <= count) }
    }
    // VLANs without end.
    _ = dissect(Frames.ethernet(0x8100, (0..<1000).flatMap { _ in [0, 1, 0x81, 0] }))
    let short = Frames.ipv4(.tcp, Array(segment.prefix(4)))
    #expect(dissect(short, .raw).outer?.hasPorts == true)
    #expect(dissect(short, .raw).outer?.tcp == nil)
  }
}
