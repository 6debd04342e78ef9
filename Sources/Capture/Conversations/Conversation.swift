public import Flows

/// What two ends said to each other in a recording, both directions together.
public struct Conversation: Hashable, Sendable {
  /// From the initiator, as far as it is known; otherwise from the sender of the first packet.
  public var flow: Flow
  /// Who began was seen: TCP's first packet, or its answer.
  public var isInitiatorKnown: Bool
  /// Network-layer bytes and packets; "out" is from `flow.source`.
  public var traffic: Traffic
  /// Bytes of whole frames, as captures count them: on the wire, both directions.
  public var frameBytes: UInt64
  /// The number of the first packet in its file.
  public var firstPacket: UInt64
  /// Seconds since 1970, UTC; nil where the packets have no time.
  public var firstTime: Double?
  public var lastTime: Double?
  /// TCP's end was seen.
  public var isClosed: Bool
}

/// Adds packets up to conversations, in bounded memory.
public struct ConversationTable: Sendable {
  private var conversations: [Flow: Conversation] = [:]
  public let limit: Int
  /// Packets of conversations that found no room.
  public private(set) var left: UInt64 = 0

  public init(limit: Int = 200_000) { self.limit = limit }

  /// Adds a packet that `layer` is of.
  public mutating func add(_ layer: PacketLayer, of packet: CapturedPacket) {
    let key = layer.flow.unordered
    if conversations[key] == nil {
      guard conversations.count < limit else {
        left += 1
        return
      }
      conversations[key] = Conversation(
        flow: layer.flow, isInitiatorKnown: false, traffic: Traffic(), frameBytes: 0, firstPacket: packet.number,
        firstTime: packet.time, lastTime: packet.time, isClosed: false)
    }
    conversations[key]?.add(layer, of: packet)
  }

  /// By frame bytes, largest first.
  public var all: [Conversation] {
    conversations.values.sorted { ($1.frameBytes, $0.firstPacket) < ($0.frameBytes, $1.firstPacket) }
  }
}

extension Conversation {
  fileprivate mutating func add(_ layer: PacketLayer, of packet: CapturedPacket) {
    if let tcp = layer.tcp, !isInitiatorKnown, tcp.opens || tcp.accepts {
      let initiator = tcp.opens ? layer.flow : layer.flow.reversed
      if initiator != flow {
        flow = initiator
        traffic = traffic.reversed
      }
      isInitiatorKnown = true
    }
    let bytes = UInt64(max(0, layer.length))
    if layer.flow.source == flow.source {
      traffic.bytesOut += bytes
      traffic.packetsOut += 1
    } else {
      traffic.bytesIn += bytes
      traffic.packetsIn += 1
    }
    frameBytes += UInt64(max(0, packet.wireLength))
    if let tcp = layer.tcp, !tcp.flags.isDisjoint(with: [.fin, .reset]) { isClosed = true }
    if let time = packet.time {
      firstTime = min(firstTime ?? time, time)
      lastTime = max(lastTime ?? time, time)
    }
  }
}
