public import Capture
public import Documents
public import Flows

/// Writes captured packets with their owners as blocks of a pcapng file, and counts them for the answer at the end.
///
/// A process's block comes in front of its first packet. `front` has all that belongs in front of a whole file's packets.
public struct CaptureRecorder: Sendable {
  /// A place of capture.
  public struct Source: Hashable, Sendable {
    public var name: String
    public var description: String

    public init(name: String, description: String) {
      self.name = name
      self.description = description
    }
  }

  /// A packet to be written.
  public struct Packet: Sendable {
    /// Nanoseconds since 1970.
    public var time: UInt64
    public var wireLength: Int
    public var isOutgoing: Bool
    public var finding: PacketAttribution.Finding
    public var owner: Owner?
    /// The name that its flow asked for.
    public var name: FlowName?
    /// Its number, the same at all places; nil where there is one place.
    public var identity: UInt64?

    public init(
      time: UInt64, wireLength: Int, isOutgoing: Bool, finding: PacketAttribution.Finding, owner: Owner?,
      name: FlowName?
    ) {
      self.time = time
      self.wireLength = wireLength
      self.isOutgoing = isOutgoing
      self.finding = finding
      self.owner = owner
      self.name = name
    }
  }

  private static let commentLimit = 100_000

  private let link: LinkType
  private let longest: Int
  private var writer = CaptureWriter()
  private var interfaces: [CaptureInterface] = []
  private var counts: [UInt64] = []
  private var written: Set<Int> = []
  private var processes: [CapturedProcess] = []
  private var remarked: Set<Flow> = []
  private var tally: PacketTally
  private let source: PacketSource
  public private(set) var packets: UInt64 = 0
  public private(set) var bytes: UInt64 = 0
  /// How many packets had a process.
  public private(set) var owned: UInt64 = 0
  private var first = Double.infinity
  private var last = -Double.infinity
  /// The section's header, all interfaces and all processes.
  public private(set) var front: [UInt8]
  /// Where in the stream blocks are that belong to the front: offset and length.
  public private(set) var early: [Range<UInt64>] = []
  private var position: UInt64 = 0
  /// Whether a packet was written before a block that belongs in front.
  public private(set) var isOutOfOrder = false
  private var names: [IPAddress: String] = [:]

  /// - Parameters:
  ///   - label: the file's name.
  ///   - longest: the most bytes of a packet; 0 for all.
  public init(link: LinkType, longest: Int, target: PacketTarget?, label: String, application: String, system: String) {
    self.link = link
    self.longest = longest
    tally = PacketTally(target: target)
    source = PacketSource(number: 0, label: label, isAlone: true, lane: 0)
    front = writer.section(system: system, application: application)
  }

  /// The beginning of the stream.
  public mutating func start() -> [UInt8] {
    var blocks: [UInt8] = []
    put(front, into: &blocks)
    return blocks
  }

  /// Describes a place of capture; its number is how many were described before.
  public mutating func add(_ place: Source, to blocks: inout [UInt8]) {
    let block = writer.interface(link, longest: longest, name: place.name, description: place.description)
    var interface = CaptureInterface(link: link, longest: longest)
    (interface.name, interface.description) = (place.name, place.description)
    interfaces.append(interface)
    counts.append(0)
    front += block
    put(block, into: &blocks)
  }

  private mutating func put(_ block: [UInt8], into blocks: inout [UInt8]) {
    let offset = position + UInt64(blocks.count)
    early.append(offset..<offset + UInt64(block.count))
    if packets > 0 { isOutOfOrder = true }
    blocks += block
  }

  /// Appends a packet to `blocks`, and its process if that is new.
  ///
  /// - Parameters:
  ///   - number: of its place of capture.
  ///   - dissected: its headers.
  public mutating func append(
    _ packet: Packet, _ frame: ArraySlice<UInt8>, at number: Int, _ dissected: DissectedPacket, to blocks: inout [UInt8]
  ) {
    let layer = dissected.innermost
    let time = Double(packet.time / 1_000_000_000) + Double(packet.time % 1_000_000_000) / 1e9
    if let owner = packet.finding.owner, let described = packet.owner, written.insert(owner).inserted,
      let process = CapturedProcess(described, before: time)
    {
      let block = writer.process(process)
      processes.append(process)
      front += block
      put(block, into: &blocks)
    }
    var remark = PacketRemark()
    remark.pid = packet.owner?.process.flatMap { UInt32(exactly: $0.pid) }
    if remark.pid != nil { owned += 1 }
    remark.isOutgoing = packet.finding.isSender ?? packet.isOutgoing
    if let layer, remarked.count < Self.commentLimit, remarked.insert(layer.flow.unordered).inserted {
      remark.comment = Self.comment(packet, layer)
      if let name = packet.name, let text = name.name, names.count < 50_000 {
        names[name.flow.destination.address] = text
      }
    }
    writer.append(
      frame, interface: number, time: packet.time, wireLength: packet.wireLength, remark: remark,
      identity: packet.identity, to: &blocks)
    packets += 1
    bytes &+= UInt64(packet.wireLength)
    counts[number] += 1
    (first, last) = (min(first, time), max(last, time))
    var plain = remark
    plain.comment = nil
    var source = source
    source.interfaces = interfaces
    let captured = CapturedPacket(
      number: packets, time: time, link: link, wireLength: packet.wireLength, capturedLength: frame.count,
      interface: number, remark: plain)
    tally.take(captured, frame.span.bytes, dissected, of: source)
  }

  /// Tells how many bytes of `append`'s blocks were passed on.
  public mutating func wrote(_ count: Int) { position += UInt64(count) }

  private static func comment(_ packet: Packet, _ layer: PacketLayer) -> String? {
    var parts: [String] = []
    if let title = packet.owner?.shortTitle {
      parts.append("\(title) \(packet.finding.isSender == true ? "sends" : "receives"); observed")
    } else if let reason = packet.finding.reason {
      parts.append("process unknown: \(reason)")
    }
    if let name = packet.name?.name { parts.append("for \(name)") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// Names an address, for the end of the stream and the answer.
  public mutating func call(_ address: IPAddress, _ name: String) { names[address] = name }

  /// The end of the stream: names, and the sums of each place.
  ///
  /// - Parameter dropped: how many packets were lost.
  public func finish(dropped: UInt64) -> [UInt8] {
    var blocks = writer.names(names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    let end = last.isFinite ? last : 0
    for number in interfaces.indices {
      // Which interface they came by is not known, so they stand with the first.
      blocks += writer.statistics(
        interface: number, time: end, received: counts[number], dropped: number == 0 ? dropped : 0)
    }
    return blocks
  }

  /// What `headwater pcap` says of the packets until now.
  public func document(_ options: PacketReport.Options, dropped: UInt64) -> PacketsDocument {
    let file = PacketsFile(
      path: source.label, packets: packets, bytes: bytes, first: PacketReport.text(first),
      last: PacketReport.text(last),
      dropped: dropped, failure: nil, failureOffset: nil)
    return PacketReport(
      tally, files: [PacketReport.File(document: file, processes: processes, names: names)], options: options
    )
    .document
  }
}
