internal import Flows

/// Sums packets by conversation, in bounded memory.
public struct ConversationTable: Sendable {
  private var records: [Flow: Record] = [:]
  private var twins = PacketTwins()
  public let limit: Int
  /// How many packets belong to conversations that did not fit.
  public private(set) var left: UInt64 = 0

  public init(limit: Int = 200_000) { self.limit = limit }

  /// Where a packet was captured; a router with NAT captures it twice.
  fileprivate struct Sighting: Hashable {
    var interface: UInt32
    var isOutgoing: Bool?
  }

  fileprivate struct Record {
    var conversation: Conversation
    /// Both directions of `conversation.flow` at each place with packets; usually there is one place.
    var counts: [(sighting: Sighting, traffic: Traffic, frames: UInt64)] = []

    mutating func reverse() {
      conversation.reverse()
      for index in counts.indices { counts[index].traffic = counts[index].traffic.reversed }
    }
  }

  /// Adds a packet with the header `layer`.
  ///
  /// - Parameters:
  ///   - dissected: the other headers; nil if only the layer is known.
  ///   - frame: the bytes, of which the first ones of the payload are examined.
  public mutating func add(
    _ layer: PacketLayer, of packet: CapturedPacket, _ dissected: DissectedPacket? = nil, frame: RawSpan? = nil
  ) {
    let key = layer.flow.unordered
    if records[key] == nil {
      guard records.count < limit else {
        left += 1
        return
      }
      records[key] = Record(
        conversation: Conversation(
          flow: layer.flow, beginning: .unknown, traffic: Traffic(), frameBytes: 0, firstPacket: packet.number,
          firstTime: packet.time, lastTime: packet.time, isClosed: false, translated: nil))
    }
    let sighting = Sighting(
      interface: dissected?.interface ?? UInt32(truncatingIfNeeded: packet.interface), isOutgoing: dissected?.isOutgoing
    )
    records[key]?.add(layer, of: packet, at: sighting, frame)
    twins.take(layer, packet, frame)
  }

  /// The conversations by frame bytes, largest first. Two that are one connection before and after a translation are
  /// joined.
  public var all: [Conversation] {
    var conversations = records.mapValues { $0.counted }
    // How many others each end talks to with one port.
    var others: [Service: Int] = [:]
    for key in records.keys where key.transport.hasPorts {
      others[Service(transport: key.transport, end: key.source), default: 0] += 1
      others[Service(transport: key.transport, end: key.destination), default: 0] += 1
    }
    for (key, conversation) in conversations where !conversation.beginning.isSeen {
      conversations[key]?.infer { others[Service(transport: key.transport, end: $0)] ?? 1 }
    }
    for (first, second, votes) in twins.pairs {
      guard let one = conversations[first], let other = conversations[second] else { continue }
      conversations[first] = Conversation(one, other, votes)
      conversations[second] = nil
    }
    return conversations.values.sorted { ($1.frameBytes, $0.firstPacket) < ($0.frameBytes, $1.firstPacket) }
  }

  private struct Service: Hashable {
    var transport: Transport
    var end: Endpoint
  }
}

extension ConversationTable.Record {
  fileprivate mutating func add(
    _ layer: PacketLayer, of packet: CapturedPacket, at sighting: ConversationTable.Sighting, _ frame: RawSpan?
  ) {
    tellBeginning(layer, frame)
    let bytes = UInt64(max(0, layer.length))
    let index: Int
    if let known = counts.firstIndex(where: { $0.sighting == sighting }) {
      index = known
    } else {
      // There are more interfaces than any host forwards a packet through; the last one also counts for the rest.
      if counts.count < 16 { counts.append((sighting, Traffic(), 0)) }
      index = counts.count - 1
    }
    if layer.flow.source == conversation.flow.source {
      counts[index].traffic.bytesOut += bytes
      counts[index].traffic.packetsOut += 1
    } else {
      counts[index].traffic.bytesIn += bytes
      counts[index].traffic.packetsIn += 1
    }
    counts[index].frames += UInt64(max(0, packet.wireLength))
    if let tcp = layer.tcp, !tcp.flags.isDisjoint(with: [.fin, .reset]) { conversation.isClosed = true }
    if let time = packet.time {
      conversation.firstTime = min(conversation.firstTime ?? time, time)
      conversation.lastTime = max(conversation.lastTime ?? time, time)
    }
  }

  /// Checks whether the packet shows the initiator.
  private mutating func tellBeginning(_ layer: PacketLayer, _ frame: RawSpan?) {
    guard !conversation.beginning.isSeen, let tcp = layer.tcp else { return }
    let isFromInitiator: Bool
    if tcp.opens || tcp.accepts {
      conversation.beginning = .handshake
      isFromInitiator = tcp.opens
    } else if conversation.beginning == .unknown, let frame, let message = FirstMessage(layer, frame) {
      conversation.beginning = .request(message.name)
      isFromInitiator = message.isClients
    } else {
      return
    }
    if (isFromInitiator ? layer.flow : layer.flow.reversed) != conversation.flow { reverse() }
  }

  /// The conversation with the traffic of the interface that had most of each direction; the other interfaces had the
  /// same packets.
  fileprivate var counted: Conversation {
    var result = conversation
    for count in counts {
      if count.traffic.bytesIn > result.traffic.bytesIn {
        (result.traffic.bytesIn, result.traffic.packetsIn) = (count.traffic.bytesIn, count.traffic.packetsIn)
      }
      if count.traffic.bytesOut > result.traffic.bytesOut {
        (result.traffic.bytesOut, result.traffic.packetsOut) = (count.traffic.bytesOut, count.traffic.packetsOut)
      }
      result.frameBytes += count.frames
    }
    return result
  }
}

extension Conversation {
  /// Concludes the initiator from the ports, if it was not seen.
  fileprivate mutating func infer(_ others: (Endpoint) -> Int) {
    guard beginning == .unknown, let found = Beginning.inferred(flow, others: others) else { return }
    beginning = found.beginning
    if found.service == flow.source { reverse() }
  }

  /// Joins two conversations that are one, translated between the two places where it was captured.
  fileprivate init(_ one: Conversation, _ other: Conversation, _ votes: PacketTwins.Votes) {
    // Both conversations have the same initiator, because the same packets show it where either is certain.
    var (one, other) = (one, other)
    if (one.flow == votes.first) != (other.flow == votes.second) {
      if other.beginning.isSurer(than: one.beginning) { one.reverse() } else { other.reverse() }
    }
    if other.beginning.isSurer(than: one.beginning) { one.beginning = other.beginning }
    // Packets from the initiator are captured before the translation first.
    let isForward = (one.flow == votes.first) == (votes.firstCame * 2 >= votes.packets)
    let (before, behind) = isForward ? (one, other) : (other, one)
    self = before
    beginning = one.beginning
    traffic = Traffic(
      bytesIn: max(before.traffic.bytesIn, behind.traffic.bytesIn),
      bytesOut: max(before.traffic.bytesOut, behind.traffic.bytesOut),
      packetsIn: max(before.traffic.packetsIn, behind.traffic.packetsIn),
      packetsOut: max(before.traffic.packetsOut, behind.traffic.packetsOut))
    frameBytes = max(before.frameBytes, behind.frameBytes)
    firstPacket = min(before.firstPacket, behind.firstPacket)
    firstTime = [before.firstTime, behind.firstTime].compactMap { $0 }.min()
    lastTime = [before.lastTime, behind.lastTime].compactMap { $0 }.max()
    isClosed = before.isClosed || behind.isClosed
    translated = Translated(
      flow: behind.flow, packet: votes.example.0, twin: votes.example.1, packets: votes.packets)
  }
}
