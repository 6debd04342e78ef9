import Capture
import Flows
import Testing

/// DNS messages, made part by part (RFC 1035, section 4.1).
enum DNSMessages {
  static func name(_ name: String) -> [UInt8] {
    name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  static func record(_ owner: [UInt8], _ type: Int, lifetime: Int = 300, _ data: [UInt8]) -> [UInt8] {
    owner + Frames.number(type, 2) + [0, 1] + Frames.number(lifetime, 4) + Frames.number(data.count, 2) + data
  }

  static func a(_ owner: String, _ address: String, lifetime: Int = 300) -> [UInt8] {
    let bytes = IPAddress(address)?.networkOrder ?? []
    return record(name(owner), bytes.count == 4 ? 1 : 28, lifetime: lifetime, bytes)
  }

  static func cname(_ owner: String, _ target: String, lifetime: Int = 300) -> [UInt8] {
    record(name(owner), 5, lifetime: lifetime, name(target))
  }

  static func answer(_ question: String, type: Int = 1, flags: Int = 0x8180, records: [[UInt8]]) -> [UInt8] {
    [0x12, 0x34] + Frames.number(flags, 2) + [0, 1] + Frames.number(records.count, 2) + [0, 0, 0, 0] + name(question)
      + Frames.number(type, 2) + [0, 1] + records.flatMap { $0 }
  }
}

@Suite struct DNSAnswersTests {
  private func answers(_ message: [UInt8], from port: Int = 53) -> [NameAnswer] {
    var reader = NameReader()
    reader.take(ip: Frames.ipv4(.udp, ends: ("192.0.2.53", "192.0.2.1"), Frames.udp(port, 999, message)), at: 7)
    return reader.drain().answers
  }

  @Test("A chain of aliases is followed in any order, with the shortest lifetime")
  func chain() throws {
    let message = DNSMessages.answer(
      "WWW.Example.com",
      records: [
        DNSMessages.a("c.example.net", "192.0.2.80", lifetime: 60),
        DNSMessages.cname("b.example.net", "C.example.net", lifetime: 20),
        DNSMessages.cname("www.example.com", "b.example.net", lifetime: 500),
        DNSMessages.a("c.example.net", "192.0.2.81"),
        DNSMessages.a("other.example", "192.0.2.99", lifetime: 1),
      ])
    let answer = try #require(answers(message).first)
    #expect(answer.question == "www.example.com" && answer.aliases == ["b.example.net", "c.example.net"])
    #expect(answer.addresses.map(\.description) == ["192.0.2.80", "192.0.2.81"])
    #expect(answer.lifetime == 20 && answer.time == 7)
    #expect(answer.flow.description == "udp 192.0.2.1:999 -> 192.0.2.53:53")
  }

  @Test("IPv6 addresses and compressed names are read")
  func compression() {
    // The owner is the name at byte 12.
    let data = IPAddress("2001:db8::80")?.networkOrder ?? []
    let message = DNSMessages.answer("a.example", type: 28, records: [DNSMessages.record([0xC0, 12], 28, data)])
    #expect(answers(message).first?.addresses.map(\.description) == ["2001:db8::80"])
  }

  @Test("No such name is an answer without addresses")
  func nothing() {
    let found = answers(DNSMessages.answer("no.example", flags: 0x8183, records: []))
    #expect(found.map(\.question) == ["no.example"] && found.first?.addresses == [])
  }

  @Test("Other types, questions, other ports and pointers that lead in circles are passed over")
  func others() {
    let good = [DNSMessages.a("a.example", "192.0.2.80")]
    #expect(answers(DNSMessages.answer("a.example", type: 65, records: good)).isEmpty)
    #expect(answers(DNSMessages.answer("a.example", flags: 0x0100, records: [])).isEmpty)
    // mDNS and LLMNR.
    #expect(answers(DNSMessages.answer("a.local", records: good), from: 5353).isEmpty)
    #expect(answers(DNSMessages.answer("a", records: good), from: 5355).isEmpty)
    // A name that points to itself, and one that points forward.
    let header: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]
    #expect(answers(header + [0xC0, 12, 0, 1, 0, 1]).isEmpty)
    #expect(answers(header + [0xC0, 18, 0, 1, 0, 1, 1, 0x61, 0]).isEmpty)
    // Aliases in a circle.
    let circle = DNSMessages.answer(
      "a.example", records: [DNSMessages.cname("a.example", "b.example"), DNSMessages.cname("b.example", "a.example")])
    #expect(answers(circle).first?.aliases == ["b.example"])
  }

  @Test("A cut answer gives what is there, and nothing if that is no address")
  func cut() {
    let message = DNSMessages.answer(
      "a.example", records: [DNSMessages.a("a.example", "192.0.2.80"), DNSMessages.a("a.example", "192.0.2.81")])
    #expect(answers(Array(message.dropLast(3))).first?.addresses.count == 1)
    for count in 0..<(message.count - 25) { #expect(answers(Array(message.prefix(count))).isEmpty) }
  }

  @Test("Labels that are not text stay on one line")
  func escaping() {
    let message = [0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0] + [3, 0x41, 0x2E, 0x0A, 0] + [0, 1, 0, 1]
    #expect(answers(message.map(UInt8.init)).first?.question == "a\\046\\010")
  }

  @Test("Answers over TCP are put together, several on a connection, and copies are told once")
  func stream() {
    let stream = ["a", "b", "a"].flatMap { name in
      let message = DNSMessages.answer("\(name).example", records: [DNSMessages.a("\(name).example", "192.0.2.80")])
      return Frames.number(message.count, 2) + message
    }
    for size in [1, 11, stream.count] {
      var reader = NameReader()
      reader.take(
        ip: Frames.ipv4(.tcp, ends: ("192.0.2.53", "192.0.2.1"), Frames.tcp(53, 999, 99, [.syn, .acknowledgment])))
      for start in stride(from: 0, to: stream.count, by: size) {
        let part = Array(stream[start..<min(stream.count, start + size)])
        reader.take(
          ip: Frames.ipv4(
            .tcp, ends: ("192.0.2.53", "192.0.2.1"), Frames.tcp(53, 999, UInt32(100 + start), [.acknowledgment], part)))
      }
      #expect(reader.drain().answers.map(\.question) == ["a.example", "b.example"])
    }
  }
}
