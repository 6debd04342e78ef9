public import Flows

/// Begins to capture packets. `PacketsQuestion` then asks for them. A host captures for one caller at a time: a new start
/// ends the previous capture.
public struct CaptureQuestion: Question {
  public static let name = "capture"

  /// One instruction of the kernel's packet filter.
  public struct Instruction: Hashable, Sendable, Codable {
    public var code: UInt16
    public var jumpTrue: UInt8
    public var jumpFalse: UInt8
    public var value: UInt32

    public init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, value: UInt32) {
      (self.code, self.jumpTrue, self.jumpFalse, self.value) = (code, jumpTrue, jumpFalse, value)
    }
  }

  /// The host that captures.
  public var host: Int
  /// Where to capture; empty for all network namespaces, also those that appear later.
  public var places: Set<Place>
  /// The only interface, in the only place; nil for all.
  public var interface: UInt32?
  /// Which packets the kernel passes on; empty for all. It reads from the network header on.
  public var filter: [Instruction]
  /// How many bytes of each packet are kept, from the link header on; nil for the headers, and all of handshakes and DNS messages.
  public var snap: Int?

  public init(
    on host: Int = 0, places: Set<Place>, interface: UInt32? = nil, filter: [Instruction] = [], snap: Int? = nil
  ) {
    self.host = host
    self.places = places
    self.interface = interface
    self.filter = filter
    self.snap = snap
  }

  public var scope: Scope<CaptureStart> { .host(host) }
  public var asAsked: Self {
    Self(places: Set(places.map(\.asAsked)), interface: interface, filter: filter, snap: snap)
  }
  public var objection: String? {
    if filter.count > Self.filterLimit { return "a filter of more than \(Self.filterLimit) instructions" }
    if places.count > 4096 { return "more than 4096 places" }
    if let snap, !(16...Self.longest).contains(snap) { return "not a length: \(snap) bytes" }
    return nil
  }
  public var description: String { "capture packets" }

  /// The kernel allows 4,096; some of them are this program's.
  public static let filterLimit = 4000
  /// The longest packet.
  public static let longest = 262_144
}

/// The answer to `CaptureQuestion`: packets are captured from now on.
public struct CaptureStart: Hashable, Sendable, Codable {
  /// The link type of all packets (`LINKTYPE_…`): 1 Ethernet, 101 bare IP, 276 Linux cooked capture.
  public var link: UInt16
  /// Where it captures.
  public var places: [Place]
  /// What can't be captured, and why.
  public var notes: [String]

  public init(link: UInt16, places: [Place], notes: [String]) {
    self.link = link
    self.places = places
    self.notes = notes
  }
}

extension CaptureStart: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self {
    var copy = self
    copy.places = places.map { $0.on(host: number) }
    return copy
  }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}

/// Asks for the packets that were captured since the last such question. The answer comes as soon as there are some, at the
/// latest after the given number of seconds.
public struct PacketsQuestion: Question {
  public static let name = "packets"
  /// The host that captures.
  public var host: Int
  public var seconds: Double
  /// Whether to stop capturing. What was captured until then is still told, in as many answers as it takes.
  public var isLast: Bool

  public init(on host: Int = 0, within seconds: Double, isLast: Bool = false) {
    self.host = host
    self.seconds = max(0, min(seconds, Questions.longestWindow))
    self.isLast = isLast
  }

  public var scope: Scope<PacketBatch> { .host(host) }
  public var asAsked: Self { Self(within: seconds, isLast: isLast) }
  public var window: Double { seconds }
  public var objection: String? { Questions.objection(toWindow: seconds, from: 0) }
  public var description: String { "tell the captured packets" }
}
