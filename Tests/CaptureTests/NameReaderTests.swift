import Capture
import Flows
import Testing

/// Handshakes and requests, made part by part (RFC 8446, section 4.1.2).
enum Handshakes {
  /// A ClientHello's handshake message.
  static func hello(_ name: String?, extra: [UInt8] = []) -> [UInt8] {
    var extensions = extra
    if let name {
      let list = [0] + Frames.number(name.utf8.count, 2) + Array(name.utf8)
      extensions += [0, 0] + Frames.number(list.count + 2, 2) + Frames.number(list.count, 2) + list
    }
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 1] + [1, 0] + Frames.number(extensions.count, 2)
      + extensions
    return [1] + Frames.number(body.count, 3) + body
  }

  /// As records of at most `size` bytes of it.
  static func records(_ handshake: [UInt8], size: Int = 16_384) -> [UInt8] {
    stride(from: 0, to: handshake.count, by: size).flatMap { start in
      let part = handshake[start..<min(handshake.count, start + size)]
      return [22, 3, 1] + Frames.number(part.count, 2) + part
    }
  }

  /// An encrypted_client_hello extension (RFC 9849, section 5): outer, with 32 bytes.
  static let encrypted: [UInt8] = [0xFE, 0x0D, 0, 32] + [UInt8](repeating: 0, count: 32)
}

@Suite struct NameReaderTests {
  private func names(_ body: (inout NameReader) -> Void) -> [FlowName] {
    var reader = NameReader()
    body(&reader)
    reader.finish()
    return reader.drain().names
  }

  @Test("A server's name is read from one segment, with the flow from the client on")
  func oneSegment() throws {
    let found = names { $0.take(segment: Handshakes.records(Handshakes.hello("Git.Example.COM.")), at: 1000, time: 5) }
    let name = try #require(found.first)
    #expect(found.count == 1 && name.name == "git.example.com" && name.kind == .tls && name.time == 5)
    #expect(name.flow.description == "tcp 192.0.2.1:40000 -> 192.0.2.2:443" && name.reason == nil)
  }

  @Test(
    "A handshake is put together from segments in any order, sent twice, and from many records",
    arguments: [1, 3, 100, 700])
  func segments(size: Int) {
    let stream = Handshakes.records(
      Handshakes.hello("a.example", extra: [0xFF, 0, 3, 0xE8] + [UInt8](repeating: 1, count: 1000)), size: 64)
    let isn: UInt32 = 0xFFFF_FFF0
    let cuts = stride(from: 0, to: stream.count, by: max(size, stream.count / 200))
    let pieces = cuts.map { start in
      (isn &+ 1 &+ UInt32(start), Array(stream[start..<min(stream.count, start + max(size, stream.count / 200))]))
    }
    // The sequence numbers wrap around.
    for order in [pieces, pieces.count <= 64 ? pieces.reversed() : pieces, pieces + pieces] {
      let found = names { reader in
        reader.take(segment: [], at: isn, [.syn])
        for (sequence, piece) in order { reader.take(segment: piece, at: sequence) }
      }
      #expect(found.map(\.name) == ["a.example"])
    }
  }

  @Test("Without the connection's first packet the handshake itself is the beginning")
  func withoutSYN() {
    let stream = Handshakes.records(
      Handshakes.hello("a.example", extra: [0xFF, 0, 3, 0xE8] + [UInt8](repeating: 1, count: 1000)))
    let found = names { reader in
      reader.take(segment: Array(stream[..<500]), at: 1)
      reader.take(segment: Array(stream[500...]), at: 501)
    }
    #expect(found.map(\.name) == ["a.example"])
    #expect(names { $0.take(segment: Array(stream[500...]), at: 501) }.isEmpty)
  }

  @Test("Reasons stand where a name is not known")
  func reasons() {
    let cases: [([UInt8], String)] = [
      (Handshakes.records(Handshakes.hello(nil)), "the handshake names no server"),
      (
        Handshakes.records(Handshakes.hello("outer.example", extra: Handshakes.encrypted)),
        "encrypted (ECH): the outer name is outer.example"
      ),
      (Handshakes.records(Handshakes.hello("a b")), "the server's name is not text"),
      (Handshakes.records(Handshakes.hello(String(repeating: "a", count: 300))), "the server's name is not text"),
      (Array(Handshakes.records(Handshakes.hello("a.example")).dropLast(12)), "cut off before the server's name"),
    ]
    for (stream, reason) in cases {
      let found = names { $0.take(segment: stream, at: 1) }
      #expect(found.map(\.name) == [nil] && found.first?.reason == reason)
    }
  }

  @Test("What looks encrypted is a decoy if the outer name is what was asked for in DNS")
  func decoy() {
    let answer = DNSMessages.answer("outer.example", records: [DNSMessages.a("outer.example", "192.0.2.2")])
    let found = names { reader in
      reader.take(ip: Frames.ipv4(.udp, ends: ("192.0.2.53", "192.0.2.1"), Frames.udp(53, 999, answer)))
      reader.take(segment: Handshakes.records(Handshakes.hello("outer.example", extra: Handshakes.encrypted)), at: 1)
    }
    #expect(found.map(\.name) == ["outer.example"] && found.first?.reason == nil)
  }

  @Test("A capture that cuts packets off says so, and nothing is taken for a name that may be an outer one")
  func cut() {
    let stream = Handshakes.records(Handshakes.hello("a.example"), size: 10_000)
    var reader = NameReader()
    let whole = Frames.ipv4(.tcp, Frames.tcp(40_000, 443, 1, [.acknowledgment], stream))
    for length in [80, 130] {
      reader.take(Array(whole.prefix(length)).span.bytes, link: .raw, wireLength: whole.count, time: 0)
    }
    let found = reader.drain().names
    #expect(found.count == 1 && found.first?.name == nil && found.first?.reason?.hasPrefix("cut off") == true)
  }

  @Test(
    "HTTP's host comes from the field, from an absolute target, or from CONNECT",
    arguments: [
      ("GET / HTTP/1.1\r\nAccept: */*\r\nhOsT:  Git.Example:8080 \r\n\r\n", "git.example"),
      ("GET http://user:secret@a.example:81/x?y HTTP/1.1\r\nHost: other.example\r\n\r\n", "a.example"),
      ("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", "2001:db8::1"),
      ("POST /x HTTP/1.0\nHost: 192.0.2.9\n\nbody", "192.0.2.9"),
      ("PROXY TCP4 192.0.2.9 192.0.2.1 5 80\r\nGET / HTTP/1.1\r\nHost: behind.example\r\n\r\n", "behind.example"),
    ])
  func http(request: String, host: String) {
    let bytes = Array(request.utf8)
    for size in [bytes.count, 1, 7] {
      let found = names { reader in
        reader.take(segment: [], at: 99, to: 80, [.syn])
        for start in stride(from: 0, to: bytes.count, by: size) {
          reader.take(segment: Array(bytes[start..<min(bytes.count, start + size)]), at: UInt32(100 + start), to: 80)
        }
      }
      #expect(found.map(\.name) == [host] && found.first?.kind == .http)
    }
  }

  @Test("Each new host of a connection is told once; later packets and other data are not names")
  func keepAlive() {
    let requests = ["a", "a", "b"].map { Array("GET / HTTP/1.1\r\nHost: \($0).example\r\n\r\n".utf8) }
    let found = names { reader in
      var sequence: UInt32 = 1
      for request in requests {
        reader.take(segment: request, at: sequence, to: 80)
        sequence += UInt32(request.count)
      }
      reader.take(segment: Array("HELLO world".utf8), at: sequence, to: 80)
      reader.take(segment: [22, 3, 3, 0, 5, 2, 0, 0, 1, 0], at: sequence + 20, to: 80)
    }
    #expect(found.map(\.name) == ["a.example", "b.example"])
    #expect(
      names { $0.take(segment: Array("GET / HTTP/1.1\r\n\r\n".utf8), at: 1) }.first?.reason
        == "the request names no host")
    #expect(
      names { $0.take(segment: Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), at: 1) }.first?.reason?.hasPrefix(
        "HTTP/2") == true)
  }

  @Test("A tuple that is used again has a name of its own")
  func reuse() {
    let found = names { reader in
      for (isn, name) in [(UInt32(100), "a.example"), (9000, "b.example")] {
        reader.take(segment: [], at: isn, [.syn])
        reader.take(segment: Handshakes.records(Handshakes.hello(name)), at: isn + 1)
        reader.take(segment: Handshakes.records(Handshakes.hello(name)), at: isn + 1)
      }
    }
    #expect(found.map(\.name) == ["a.example", "b.example"])
  }

  @Test("Memory is bounded, whatever comes")
  func bounds() {
    var limits = NameReader.Limits()
    limits.flows = 16
    limits.bytes = 10_000
    limits.results = 10
    var reader = NameReader(limits: limits)
    let start = Array(
      Handshakes.records(
        Handshakes.hello("a.example", extra: [0xFF, 0, 0x40, 0] + [UInt8](repeating: 0, count: 0x4000))
      ).prefix(1400))
    for port in 1...1000 {
      reader.take(ip: Frames.ipv4(.tcp, Frames.tcp(port, 443, 1, [.acknowledgment], start)))
    }
    #expect(reader.dropped >= 900)
    for port in 1...1000 {
      reader.take(
        ip: Frames.ipv4(.tcp, Frames.tcp(port, 444, 1, [.acknowledgment], Handshakes.records(Handshakes.hello("b")))))
    }
    let found = reader.drain().names
    #expect(found.count == 10)
    // Silence ends the waiting.
    reader.take(segment: start, at: 1, time: 100)
    reader.take(segment: Handshakes.records(Handshakes.hello("c")), at: 1, to: 445, time: 200)
    #expect(reader.drain().names.map(\.reason).contains("cut off before the server's name"))
  }
}
