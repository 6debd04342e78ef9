import Capture
import Documents
import Flows
import Packets

/// Packets that are made field by field and counted.
struct Recording {
  private var tally: PacketTally
  private var number: UInt64 = 0
  private var source: PacketSource
  private let text: String?

  init(_ target: String? = nil, limits: PacketLimits = PacketLimits()) {
    tally = PacketTally(target: target.flatMap { PacketTarget($0) }, limits: limits)
    source = PacketSource(number: 0, label: "t.pcap", isAlone: true, lane: 0)
    text = target
  }

  /// A packet of raw IP.
  ///
  /// - Parameter captured: how many of its bytes are in the file; nil for all.
  mutating func add(
    _ packet: [UInt8], at time: Double, interface: Int = 0, remark: PacketRemark? = nil, captured: Int? = nil
  ) {
    number += 1
    let bytes = Array(packet.prefix(captured ?? packet.count))
    tally.take(
      CapturedPacket(
        number: number, time: time, link: .raw, wireLength: packet.count, capturedLength: bytes.count,
        interface: interface, remark: remark), bytes.span.bytes, of: source)
  }

  func document(processes: [CapturedProcess] = []) -> PacketsDocument {
    var options = PacketReport.Options()
    options.targetText = text
    let file = PacketReport.File(
      document: PacketsFile(
        path: "t.pcap", packets: number, bytes: 0, first: nil, last: nil, dropped: nil, failure: nil,
        failureOffset: nil),
      processes: processes)
    return PacketReport(tally, files: [file], options: options).document
  }
}

/// An IP packet: `Datagram("192.0.2.1:40000", "192.0.2.2:443").tcp(…)`. The family is that of the addresses.
struct Datagram {
  let source: Endpoint
  let destination: Endpoint
  var identification = 0

  init(_ source: String, _ destination: String, id: Int = 0) {
    let none = Endpoint(.anyV4, 0)
    self.source = Endpoint(source) ?? none
    self.destination = Endpoint(destination) ?? none
    identification = id
  }

  static func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  func ip(_ transport: UInt8, _ payload: [UInt8], fragment: Int = 0) -> [UInt8] {
    let ends = source.address.networkOrder + destination.address.networkOrder
    guard source.address.isV4 else {
      return [0x60, 0, 0, 0] + Self.number(payload.count, 2) + [transport, 64] + ends + payload
    }
    return [0x45, 0] + Self.number(20 + payload.count, 2) + Self.number(identification, 2) + Self.number(fragment, 2)
      + [64, transport, 0, 0] + ends + payload
  }

  func tcp(
    _ flags: TCPHeader.Flags, sequence: Int = 1000, acknowledgment: Int = 2000, _ payload: [UInt8] = []
  ) -> [UInt8] {
    ip(
      6,
      Self.number(Int(source.port), 2) + Self.number(Int(destination.port), 2) + Self.number(sequence, 4)
        + Self.number(acknowledgment, 4) + [0x50, flags.rawValue, 0xFF, 0xFF, 0, 0, 0, 0] + payload)
  }

  func udp(_ payload: [UInt8], fragment: Int = 0) -> [UInt8] {
    ip(
      17,
      Self.number(Int(source.port), 2) + Self.number(Int(destination.port), 2) + Self.number(8 + payload.count, 2)
        + [0, 0] + payload, fragment: fragment)
  }
}
