import Capture
import Documents
import Flows
import Foundation
import Lab
import Packets
import Testing

@Suite struct PacketFilesTests {
  private func packet(_ number: Int) -> [UInt8] {
    Datagram("192.0.2.1:40000", "192.0.2.2:443", id: number)
      .tcp(.acknowledgment, sequence: number * 1000, [UInt8](repeating: 1, count: 500))
  }

  private func file(_ numbers: ClosedRange<Int>, name: String = "eth0", later: Double = 0) -> [UInt8] {
    var writer = CaptureWriter()
    var bytes = writer.section(application: "test")
    bytes += writer.interface(.raw, longest: 0, name: name)
    for number in numbers {
      let packet = packet(number)
      bytes += writer.packet(packet, interface: 0, time: Double(number) + later, wireLength: packet.count)
    }
    return bytes
  }

  private func read(_ files: [[UInt8]]) throws -> PacketsDocument {
    let folder = try TemporaryFolder()
    var paths: [String] = []
    for (number, bytes) in files.enumerated() {
      paths.append("\(folder.path)/\(number).pcapng")
      try Data(bytes).write(to: URL(fileURLWithPath: paths[number]))
    }
    var tally = PacketTally()
    let reading = PacketFiles(paths)
    reading.read(into: &tally)
    return PacketReport(tally, files: reading.reports(&tally)).document
  }

  @Test func `the files of a ring are added, in any order`() throws {
    let document = try read([file(11...20), file(1...10)])
    let row = try #require(document.conversations.first)
    #expect(row.packets == 20 && row.retransmissionsOut == 0)
    #expect(document.interfaces.map(\.packets) == [20])
    #expect(document.files.map(\.packets) == [10, 10])
  }

  @Test func `the same packets in files of the same time count once`() throws {
    let document = try read([file(1...10), file(1...10, later: 0.000_1)])
    let row = try #require(document.conversations.first)
    #expect(row.packets == 10 && row.capturedPackets == 20)
    #expect(document.interfaces.map(\.packets) == [10, 10])
  }

  @Test func `a file that was given before is read once, whatever its name`() throws {
    let folder = try TemporaryFolder()
    let names = ["a", "copy", "other", "link"].map { "\(folder.path)/\($0).pcapng" }
    for (name, bytes) in zip(names, [file(1...2000), file(1...2000), file(1...2000, later: 0.000_1)]) {
      try Data(bytes).write(to: URL(fileURLWithPath: name))
    }
    try FileManager.default.createSymbolicLink(atPath: names[3], withDestinationPath: names[2])
    let distinct = DistinctFiles(names + [names[0], "\(folder.path)/none"])
    #expect(distinct.paths == [names[0], names[2], "\(folder.path)/none"])
    #expect(distinct.notes.count == 3 && distinct.notes[0].contains("copy.pcapng has the same content as"))
  }

  @Test func `files that grow are read on, each by itself`() throws {
    let folder = try TemporaryFolder()
    let paths = ["\(folder.path)/a.pcapng", "\(folder.path)/b.pcapng"]
    let (whole, other) = (file(1...10), file(21...22))
    let cut = whole.count - 700
    try Data(whole[..<cut]).write(to: URL(fileURLWithPath: paths[0]))
    try Data(other).write(to: URL(fileURLWithPath: paths[1]))
    var tally = PacketTally()
    let reading = PacketFiles(paths, mayGrow: true)
    func packets() -> UInt64 {
      var copy = tally
      return PacketReport(tally, files: reading.reports(&copy)).document.packets
    }
    #expect(reading.read(into: &tally))
    #expect(packets() == 8 + 2)
    let end = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
    try end.seekToEnd()
    try end.write(contentsOf: Data(whole[cut...]))
    try end.close()
    #expect(reading.read(into: &tally))
    #expect(packets() == 12)
  }

  @Test func `a damaged file is read up to the damage, which has its offset`() throws {
    let good = file(1...10)
    var bytes = good + file(11...12).dropFirst(60)
    bytes[good.count + 4] = 3
    let document = try read([bytes])
    #expect(document.packets >= 10)
    let failure = try #require(document.files.first?.failure)
    #expect(failure.contains("byte") && document.notes.contains { $0.contains(failure) })
    let cut = try read([Array(good.dropLast(30))])
    #expect(cut.packets == 9 && cut.files.first?.failureOffset != nil)
  }

  @Test func `processes that were written are read again`() throws {
    var writer = CaptureWriter()
    var process = CapturedProcess()
    (process.pid, process.name, process.path, process.command) = (811, "squid", "/usr/sbin/squid", ["squid", "-N"])
    (process.parent, process.uid, process.user, process.startTime) = (1, 13, "proxy", 1000.25)
    process.comment = "container openvpn"
    var bytes = writer.section(application: "test") + writer.process(process)
    bytes += writer.interface(.raw, longest: 0, name: "eth0", description: "in container openvpn")
    let frame = packet(1)
    bytes += writer.packet(
      frame, interface: 0, time: 2000, wireLength: 9000,
      remark: PacketRemark(pid: 811, comment: "hello", isOutgoing: true))
    bytes += writer.statistics(interface: 0, time: 2001, received: 1, dropped: 5)
    var reader = CaptureReader()
    var packets: [CapturedPacket] = []
    _ = try reader.receive(bytes.span.bytes) { packet, read in
      packets.append(packet)
      return read.byteCount == frame.count
    }
    try reader.end()
    #expect(reader.processes == [process])
    #expect(packets.first?.remark == PacketRemark(pid: 811, comment: "hello", isOutgoing: true))
    #expect(packets.first?.wireLength == 9000 && packets.first?.time == 2000)
    #expect(reader.interfaces.first?.name == "eth0" && reader.interfaces.first?.dropped == 5)
    let document = try read([bytes])
    #expect(document.conversations.first?.owner == "squid (pid 811), container openvpn")
    #expect(document.notes.contains { $0.contains("lost 5 packets") })
  }

  @Test func `the packets of a row are copied into a file that is read again`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/all.pcapng"
    var writer = CaptureWriter()
    var bytes = writer.section(application: "test")
    bytes += writer.interface(.raw, longest: 0, name: "eth0")
    for number in 1...10 {
      let frame = number % 2 == 0 ? packet(number) : Datagram("192.0.2.7:5", "192.0.2.8:6").udp([1])
      bytes += writer.packet(frame, interface: 0, time: Double(number), wireLength: frame.count)
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    var tally = PacketTally()
    let reading = PacketFiles([path])
    reading.read(into: &tally)
    let report = PacketReport(tally, files: reading.reports(&tally))
    let flows = try #require(report.flows(of: 1, in: .conversations, of: report.document))
    var extract = PacketExtract(flows)
    var copy = extract.start(application: "test")
    extract.copy(path) { blocks in
      copy += blocks
      return true
    }
    #expect(extract.packets == 5 && extract.failures.isEmpty)
    let document = try read([copy])
    #expect(document.conversations.map { "\($0.flow.destination)" } == ["192.0.2.2:443"])
    #expect(document.interfaces.map(\.name) == ["eth0"])
  }
}
