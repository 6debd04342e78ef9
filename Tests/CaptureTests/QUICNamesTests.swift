import Capture
import Flows
import Testing

@Suite struct QUICNamesTests {
  @Test(
    "The RFCs' sample packets of both versions name example.com",
    arguments: [QUICSamples.version1, QUICSamples.version2])
  func samples(packet: [UInt8]) {
    var reader = NameReader()
    reader.take(datagram: packet, time: 3)
    let found = reader.drain().names
    #expect(found.map(\.name) == ["example.com"])
    #expect(found.first?.kind == .quic && found.first?.flow.description == "udp 192.0.2.1:40000 -> 192.0.2.2:443")
    // Any other byte of the packet, and its tag is wrong.
    for index in stride(from: 0, to: packet.count, by: 37) {
      var spoiled = packet
      spoiled[index] ^= 0x55
      var reader = NameReader()
      reader.take(datagram: spoiled)
      #expect(reader.drain().names.isEmpty)
    }
  }

  @Test("A handshake in several packets, out of order, one with the id that the server chose")
  func several() {
    for order in [[0, 1, 2], [0, 2, 1]] {
      var reader = NameReader()
      for index in order { reader.take(datagram: QUICSamples.split[index]) }
      #expect(reader.drain().names.map(\.name) == ["split.example.net"])
    }
    // The server's id alone makes no keys.
    var reader = NameReader()
    reader.take(datagram: QUICSamples.split[2])
    #expect(reader.drain().names.isEmpty)
  }

  @Test("Packets that share a datagram are all read")
  func coalesced() {
    var reader = NameReader()
    reader.take(datagram: QUICSamples.coalesced)
    #expect(reader.drain().names.map(\.name) == ["split.example.net"])
  }

  @Test("A packet that the capture cut cannot be opened, and that is said")
  func cut() {
    let whole = Frames.ipv4(.udp, Frames.udp(40_000, 443, QUICSamples.version1))
    var reader = NameReader()
    reader.take(Array(whole.prefix(200)).span.bytes, link: .raw, wireLength: whole.count, time: 0)
    #expect(reader.drain().names.map(\.reason) == ["the capture cut its packets off"])
  }
}
