internal import Capture
internal import Flows

/// What is counted of one conversation.
struct PacketRow: Sendable {
  /// In the direction of the first packet.
  let flow: Flow
  /// Whether other conversations were added to this one; then the port of the end that began is 0.
  var isMerged = false
  /// How many conversations it stands for.
  var conversations: UInt32 = 1

  /// What shows who began.
  var beginning = Beginning.unknown
  /// Whether it was the receiver of the first packet.
  var isReversed = false

  var forward = PacketDirection()
  var backward = PacketDirection()
  /// The places of capture that the conversation was seen at; the rest counts at the last one.
  var places = InlineArray<4, UInt16>(repeating: 0)
  var placeCount: UInt8 = 0

  var firstTime = Double.infinity
  var lastTime = -Double.infinity
  var firstPacket: UInt64
  var isClosed = false
  var fragments: UInt32 = 0
  var fragmentBytes: UInt64 = 0
  /// As a tunnel.
  var carriedPackets: UInt64 = 0
  var carriedBytes: UInt64 = 0

  /// The poller's number; -1 without.
  var poller: Int32 = -1
  /// The number in the list of names; -1 without.
  var name: Int32 = -1
  /// Processes that the file names for its packets.
  var owners: [OwnerSighting] = []

  init(_ flow: Flow, firstPacket: UInt64) {
    self.flow = flow
    self.firstPacket = firstPacket
  }

  /// Whether it is the conversation of `other`, in either direction.
  func isOf(_ other: Flow) -> Bool { !isMerged && (flow == other || flow == other.reversed) }

  /// The index of a place of capture in the counters.
  mutating func index(of place: UInt16) -> Int {
    for index in 0..<Int(placeCount) where places[index] == place { return index }
    if placeCount < 4 {
      places[Int(placeCount)] = place
      placeCount += 1
    }
    return Int(placeCount) - 1
  }

  /// The flow from the end that began.
  var oriented: Flow { isReversed ? flow.reversed : flow }
  /// The direction from the end that began, and the other.
  var out: PacketDirection { isReversed ? backward : forward }
  var back: PacketDirection { isReversed ? forward : backward }

  /// Bytes, each packet once.
  var bytes: UInt64 { forward.once.bytes &+ backward.once.bytes }
}

/// A process that the file names for packets of a conversation.
struct OwnerSighting: Hashable, Sendable {
  enum Name: Hashable, Sendable {
    case pid(UInt32)
    /// Darwin: the number of its block.
    case block(UInt32)
    /// From a comment: the number in the list of those.
    case comment(Int)
  }
  var name: Name
  /// The file and the section, whose pids these are.
  var file: Int
  var section: Int
  /// The time of the first packet.
  var time: Double
  var packets: UInt64 = 1
}

/// Packets and bytes of whole frames.
struct PacketCount: Hashable, Sendable {
  var packets: UInt64 = 0
  var bytes: UInt64 = 0

  mutating func add(_ length: Int) {
    packets += 1
    bytes &+= UInt64(max(0, length))
  }

  static func += (left: inout PacketCount, right: PacketCount) {
    left.packets &+= right.packets
    left.bytes &+= right.bytes
  }
}

/// One direction of a conversation.
struct PacketDirection: Sendable {
  /// At each place of capture.
  var counts = InlineArray<4, PacketCount>(repeating: PacketCount())
  /// How many packets were seen at one place and then again at another.
  var echoes: UInt64 = 0
  /// Packets that the same place captured twice; they are in no count but `captured`.
  var doubles = PacketCount()
  /// The sequence number after the last byte so far, at the first place.
  var next: UInt32 = 0
  var hasNext = false
  var nextTime = 0.0
  var retransmissions: UInt32 = 0
  var syns: UInt32 = 0
  var resets: UInt32 = 0
  /// How many packets had a payload, up to 255.
  var messages: UInt8 = 0

  /// Everything that was captured.
  var captured: PacketCount {
    var sum = doubles
    for index in 0..<4 { sum += counts[index] }
    return sum
  }

  /// Each packet once. If the places saw the same packets, the one with most bytes counts: segmentation offload joins
  /// packets at one place that are separate at another. Otherwise each place saw its own packets.
  var once: PacketCount {
    var most = PacketCount()
    var sum = PacketCount()
    var others: UInt64 = .max
    for index in 0..<4 where counts[index].packets > 0 {
      sum += counts[index]
      if counts[index].bytes > most.bytes { most = counts[index] }
      others = min(others, counts[index].packets)
    }
    if sum.packets == most.packets { return most }
    return echoes &* 4 >= others ? most : sum
  }
}
