public import Flows

/// The packets between two ends, both directions together.
public struct PacketsConversation: Hashable, Sendable, Codable {
  /// From the end that began, as far as it is known or concluded (see `began`); as its sender sent it, before
  /// translations.
  public var flow: Flow
  /// How it is known who began: `SYN`, or `concluded: 3129 is the port of a service`.
  public var began: String
  /// Whether the first packet of the connection, or its answer, was captured.
  public var isBeginningSeen: Bool
  /// The same connection behind translations that the capture shows.
  public var translated: [Flow]?
  /// How many conversations this row stands for, if it is more than one: small ones, which did not fit into memory.
  public var merged: Int?
  /// Each packet counted once. "Out" is from `flow.source`.
  public var packets: UInt64
  public var bytes: UInt64
  public var packetsOut: UInt64
  public var bytesOut: UInt64
  public var packetsIn: UInt64
  public var bytesIn: UInt64
  /// Every packet, also if it was captured at several places: the numbers of `tshark -z conv`.
  public var capturedPackets: UInt64
  public var capturedBytes: UInt64
  /// The part of it that each tuple has, before and behind translations; nil without translations.
  public var legs: [PacketsLeg]?
  /// Of these the later fragments of IP packets, which have no ports of their own.
  public var fragments: UInt64?
  public var fragmentBytes: UInt64?
  /// The part of the bytes of all conversations.
  public var share: Double
  public var bitsPerSecond: Double?
  public var first: String?
  public var last: String?
  public var seconds: Double
  /// The number of the first packet in its file.
  public var firstPacket: UInt64
  /// TCP segments that repeated bytes that were already sent: by `flow.source`, and by the other end.
  public var retransmissionsOut: UInt64
  public var retransmissionsIn: UInt64
  /// SYNs of the end that began.
  public var syns: UInt64
  /// Whether nobody answered them, and whether a reset did.
  public var isUnanswered: Bool
  public var isRefused: Bool
  /// Whether the end of the TCP connection was captured.
  public var isClosed: Bool
  /// The name that the client asked for, and where it was read: `TLS ClientHello`.
  public var name: String?
  public var nameOrigin: String?
  /// The process that the file names: `squid (pid 811)`.
  public var owner: String?
  /// Where it was captured.
  public var interfaces: [String]
  /// Packets of other conversations that this one carries as a tunnel, and their bytes; they count there.
  public var carriedPackets: UInt64?
  public var carriedBytes: UInt64?
  /// For tcpdump, and for Wireshark's display filter.
  public var filter: String
  public var displayFilter: String

  public init(flow: Flow, began: String, isBeginningSeen: Bool, filter: String, displayFilter: String) {
    self.flow = flow
    self.began = began
    self.isBeginningSeen = isBeginningSeen
    self.filter = filter
    self.displayFilter = displayFilter
    (packets, bytes, packetsOut, bytesOut, packetsIn, bytesIn) = (0, 0, 0, 0, 0, 0)
    (capturedPackets, capturedBytes, share, seconds, firstPacket) = (0, 0, 0, 0, 0)
    (retransmissionsOut, retransmissionsIn, syns) = (0, 0, 0)
    (isUnanswered, isRefused, isClosed) = (false, false, false)
    interfaces = []
  }
}

/// What was captured of a connection on one side of a translation.
public struct PacketsLeg: Hashable, Sendable, Codable {
  public var flow: Flow
  public var capturedPackets: UInt64
  public var capturedBytes: UInt64

  public init(flow: Flow, capturedPackets: UInt64, capturedBytes: UInt64) {
    self.flow = flow
    self.capturedPackets = capturedPackets
    self.capturedBytes = capturedBytes
  }
}
