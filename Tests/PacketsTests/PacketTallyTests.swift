import Capture
import Documents
import Flows
import Packets
import Testing

@Suite struct PacketTallyTests {
  static let families = [("192.0.2.1", "192.0.2.2"), ("[2001:db8::1]", "[2001:db8::2]")]
  private let kilobyte = [UInt8](repeating: 7, count: 1000)

  @Test(arguments: families) func `who sent the SYN is the source, and bytes are those of the frames`(
    ends: (String, String)
  )
    throws
  {
    var recording = Recording()
    let (client, server) = ("\(ends.0):40000", "\(ends.1):3129")
    let packets = [
      Datagram(client, server).tcp(.syn, sequence: 99), Datagram(server, client).tcp([.syn, .acknowledgment]),
      Datagram(server, client).tcp(.acknowledgment, sequence: 1001, kilobyte),
      Datagram(client, server).tcp(.acknowledgment, sequence: 100, acknowledgment: 2001),
    ]
    for (index, packet) in packets.enumerated() { recording.add(packet, at: 100 + Double(index)) }
    let document = recording.document()
    let row = try #require(document.conversations.first)
    #expect("\(row.flow)" == "tcp \(client) -> \(server)")
    #expect(row.isBeginningSeen && row.began == "SYN")
    #expect(row.bytesOut == UInt64(packets[0].count + packets[3].count))
    #expect(row.bytesIn == UInt64(packets[1].count + packets[2].count))
    #expect(row.packets == 4 && row.capturedPackets == 4 && row.seconds == 3)
    #expect(document.answer?.source == "\(try #require(Endpoint(client)).address)")
    #expect(document.answer?.text.contains("pulls") == true)
  }

  @Test func `without a SYN who began is a conclusion, and said to be one`() throws {
    var recording = Recording()
    // The server's packet comes first.
    recording.add(Datagram("192.0.2.2:443", "192.0.2.1:40000").tcp(.acknowledgment, kilobyte), at: 1)
    let document = recording.document()
    let row = try #require(document.conversations.first)
    #expect("\(row.flow)" == "tcp 192.0.2.1:40000 -> 192.0.2.2:443")
    #expect(!row.isBeginningSeen && row.began == "concluded: 443 is the port of a service")
    #expect(document.answer?.isSeen == false)
    #expect(document.answer?.text.contains("most likely") == true)
    #expect(document.notes.contains { $0.contains("concluded in 1 of 1") })
  }

  @Test(arguments: families) func `a packet that two interfaces saw counts once`(ends: (String, String)) throws {
    var recording = Recording()
    for number in 1...10 {
      let packet = Datagram("\(ends.0):40000", "\(ends.1):443", id: number)
        .tcp(.acknowledgment, sequence: number * 1000, kilobyte)
      recording.add(packet, at: Double(number), interface: 0)
      recording.add(packet, at: Double(number) + 0.000_02, interface: 1)
    }
    let row = try #require(recording.document().conversations.first)
    #expect(row.packets == 10 && row.capturedPackets == 20)
    #expect(row.capturedBytes == 2 * row.bytes)
    #expect(row.retransmissionsOut == 0)
  }

  @Test func `other packets of a conversation at another interface are added`() throws {
    var recording = Recording()
    for number in 1...10 {
      recording.add(
        Datagram("192.0.2.1:40000", "192.0.2.2:443", id: number)
          .tcp(.acknowledgment, sequence: number * 1000, kilobyte), at: Double(number), interface: number % 2)
    }
    let row = try #require(recording.document().conversations.first)
    #expect(row.packets == 10 && row.capturedPackets == 10)
  }

  @Test func `what one interface joined into a large packet counts once`() throws {
    var recording = Recording()
    for number in 1...10 {
      let start = Datagram("192.0.2.1:40000", "192.0.2.2:443", id: 3 * number)
      recording.add(
        start.tcp(.acknowledgment, sequence: number * 3000, kilobyte + kilobyte + kilobyte), at: Double(number))
      for part in 0..<3 {
        recording.add(
          Datagram("192.0.2.1:40000", "192.0.2.2:443", id: 3 * number + part)
            .tcp(.acknowledgment, sequence: number * 3000 + part * 1000, kilobyte),
          at: Double(number) + 0.000_01 * Double(part + 1), interface: 1)
      }
    }
    let row = try #require(recording.document().conversations.first)
    // The segments, with their three headers.
    #expect(row.packets == 30 && row.bytes == 30 * 1040)
  }

  @Test func `a packet that was sent again is no copy`() throws {
    var recording = Recording()
    let packet = Datagram("192.0.2.1:40000", "192.0.2.2:443").tcp(.acknowledgment, sequence: 5000, kilobyte)
    for time in [1.0, 1.2, 1.6] { recording.add(packet, at: time) }
    let row = try #require(recording.document().conversations.first)
    #expect(row.packets == 3 && row.retransmissionsOut == 2)
  }

  @Test func `the legs of a translated connection are one, with the bytes once`() throws {
    var recording = Recording("10.8.1.3:3129")
    for number in 1...5 {
      let inside = Datagram("172.17.0.2:40000", "10.8.1.3:3129", id: number)
      let outside = Datagram("10.0.7.248:50000", "10.8.1.3:3129", id: number)
      let flags: TCPHeader.Flags = number == 1 ? .syn : .acknowledgment
      recording.add(inside.tcp(flags, sequence: number * 1000, kilobyte), at: Double(number))
      recording.add(outside.tcp(flags, sequence: number * 1000, kilobyte), at: Double(number) + 0.001, interface: 1)
      recording.add(
        Datagram("10.8.1.3:3129", "10.0.7.248:50000", id: 100 + number)
          .tcp(.acknowledgment, sequence: 70_000 + number * 1000, kilobyte), at: Double(number) + 0.1, interface: 1)
      recording.add(
        Datagram("10.8.1.3:3129", "172.17.0.2:40000", id: 100 + number)
          .tcp(.acknowledgment, sequence: 70_000 + number * 1000, kilobyte), at: Double(number) + 0.101)
    }
    let document = recording.document()
    #expect(document.conversations.count == 1)
    let row = try #require(document.conversations.first)
    #expect("\(row.flow)" == "tcp 172.17.0.2:40000 -> 10.8.1.3:3129")
    #expect(row.translated?.map { "\($0)" } == ["tcp 10.0.7.248:50000 -> 10.8.1.3:3129"])
    #expect(row.packetsOut == 5 && row.packetsIn == 5 && row.capturedPackets == 20)
    #expect(document.answer?.source == "172.17.0.2" && document.answer?.share == 1)
  }

  @Test func `a packet that three places saw, on both sides of a translation, counts once`() throws {
    var recording = Recording()
    for number in 1...10 {
      let outside = Datagram("10.8.1.3:3129", "10.0.7.248:50000", id: number)
        .tcp(.acknowledgment, sequence: number * 1000, kilobyte)
      let inside = Datagram("10.8.1.3:3129", "172.17.0.2:40000", id: number)
        .tcp(.acknowledgment, sequence: number * 1000, kilobyte)
      recording.add(outside, at: Double(number))
      recording.add(inside, at: Double(number) + 0.000_1, interface: 1)
      recording.add(inside, at: Double(number) + 0.000_2, interface: 2)
    }
    let document = recording.document()
    #expect(document.conversations.count == 1)
    #expect(document.conversations.first?.packets == 10 && document.conversations.first?.capturedPackets == 30)
  }

  @Test func `legs of a translation are found though the capture cut the packets off behind TCP's first words`() throws
  {
    var recording = Recording()
    // Options of 12 bytes, of which the capture has none.
    let options = [UInt8](repeating: 1, count: 12)
    for number in 1...5 {
      for (index, client) in ["172.17.0.2:40000", "10.0.7.248:40000"].enumerated() {
        var packet = Datagram("10.8.1.3:3129", client, id: number)
          .tcp(.acknowledgment, sequence: number * 1000, options + kilobyte)
        packet[32] = 0x80
        packet[36] = UInt8(50 * index)
        recording.add(
          packet, at: Double(number) + 0.001 * Double(index), interface: index, captured: 40)
      }
    }
    let document = recording.document()
    #expect(document.conversations.count == 1)
    #expect(document.conversations.first?.packets == 5)
  }

  @Test func `equal packets to a group, or without a number of their own, are no translation`() {
    var recording = Recording()
    let payload = [UInt8](repeating: 3, count: 40)
    for number in 1...5 {
      for host in 1...3 {
        recording.add(Datagram("192.0.2.\(host):5353", "224.0.0.251:5353", id: number).udp(payload), at: Double(number))
        recording.add(Datagram("[2001:db8::\(host)]:9", "[2001:db8::9]:9").udp(payload), at: Double(number))
      }
    }
    let document = recording.document()
    #expect(document.conversations.count == 6)
    #expect(document.conversations.allSatisfy { $0.translated == nil && $0.packets == 5 })
  }

  @Test func `connections that nobody answers are named, and refused ones are not among them`() throws {
    var recording = Recording()
    for port in 1...10 {
      let packet = Datagram("192.0.2.1:4000\(port % 10)", "192.0.2.2:\(port)").tcp(.syn, sequence: port)
      for second in [0.0, 1, 3] { recording.add(packet, at: second) }
    }
    recording.add(Datagram("192.0.2.1:50000", "192.0.2.2:25").tcp(.syn, sequence: 9), at: 1)
    recording.add(Datagram("192.0.2.2:25", "192.0.2.1:50000").tcp([.reset, .acknowledgment], sequence: 0), at: 1.001)
    let document = recording.document()
    #expect(document.unanswered.count == 10)
    #expect(document.unanswered.allSatisfy { $0.source == "192.0.2.1" && $0.syns == 3 })
    #expect(document.conversations.filter(\.isRefused).map { $0.flow.destination.port } == [25])
  }

  @Test func `names and DNS questions come with who asked`() throws {
    var recording = Recording()
    let question: [UInt8] =
      [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3] + Array("git".utf8) + [7] + Array("Example".utf8) + [0, 0, 28, 0, 1]
    for time in [1.0, 2.0] {
      recording.add(Datagram("192.0.2.1:50053", "192.0.2.53:53", id: Int(time)).udp(question), at: time)
    }
    let client = Datagram("192.0.2.1:40000", "192.0.2.2:80", id: 1)
    recording.add(client.tcp(.syn, sequence: 999), at: 3)
    recording.add(
      client.tcp([.acknowledgment, .push], Array("GET / HTTP/1.1\r\nHost: git.example\r\n\r\n".utf8)), at: 3.1)
    let document = recording.document()
    let asked = try #require(document.questions.first)
    #expect(asked.name == "git.example" && asked.type == "AAAA" && asked.asker == "192.0.2.1" && asked.count == 2)
    #expect(document.names.map(\.name) == ["git.example"])
    #expect(document.conversations.contains { $0.name == "git.example" && $0.nameOrigin == "HTTP request" })
  }

  @Test func `a client that asks every 5 seconds is regular`() throws {
    var recording = Recording()
    for number in 0..<60 {
      let client = Datagram("192.0.2.1:\(40_000 + number)", "192.0.2.2:8080", id: number + 1)
      recording.add(client.tcp(.syn, sequence: 7 + number * 99), at: 5 * Double(number))
    }
    let poller = try #require(recording.document().regular.first)
    #expect(poller.source == "192.0.2.1" && poller.destination == "192.0.2.2:8080")
    #expect(abs(poller.seconds - 5) < 0.001 && poller.count == 60)
  }

  @Test func `later fragments count in the conversation of the first`() throws {
    var recording = Recording()
    let first = Datagram("192.0.2.1:40000", "192.0.2.2:9999", id: 77)
    recording.add(first.udp(kilobyte, fragment: 0x2000), at: 1)
    recording.add(first.ip(17, kilobyte, fragment: 0x00B9), at: 1.001)
    let document = recording.document()
    #expect(document.conversations.count == 1)
    let row = try #require(document.conversations.first)
    #expect(row.packets == 2 && row.fragments == 1 && row.fragmentBytes == 1020)
  }

  @Test func `more conversations than fit are merged, and no byte is lost`() throws {
    var limits = PacketLimits()
    limits.conversations = 64
    var recording = Recording(limits: limits)
    var bytes: UInt64 = 0
    for number in 0..<1000 {
      let packet = Datagram("192.0.2.\(number % 7):\(30_000 + number)", "198.51.100.1:443")
        .tcp(.syn, sequence: 5 + number)
      bytes += UInt64(packet.count)
      recording.add(packet, at: Double(number))
    }
    for number in 0..<50 {
      let packet = Datagram("192.0.2.9:50000", "198.51.100.1:443", id: number + 1)
        .tcp(.acknowledgment, sequence: 9000 + number * 1000, kilobyte)
      bytes += UInt64(packet.count)
      recording.add(packet, at: 1000 + Double(number))
    }
    let document = recording.document()
    #expect(document.distinctBytes == bytes && document.conversationCount == 1001)
    #expect(document.conversations.first?.flow.source.port == 50_000)
    #expect(document.sources.reduce(0) { $0 + $1.bytes } == bytes)
    #expect(document.notes.contains { $0.contains("did not fit") })
  }

  @Test func `a process is the one that had the pid when the packet was sent`() throws {
    var recording = Recording()
    var older = CapturedProcess()
    (older.pid, older.name, older.startTime) = (811, "squid", 50)
    var newer = older
    (newer.name, newer.startTime) = ("curl", 150)
    recording.add(
      Datagram("192.0.2.1:40000", "192.0.2.2:80").udp([1]), at: 100, remark: PacketRemark(pid: 811))
    recording.add(
      Datagram("192.0.2.1:40001", "192.0.2.2:80").udp([1]), at: 200, remark: PacketRemark(pid: 811))
    recording.add(
      Datagram("192.0.2.1:40002", "192.0.2.2:80").udp([1]), at: 10, remark: PacketRemark(pid: 811))
    let rows = recording.document(processes: [newer, older]).conversations
    let owners = Dictionary(uniqueKeysWithValues: rows.map { ($0.flow.source.port, $0.owner) })
    #expect(owners == [40_000: "squid (pid 811)", 40_001: "curl (pid 811)", 40_002: "pid 811"])
  }

  @Test(
    arguments: [
      ("PID: 1234\nCmd: /usr/bin/firefox\nArgs: firefox --no-sandbox\nParentPID: 500", "firefox (pid 1234)"),
      ("PID:77 Process:Web Content", "Web Content (pid 77)"), ("just a remark: PID unknown", nil),
    ] as [(String, String?)])
  func `processes in comments of other programs are read`(comment: String, owner: String?) throws {
    var recording = Recording()
    recording.add(
      Datagram("192.0.2.1:40000", "192.0.2.2:80").udp([1]), at: 100, remark: PacketRemark(comment: comment))
    #expect(recording.document().conversations.first?.owner == owner)
  }

  @Test(arguments: [
    ("192.0.2.1", 1), ("192.0.2.0/24", 2), ("192.0.2.2:53", 1), (":80", 1), ("pid:5", 0), ("198.51.100.1", 0),
    ("192.0.2.9:1-192.0.2.3:80", 1), ("192.0.2.3:80-192.0.2.9:1", 1),
  ]) func `a target selects conversations`(target: String, count: Int) {
    var recording = Recording(target)
    recording.add(Datagram("192.0.2.1:40000", "192.0.2.2:53").udp([1]), at: 1)
    recording.add(Datagram("192.0.2.9:1", "192.0.2.3:80").udp([1]), at: 1)
    #expect(recording.document().conversations.count == count)
  }
}
