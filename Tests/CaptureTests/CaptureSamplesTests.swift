import Capture
import Flows
import JSON
import LinuxSystem
import Testing

/// Captures that others made, with the figures that tshark and capinfos give.
struct CaptureSample: Decodable {
  struct Part: Decodable {
    var addressPairs: Int
    var topPairs: [String]
    var flows: Int
    var topFlows: [String]
    enum CodingKeys: String, CodingKey {
      case addressPairs = "ip_conversations"
      case topPairs = "top_ip"
      case flows = "l4_conversations"
      case topFlows = "top_l4"
    }
  }

  var packets: Int
  var packetBlocks: Int?
  var wireBytes: Int
  var capturedBytes: Int
  var nonIP: Int
  var first: String?
  var outer: Part
  var innermost: Part?
  enum CodingKeys: String, CodingKey {
    case packets
    case packetBlocks = "blocks_EPB_plus_SPB"
    case wireBytes = "wire_bytes"
    case capturedBytes = "captured_bytes"
    case nonIP = "non_ip_packets"
    case first = "first_packet_epoch"
    case outer, innermost
  }

  static let folder = "../shared/data/"
  static let all: [String: CaptureSample] = {
    guard let bytes = try? Descriptor(reading: folder + "expected-captures.json").readToEnd(),
      let value = try? JSONValue(parsing: bytes)
    else { return [:] }
    return (try? value.decoded()) ?? [:]
  }()
}

/// What a reading of a whole file gives.
struct Summary {
  var packets = 0
  var wire = 0
  var captured = 0
  var nonIP = 0
  var first: Double?
  var addresses: [Set<IPAddress>: (packets: Int, bytes: Int)] = [:]
  var flows: [Flow: (packets: Int, bytes: Int)] = [:]
  var inner: [Flow: (packets: Int, bytes: Int)] = [:]

  init(_ path: String) throws {
    try CaptureFile.read(path: path) { packet, frame in
      add(packet, frame)
      return true
    }
  }

  private mutating func add(_ packet: CapturedPacket, _ frame: RawSpan) {
    packets += 1
    wire += packet.wireLength
    captured += packet.capturedLength
    first = first ?? packet.time
    let dissected = Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength)
    guard let outer = dissected.outer, let innermost = dissected.innermost else {
      nonIP += 1
      return
    }
    let pair = Set([outer.flow.source.address, outer.flow.destination.address])
    addresses[pair, default: (0, 0)].packets += 1
    addresses[pair, default: (0, 0)].bytes += packet.wireLength
    Self.count(outer, packet.wireLength, &flows)
    Self.count(innermost, packet.wireLength, &inner)
  }

  private static func count(_ layer: PacketLayer, _ length: Int, _ table: inout [Flow: (packets: Int, bytes: Int)]) {
    guard layer.hasPorts, [.tcp, .udp].contains(layer.flow.transport) else { return }
    table[layer.flow.unordered, default: (0, 0)].packets += 1
    table[layer.flow.unordered, default: (0, 0)].bytes += length
  }
}

@Suite(.enabled(if: !CaptureSample.all.isEmpty, "needs ../shared/data/expected-captures.json"))
struct CaptureSamplesTests {
  /// Ends and figures of `udp 192.0.2.1 53 <-> 192.0.2.2 1024 4 packets 592 bytes`.
  private static func flow(_ line: String) -> (Flow, packets: Int, bytes: Int)? {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 10, let transport = Transport(words[0]), let left = IPAddress(words[1]),
      let leftPort = UInt16(words[2]), let right = IPAddress(words[4]), let rightPort = UInt16(words[5]),
      let packets = Int(words[6]), let bytes = Int(words[8])
    else { return nil }
    return (Flow(transport, from: Endpoint(left, leftPort), to: Endpoint(right, rightPort)).unordered, packets, bytes)
  }

  private static func addresses(_ line: String) -> (Set<IPAddress>, packets: Int, bytes: Int)? {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 7, let left = IPAddress(words[0]), let right = IPAddress(words[2]),
      let packets = Int(words[3]),
      let bytes = Int(words[5])
    else { return nil }
    return (Set([left, right]), packets, bytes)
  }

  /// Where tshark 4.0 is not followed: it takes an IPv6 packet whose link type says IPv4 for an inner one, and reads no ports
  /// behind an IPv6 length of 0.
  private static let differing: Set = ["tcpdump/tests/LINKTYPE_IPV4_invalid.pcap", "tcpdump/tests/bigtcp-ipv6.pcap"]

  @Test("Counts, wire bytes and conversations are tshark's", arguments: CaptureSample.all.keys.sorted())
  func figures(name: String) throws {
    let expected = try #require(CaptureSample.all[name])
    let summary = try Summary(CaptureSample.folder + name)
    #expect(summary.packets == expected.packetBlocks ?? expected.packets)
    // tshark counts custom blocks as frames, so its sums have them as well.
    if summary.packets == expected.packets {
      #expect(summary.wire == expected.wireBytes)
      #expect(summary.captured == expected.capturedBytes)
      if !Self.differing.contains(name) { #expect(summary.nonIP == expected.nonIP) }
    }
    if let first = expected.first.flatMap(Double.init) { #expect(abs((summary.first ?? 0) - first) < 1e-5) }
    #expect(summary.addresses.count == expected.outer.addressPairs)
    for line in expected.outer.topPairs {
      let (pair, packets, bytes) = try #require(Self.addresses(line))
      #expect(summary.addresses[pair] ?? (0, 0) == (packets, bytes), "\(line)")
    }
    guard !Self.differing.contains(name) else { return }
    try compare(summary.flows, expected.outer)
    if let innermost = expected.innermost { try compare(summary.inner, innermost) }
  }

  private func compare(_ found: [Flow: (packets: Int, bytes: Int)], _ expected: CaptureSample.Part) throws {
    #expect(found.count == expected.flows)
    for line in expected.topFlows {
      let (flow, packets, bytes) = try #require(Self.flow(line))
      #expect(found[flow] ?? (0, 0) == (packets, bytes), "\(line)")
    }
  }

  @Test("Names and answers in the samples are what their clients asked")
  func names() throws {
    func read(_ name: String) throws -> (names: [FlowName], answers: [NameAnswer]) {
      var reader = NameReader()
      try CaptureFile.read(path: CaptureSample.folder + "tcpdump/tests/" + name) { packet, frame in
        reader.take(frame, link: packet.link, wireLength: packet.wireLength, time: packet.time ?? 0)
        return true
      }
      reader.finish()
      return reader.drain()
    }
    let quic = try read("quic_handshake.pcap")
    #expect(quic.names.map(\.name) == ["localhost"] && quic.names.first?.kind == .quic)
    #expect(quic.names.first?.flow.description == "udp [::1]:50606 -> [::1]:443")
    // `tcpdump -nr` says the same.
    for (name, client) in [("dns_udp.pcap", "udp 192.168.1.11:43966"), ("dns_tcp.pcap", "tcp 192.168.1.11:33779")] {
      let answer = try #require(try read(name).answers.first)
      #expect(answer.question == "www.tcpdump.org" && answer.flow.description == "\(client) -> 209.87.249.18:53")
      #expect(answer.addresses.map(\.description) == ["192.139.46.66", "198.199.88.104"])
    }
  }
}
