internal import Flows

/// Finds packets that were captured twice: before and after a translation, which changes only addresses and ports.
///
/// A TCP segment keeps its sequence numbers. Other packets keep IPv4's identification and their payload. Memory is
/// bounded: a packet is compared with the latest ones.
struct PacketTwins: Sendable {
  /// The evidence that two flows are one.
  struct Votes: Sendable {
    /// The flow in which packets of the one, and of the other, were sent.
    var first: Flow
    var second: Flow
    var packets: UInt64 = 0
    /// How many packets in the direction of `first` were captured as `first` before they were captured as `second`.
    var firstCame: UInt64 = 0
    /// The numbers of the first pair of packets: as `first`, as `second`.
    var example: (UInt64, UInt64)
    /// Whether TCP's numbers were compared, which are 64 bits.
    var isSure: Bool

    /// Counts a packet that was captured as `earlier` and then as `later`.
    mutating func count(_ earlier: Flow, _ later: Flow) {
      switch (earlier, later) {
      case (first, second): firstCame += 1
      // In the other direction the translated packet is captured first.
      case (second.reversed, first.reversed): firstCame += 1
      case (second, first), (first.reversed, second.reversed): break
      default: return
      }
      packets += 1
    }
  }

  private enum Content: Hashable {
    case segment(sequence: UInt32, acknowledgment: UInt32, isOpening: Bool)
    case datagram(transport: UInt8, identification: UInt16, length: Int, start: UInt64)
  }

  /// Two conversations, in any order and direction.
  private struct Pair: Hashable {
    let ends: Set<Flow>
    init(_ one: Flow, _ other: Flow) { ends = [one.unordered, other.unordered] }
  }

  private static let latest = 8192
  private static let pairLimit = 50_000
  /// The longest time in seconds that a packet needs to pass a host.
  private static let passage = 1.0

  private var seen: [Content: (flow: Flow, number: UInt64, time: Double)] = [:]
  private var order: [Content] = []
  private var next = 0
  private var votes: [Pair: Votes] = [:]

  mutating func take(_ layer: PacketLayer, _ packet: CapturedPacket, _ frame: RawSpan?) {
    guard let content = Self.content(layer, frame) else { return }
    let time = packet.time ?? 0
    guard let before = seen[content], abs(time - before.time) <= Self.passage else {
      remember(content, (layer.flow, packet.number, time))
      return
    }
    guard before.flow != layer.flow, Self.mayBeOne(before.flow, layer.flow) else { return }
    let key = Pair(before.flow, layer.flow)
    if votes[key] == nil {
      guard votes.count < Self.pairLimit else { return }
      votes[key] = Votes(
        first: before.flow, second: layer.flow, example: (before.number, packet.number), isSure: layer.tcp != nil)
    }
    votes[key]?.count(before.flow, layer.flow)
  }

  /// The flows that are one, most certain first; each flow is in at most one pair.
  var pairs: [(Flow, Flow, Votes)] {
    var taken: Set<Flow> = []
    return votes.values.sorted { ($1.packets, $0.example.0) < ($0.packets, $1.example.0) }.compactMap { vote in
      let (first, second) = (vote.first.unordered, vote.second.unordered)
      // Both ends may change at once (a hairpin), but not by chance.
      let isPlausible = Self.sharesEnd(vote.first, vote.second) ? vote.isSure || vote.packets > 1 : vote.packets > 2
      guard isPlausible, !taken.contains(first), !taken.contains(second) else { return nil }
      taken.formUnion([first, second])
      return (first, second, vote)
    }
  }

  private static func sharesEnd(_ one: Flow, _ other: Flow) -> Bool {
    one.source == other.source || one.destination == other.destination
  }

  /// Whether both may be one. A relay's two connections have different numbers; flows that differ completely are
  /// different conversations.
  private static func mayBeOne(_ one: Flow, _ other: Flow) -> Bool {
    one.transport == other.transport && one.reversed != other
      && (sharesEnd(one, other) || one.source.port == other.source.port
        || one.destination.port == other.destination.port)
  }

  private static func content(_ layer: PacketLayer, _ frame: RawSpan?) -> Content? {
    if let tcp = layer.tcp {
      // Artificial numbers and resets are zero, which is equal by chance.
      guard tcp.sequence > 1, tcp.opens || tcp.acknowledgment > 1 else { return nil }
      return .segment(
        sequence: tcp.sequence, acknowledgment: tcp.opens ? 0 : tcp.acknowledgment, isOpening: tcp.flags.contains(.syn))
    }
    guard layer.identification != 0, !layer.isLaterFragment, let frame else { return nil }
    var start: UInt64 = 0
    let end = min(layer.payload.upperBound, layer.payload.lowerBound + 8)
    for byte in frame.array(in: layer.payload.lowerBound..<max(layer.payload.lowerBound, end)) {
      start = start << 8 | UInt64(byte)
    }
    return .datagram(
      transport: layer.flow.transport.number, identification: layer.identification, length: layer.payloadLength,
      start: start)
  }

  private mutating func remember(_ content: Content, _ sighting: (Flow, UInt64, Double)) {
    if seen.updateValue(sighting, forKey: content) != nil { return }
    if order.count < Self.latest {
      order.append(content)
    } else {
      seen[order[next]] = nil
      order[next] = content
      next = (next + 1) % Self.latest
    }
  }
}
