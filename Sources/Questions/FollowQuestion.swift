public import Flows

/// Begins to follow what processes do with their sockets, call by call; `EventsQuestion` asks what happened. A host follows
/// for one at a time: a new beginning ends the one before it.
public struct FollowQuestion: Question {
  public static let name = "follow"
  /// Processes; empty: all.
  public var pids: Set<Int32>
  /// Network namespaces of the sockets; empty: all.
  public var places: Set<Place>
  /// Local or remote.
  public var port: UInt16?
  /// The other end's address.
  public var remote: IPAddress?

  public init(
    pids: Set<Int32> = [], places: Set<Place> = [], port: UInt16? = nil, remote: IPAddress? = nil
  ) {
    self.pids = pids
    self.places = places
    self.port = port
    self.remote = remote
  }

  public var scope: Scope<FollowStart> { .host(places.first?.host ?? 0) }
  public var asAsked: Self {
    Self(pids: pids, places: Set(places.map(\.asAsked)), port: port, remote: remote)
  }
  public var objection: String? { Questions.objection(toProcesses: pids.count) }
  public var description: String { "follow what sockets do" }
}

/// What is followed from now on.
public struct FollowStart: Hashable, Sendable, Codable, HostIndependent {
  /// What is not seen because a part is missing, in sentences.
  public var notes: [String]

  public init(notes: [String]) { self.notes = notes }
}

/// What happened to the followed sockets since the last time this was asked, as soon as anything did; at most so many
/// seconds are waited for it.
public struct EventsQuestion: Question {
  public static let name = "events"
  public var seconds: Double

  public init(within seconds: Double) { self.seconds = max(0, min(seconds, Questions.longestWindow)) }

  public var scope: Scope<EventBatch> { .host(0) }
  public var asAsked: Self { self }
  public var window: Double { seconds }
  public var objection: String? { Questions.objection(toWindow: seconds, from: 0) }
  public var description: String { "tell what sockets did" }
}

/// Events in order.
public struct EventBatch: Hashable, Sendable, Codable {
  /// More of them wait for the next question.
  public static let limit = 5000

  public var events: [HostEvent]
  /// Events that came faster than they could be taken and are missing, since following began.
  public var lost: UInt64

  public init(_ events: [HostEvent], lost: UInt64) {
    self.events = events
    self.lost = lost
  }
}

extension EventBatch: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self {
    var copy = self
    for index in copy.events.indices { copy.events[index].time += seconds }
    return copy
  }
  public var tellsTime: Bool { !events.isEmpty }
  public func withoutSecrets() -> Self { self }
}

/// One thing that happened to a socket.
public struct HostEvent: Hashable, Sendable, Codable {
  /// Seconds since the epoch.
  public var time: Double
  /// Who did it, with the thread if it is another: `nginx[12]`, `java[40/57]`, `[unknown]`.
  public var who: String
  public var pid: Int32?
  /// The process's name.
  public var name: String?
  /// `send 512 B tcp 10.0.0.1:40000 -> 10.0.0.2:80`
  public var text: String
  public var transport: Transport
  public var local: Endpoint
  public var remote: Endpoint?

  public init(
    time: Double, who: String, pid: Int32?, name: String?, text: String, transport: Transport, local: Endpoint,
    remote: Endpoint?
  ) {
    self.time = time
    self.who = who
    self.pid = pid
    self.name = name
    self.text = text
    self.transport = transport
    self.local = local
    self.remote = remote
  }
}
