internal import Capture
internal import Flows

/// A capture file in the evidence: the conversations in it, and the names they asked for.
struct RecordedCapture: Sendable {
  var place: EvidencePlace
  /// The file's path within the bundle.
  var file: String
  /// The conversations as the place's own packets show them (the outer flow for a tunnel's packets), largest first.
  var conversations: [Conversation]
  var names: [FlowName]
  var answers: [NameAnswer]
  /// Seconds since 1970, UTC; nil if no packet has a time.
  var window: ClosedRange<Double>?
  var packets: UInt64
  /// How many of them carry other packets in a tunnel.
  var tunnelled: UInt64
  /// Addresses from which the capturing host sent packets (according to `tcpdump -i any`) and never received any: its
  /// own.
  var senders: Set<IPAddress>
  /// Private addresses whose packets came through a device without link addresses, so that they are behind a tunnel.
  var tunnelClients: Set<IPAddress> = []
  /// Whether everything was captured on a tunnel's device.
  var isOfTunnel = false
  /// What is wrong with the file, or was left out.
  var notes: [Note]
  /// Whether it is a text, with lines in place of packets.
  var isText = false
  /// The word of a firewall's log that says that a flow's packets were stopped, and the line.
  var stopped: [Flow: String] = [:]

  /// Nil if `file` is no capture.
  init?(_ file: HostFolder.File) {
    guard file.file.isCapture else { return nil }
    place = file.place
    self.file = file.path
    notes = []
    var table = ConversationTable()
    var reader = NameReader()
    var packets: UInt64 = 0
    var tunnelled: UInt64 = 0
    var window: ClosedRange<Double>?
    var links: Set<LinkType> = []
    var sent: Set<IPAddress> = []
    var received: Set<IPAddress> = []
    var behind: Set<IPAddress> = []
    var isRead = false
    do throws(CaptureFileError) {
      try file.file.packets { packet, frame in
        let dissected = Dissector.dissect(frame, link: packet.link, wireLength: packet.wireLength)
        packets += 1
        links.insert(packet.link)
        if dissected.inner != nil { tunnelled += 1 }
        if let layer = dissected.outer {
          isRead = true
          table.add(layer, of: packet, dissected, frame: frame)
          let source = layer.flow.source.address
          if let isOutgoing = dissected.isOutgoing, source != layer.flow.destination.address {
            if isOutgoing, sent.count < 10_000 { sent.insert(source) }
            if !isOutgoing, received.count < 100_000 { received.insert(source) }
            if !isOutgoing, dissected.isWithoutLink, behind.count < 10_000, Self.isInside(source) {
              behind.insert(source)
            }
          }
        }
        if let time = packet.time {
          window = min(window?.lowerBound ?? time, time)...max(window?.upperBound ?? time, time)
        }
        reader.take(frame, dissected, time: packet.time ?? 0)
        return true
      }
    } catch {
      notes.append(Note(.error, "\(file.path): \(error); the packets before it are used"))
    }
    reader.finish()
    (names, answers) = reader.drain()
    conversations = table.all
    senders = received.count < 100_000 ? sent.subtracting(received) : []
    tunnelClients = behind
    isOfTunnel = !links.isEmpty && links.isSubset(of: [.raw, .rawBSD, .rawOpenBSD, .ipv4, .ipv6])
    self.window = window
    self.packets = packets
    self.tunnelled = tunnelled
    if packets > 0, !isRead {
      let types = links.map { "\($0.rawValue)" }.sorted().joined(separator: ", ")
      notes.append(Note(.partial, "\(file.path) has no IP packets that can be read (link type \(types))"))
    }
    if tunnelled > 0 {
      notes.append(
        Note(
          .detail, "\(file.path): \(tunnelled) of its packets carry others in a tunnel; their outer flows are traced"))
    }
    if table.left > 0 {
      notes.append(Note(.partial, "\(file.path) has too many conversations: \(table.left) packets are left out"))
    }
    if reader.dropped > 0 {
      notes.append(Note(.partial, "\(file.path) has too many handshakes at once: \(reader.dropped) were left out"))
    }
  }

  /// The packets that a text prints.
  init(_ packets: [Evident<PrintedPacket>], of file: String, at place: EvidencePlace) {
    self.place = place
    self.file = file
    isText = true
    var table = ConversationTable()
    var devices: [String: UInt32] = [:]
    var sent: Set<IPAddress> = []
    var received: Set<IPAddress> = []
    for packet in PrintedPacket.numbered(packets) {
      let value = packet.value
      let layer = PacketLayer(printed: value.flow, length: value.length, tcp: value.tcp)
      var place = DissectedPacket()
      place.isOutgoing = value.isOutgoing
      if let name = value.interface {
        let number = devices[name] ?? UInt32(devices.count + 1)
        devices[name] = number
        place.interface = number
      }
      table.add(
        layer,
        of: CapturedPacket(
          number: UInt64(max(0, packet.source.line)), time: value.time, link: .raw,
          wireLength: value.length, capturedLength: 0, interface: 0), place)
      let source = value.flow.source.address
      if value.isOutgoing == true { sent.insert(source) }
      if value.isOutgoing == false {
        received.insert(source)
        if value.interface.map(Self.namesTunnel) == true, Self.isInside(source) { tunnelClients.insert(source) }
      }
    }
    conversations = table.all
    (names, answers, notes, tunnelled) = ([], [], [], 0)
    // A connection of which a packet's length is not known has no known amount.
    let unknown = Set(packets.filter(\.value.isLengthUnknown).map { $0.value.flow.unordered })
    for index in conversations.indices
    where conversations[index].names.contains(where: { unknown.contains($0.unordered) }) {
      conversations[index].traffic = Traffic()
    }
    let passed = Set(packets.filter { $0.value.verdict == nil }.map { $0.value.flow.unordered })
    for packet in packets {
      guard let word = packet.value.verdict, !passed.contains(packet.value.flow.unordered) else { continue }
      stopped[packet.value.flow.unordered] = "\(packet.source) says \(word): the packet was stopped and reached nobody"
    }
    senders = sent.subtracting(received)
    isOfTunnel = !packets.isEmpty && packets.allSatisfy { $0.value.interface.map(Self.namesTunnel) == true }
    self.packets = UInt64(packets.count)
    let times = packets.compactMap(\.value.time)
    window = times.min().flatMap { first in times.max().map { first...$0 } }
  }

  private static func isInside(_ address: IPAddress) -> Bool {
    address.scope == .privateUse || address.scope == .shared
  }

  /// Whether its times are times since 1970. Those of a text without a date are times of day.
  var isDated: Bool { window.map { $0.lowerBound >= 1e8 } ?? false }

  /// Whether the name is that of a tunnel's device: `tun0`, `wg-office`.
  private static func namesTunnel(_ name: String) -> Bool {
    let start = name.prefix { $0.isLetter }
    return ["tun", "utun", "wg", "tailscale", "ovpn"].contains(String(start))
  }

  /// The capturing host's addresses, as far as the capture shows them.
  var ownAddresses: [IPAddress] { senders.isEmpty ? commonAddress.map { [$0] } ?? [] : senders.sorted() }

  /// The only address that takes part in all conversations between single hosts, if there are at least three.
  private var commonAddress: IPAddress? {
    let flows = conversations.map(\.flow).filter { flow in
      ![flow.source.address, flow.destination.address].contains { $0.isMulticastOrBroadcast || $0.isUnspecified }
    }
    guard flows.count >= 3, let first = flows.first else { return nil }
    let common = flows.dropFirst().reduce([first.source.address, first.destination.address] as Set) { common, flow in
      common.intersection([flow.source.address, flow.destination.address])
    }
    return common.count == 1 ? common.first : nil
  }
}

extension Conversation {
  /// All tuples of the conversation, before and after a translation.
  var names: [Flow] { [flow] + (translated.map { [$0.flow] } ?? []) }

  /// Merges the same conversation from another capture of the same place: added if it is from another time, otherwise
  /// the more complete one is kept.
  mutating func merge(_ other: Conversation) {
    var other = other
    // The one with the stronger reason determines the initiator.
    if other.flow.source != flow.source, other.flow.unordered == flow.unordered {
      if other.beginning.isSurer(than: beginning) {
        flow = other.flow
        traffic = traffic.reversed
        translated = other.translated
      } else {
        other.flow = flow
        other.traffic = other.traffic.reversed
      }
    }
    if other.beginning.isSurer(than: beginning) { beginning = other.beginning }
    // Times of day and times since 1970 can't be compared: the larger count is kept.
    let isComparable = ((firstTime ?? 0) < 1e8) == ((other.firstTime ?? 0) < 1e8)
    let overlaps =
      !isComparable || (firstTime ?? 0) <= (other.lastTime ?? 0) && (other.firstTime ?? 0) <= (lastTime ?? 0)
    if overlaps {
      if other.traffic.bytes > traffic.bytes { traffic = other.traffic }
    } else {
      traffic += other.traffic
    }
    translated = translated ?? other.translated
    isClosed = isClosed || other.isClosed
    firstTime = [firstTime, other.firstTime].compactMap { $0 }.min()
    lastTime = [lastTime, other.lastTime].compactMap { $0 }.max()
  }
}
