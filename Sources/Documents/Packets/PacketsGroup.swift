/// Packets that have something in common.
public struct PacketsGroup: Hashable, Sendable, Codable {
  public var name: String
  public var packets: UInt64
  public var bytes: UInt64
  /// Bytes from it and to it, where it is one end of conversations.
  public var bytesSent: UInt64?
  public var bytesReceived: UInt64?
  /// The part of all bytes.
  public var share: Double
  public var bitsPerSecond: Double?
  public var conversations: Int?
  public var first: String?
  public var last: String?
  /// For an interface: how many packets the capturing program did not get; nil if the file doesn't say.
  public var dropped: UInt64?
  /// Filters for its packets, where there are any.
  public var filter: String?
  public var displayFilter: String?

  public init(name: String, packets: UInt64, bytes: UInt64, share: Double) {
    self.name = name
    self.packets = packets
    self.bytes = bytes
    self.share = share
  }
}

/// The packets of one second, or of several.
public struct PacketsTime: Hashable, Sendable, Codable {
  /// The start, in UTC.
  public var time: String
  public var packets: UInt64
  public var bytes: UInt64

  public init(time: String, packets: UInt64, bytes: UInt64) {
    self.time = time
    self.packets = packets
    self.bytes = bytes
  }
}

/// A DNS name and who asks for it.
public struct PacketsQuestion: Hashable, Sendable, Codable {
  public var name: String
  /// The type of record: `A`, `AAAA`, ….
  public var type: String
  public var asker: String
  /// The server that was asked last.
  public var server: String
  public var count: UInt64
  public var first: String?
  public var last: String?

  public init(name: String, type: String, asker: String, server: String, count: UInt64, first: String?, last: String?) {
    self.name = name
    self.type = type
    self.asker = asker
    self.server = server
    self.count = count
    self.first = first
    self.last = last
  }
}

/// Connections that were asked for and not answered.
public struct PacketsUnanswered: Hashable, Sendable, Codable {
  public var source: String
  public var destination: String
  public var connections: Int
  public var syns: UInt64

  public init(source: String, destination: String, connections: Int, syns: UInt64) {
    self.source = source
    self.destination = destination
    self.connections = connections
    self.syns = syns
  }
}

/// Something that asks at equal intervals.
public struct PacketsPoller: Hashable, Sendable, Codable {
  public var source: String
  public var destination: String
  public var transport: String
  /// Seconds from one event to the next, and their standard deviation as a share of it.
  public var seconds: Double
  public var jitter: Double
  /// 0 to 1.
  public var confidence: Double
  /// How many events fit, and how many there were.
  public var count: Int
  public var events: Int
  public var first: String?
  public var last: String?

  public init(
    source: String, destination: String, transport: String, seconds: Double, jitter: Double, confidence: Double,
    count: Int, events: Int, first: String?, last: String?
  ) {
    self.source = source
    self.destination = destination
    self.transport = transport
    self.seconds = seconds
    self.jitter = jitter
    self.confidence = confidence
    self.count = count
    self.events = events
    self.first = first
    self.last = last
  }
}
