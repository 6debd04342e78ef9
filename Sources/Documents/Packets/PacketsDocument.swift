/// The answer of `headwater pcap` (`headwater.pcap/1`): who made the traffic in capture files.
///
/// Bytes are those of whole frames on the wire, as captures and Wireshark count them. Times are in UTC.
public struct PacketsDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.pcap/1"

  public var schema = Self.schema
  /// What was asked about; nil for everything.
  public var target: String?
  /// Who makes the most of it.
  public var answer: PacketsAnswer?
  /// The time of the first and the last packet, with microseconds; nil if no packet has a time.
  public var first: String?
  public var last: String?
  /// Seconds between them.
  public var seconds = 0.0
  /// All packets in the files.
  public var packets: UInt64 = 0
  public var bytes: UInt64 = 0
  /// The packets of conversations, each counted once even if it was captured at several places.
  public var distinctPackets: UInt64 = 0
  public var distinctBytes: UInt64 = 0
  /// Of these the ones that belong to the target.
  public var matchedPackets: UInt64 = 0
  public var matchedBytes: UInt64 = 0
  public var files: [PacketsFile] = []
  /// The conversations with most bytes, and how many there are.
  public var conversations: [PacketsConversation] = []
  public var conversationCount = 0
  /// Addresses by bytes, sent and received; both ends of a conversation count.
  public var endpoints: [PacketsGroup] = []
  /// The addresses that began conversations.
  public var sources: [PacketsGroup] = []
  /// Processes that the files name.
  public var owners: [PacketsGroup] = []
  public var names: [PacketsGroup] = []
  /// The services' ports.
  public var ports: [PacketsGroup] = []
  /// The places of capture, with all packets of each.
  public var interfaces: [PacketsGroup] = []
  /// Networks of 256 addresses (IPv6: /48); both ends of a conversation count.
  public var networks: [PacketsGroup] = []
  public var times: [PacketsTime] = []
  /// Seconds from one element of `times` to the next.
  public var timeStep = 1.0
  /// Who asks which DNS names.
  public var questions: [PacketsQuestion] = []
  /// Who opens connections that nobody answers.
  public var unanswered: [PacketsUnanswered] = []
  /// Who asks at equal intervals.
  public var regular: [PacketsPoller] = []
  /// Packets that are not IP, by what they are.
  public var others: [PacketsGroup] = []
  /// What was not read, and why; what was concluded.
  public var notes: [String] = []

  public init() {}
}

/// Who makes most of the traffic.
public struct PacketsAnswer: Hashable, Sendable, Codable {
  /// The address that began the conversations.
  public var source: String
  /// The name that the files give it: `VPN client tke-node1`.
  public var sourceName: String?
  /// The service with most of their bytes: `10.8.1.3:3129`.
  public var service: String
  /// The source's part of the bytes that were asked about.
  public var share: Double
  public var bytes: UInt64
  /// Bytes from the source, and to it.
  public var bytesSent: UInt64
  public var bytesReceived: UInt64
  public var conversations: Int
  /// Whether the first packet of all of these conversations was captured; otherwise who began is a conclusion.
  public var isSeen: Bool
  /// Why the source is taken for the one that began, if that was not captured.
  public var reason: String?
  /// The name that the source asks for most.
  public var name: String?
  /// The process that the file names for most of it.
  public var owner: String?
  /// All of it as a sentence.
  public var text: String

  public init(
    source: String, service: String, share: Double, bytes: UInt64, bytesSent: UInt64, bytesReceived: UInt64,
    conversations: Int, isSeen: Bool, reason: String?, name: String?, owner: String?, text: String
  ) {
    self.source = source
    self.service = service
    self.share = share
    self.bytes = bytes
    self.bytesSent = bytesSent
    self.bytesReceived = bytesReceived
    self.conversations = conversations
    self.isSeen = isSeen
    self.reason = reason
    self.name = name
    self.owner = owner
    self.text = text
  }
}

/// A file that was read.
public struct PacketsFile: Hashable, Sendable, Codable {
  public var path: String
  public var packets: UInt64
  public var bytes: UInt64
  public var first: String?
  public var last: String?
  /// How many packets the capturing program did not get; nil if the file doesn't say.
  public var dropped: UInt64?
  /// Why the file was not read to its end, with the offset.
  public var failure: String?
  /// Where reading ended, if it was not at the end: in bytes from the start, after expansion.
  public var failureOffset: UInt64?

  public init(
    path: String, packets: UInt64, bytes: UInt64, first: String?, last: String?, dropped: UInt64?, failure: String?,
    failureOffset: UInt64?
  ) {
    self.path = path
    self.packets = packets
    self.bytes = bytes
    self.first = first
    self.last = last
    self.dropped = dropped
    self.failure = failure
    self.failureOffset = failureOffset
  }
}
