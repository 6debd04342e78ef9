import Capture
import Documents
import Flows
import Packets
import Testing

/// The blocks that a capture is written as, read back.
@Suite struct CaptureRecorderTests {
  private func recorder() -> CaptureRecorder {
    CaptureRecorder(link: .raw, longest: 0, target: nil, label: "t.pcapng", application: "test", system: "Linux")
  }

  private func read(_ bytes: [UInt8]) throws -> (packets: [CapturedPacket], reader: CaptureReader) {
    var reader = CaptureReader()
    var packets: [CapturedPacket] = []
    _ = try reader.receive(bytes.span.bytes) { packet, _ in
      packets.append(packet)
      return true
    }
    try reader.end()
    return (packets, reader)
  }

  /// Two packets of two processes, the second of which becomes known later.
  private func written() throws -> (bytes: [UInt8], recorder: CaptureRecorder) {
    var recorder = recorder()
    var bytes = recorder.start()
    recorder.add(.init(name: "eth0", description: "eth0 in container web, netns 4"), to: &bytes)
    for (number, pid) in [Int32(811), 812].enumerated() {
      let frame = Datagram("192.0.2.1:\(40000 + number)", "192.0.2.2:443").tcp(.syn)
      let dissected = Dissector.dissect(frame.span.bytes, link: .raw, wireLength: frame.count)
      var finding = PacketAttribution.Finding()
      (finding.owner, finding.isSender) = (number, true)
      let owner = Owner(
        process: Process(
          pid: pid, startTime: 1_700_000_000.25, name: "curl", executable: "/usr/bin/curl", command: ["curl", "-v"],
          uid: 13, user: "proxy"), container: Container(runtime: "docker", id: "abcdef0123456789", name: "web"))
      recorder.append(
        .init(
          time: 1_700_000_001_000_000_007 + UInt64(number), wireLength: frame.count + 1000, isOutgoing: false,
          finding: finding, owner: owner, name: nil),
        frame[...], at: 0, dissected, to: &bytes)
    }
    for (address, name) in [("192.0.2.1", "VPN client edge-1"), ("2001:db8::7", "seven")] {
      recorder.call(try #require(IPAddress(address)), name)
    }
    bytes += recorder.finish(dropped: 5)
    return (bytes, recorder)
  }

  @Test func `packets are read back with their process, direction, lengths and comment`() throws {
    let (bytes, recorder) = try written()
    let (packets, reader) = try read(bytes)
    #expect(packets.count == 2 && packets.map(\.remark?.pid) == [811, 812])
    // As the named process sees it, not as the interface does.
    #expect(packets.allSatisfy { $0.remark?.isOutgoing == true })
    #expect(packets.allSatisfy { $0.wireLength == $0.capturedLength + 1000 })
    #expect(packets.first?.remark?.comment == "curl (pid 811) in container web sends; observed")
    let process = try #require(reader.processes.first)
    #expect(process.pid == 811 && process.name == "curl" && process.path == "/usr/bin/curl")
    #expect(process.command == ["curl", "-v"] && process.uid == 13 && process.user == "proxy")
    #expect(abs(try #require(process.startTime) - 1_700_000_000.25) < 1e-6)
    #expect(process.comment == "container web (docker abcdef012345)")
    #expect(reader.interfaces.first?.name == "eth0" && reader.interfaces.first?.dropped == 5)
    #expect(recorder.packets == 2 && recorder.owned == 2)
    #expect(reader.names[try #require(IPAddress("192.0.2.1"))] == "VPN client edge-1")
    #expect(reader.names[try #require(IPAddress("2001:db8::7"))] == "seven" && reader.names.count == 2)
    let document = recorder.document(PacketReport.Options(), dropped: 5)
    #expect(document.answer?.text.hasPrefix("192.0.2.1 (VPN client edge-1) is the source") == true)
    #expect(document.packets == 2 && document.files.first?.dropped == 5)
    #expect(document.conversations.compactMap(\.owner).allSatisfy { $0.contains("curl (pid 81") })
  }

  @Test func `what belongs in front of all packets can be brought there without losing a byte`() throws {
    let (bytes, recorder) = try written()
    #expect(recorder.isOutOfOrder)
    var rest = bytes
    for range in recorder.early.reversed() { rest.removeSubrange(Int(range.lowerBound)..<Int(range.upperBound)) }
    let front = recorder.front + rest
    #expect(front.count == bytes.count)
    let (one, other) = (try read(bytes), try read(front))
    #expect(one.packets == other.packets && one.reader.processes == other.reader.processes)
    #expect(other.reader.processes.count == 2)
    var first: Int?
    var reader = CaptureReader()
    _ = try reader.receive(recorder.front.span.bytes) { _, _ in
      first = 0
      return true
    }
    #expect(first == nil && reader.processes.count == 2 && reader.interfaces.count == 1)
  }

  @Test func `a file that ends after any block is whole up to there`() throws {
    let (bytes, _) = try written()
    var end = 0
    while end < bytes.count {
      end += Int(bytes[end + 4]) | Int(bytes[end + 5]) << 8
      #expect(throws: Never.self) { try read(Array(bytes[..<end])) }
    }
    #expect(end == bytes.count)
  }
}
