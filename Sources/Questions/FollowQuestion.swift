public import Flows

/// Begins to follow what processes do with their sockets, call by call. `EventsQuestion` then asks for the events. A
/// host follows for one caller at a time: a new start ends the previous one.
public struct FollowQuestion: Question {
  public static let name = "follow"
  /// The processes to follow; empty for all.
  public var pids: Set<Int32>
  /// The network namespaces of the sockets to follow; empty for all.
  public var places: Set<Place>
  /// The local or remote port of the sockets to follow; nil for all.
  public var port: UInt16?
  /// The remote address of the sockets to follow; nil for all.
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

/// The answer to `FollowQuestion`: following has begun.
public struct FollowStart: Hashable, Sendable, Codable, HostIndependent {
  /// What can't be seen because a part is missing, in sentences for people.
  public var notes: [String]

  public init(notes: [String]) { self.notes = notes }
}

/// Asks for the events at the followed sockets since the last such question. The answer comes as soon as there is an
/// event, at the latest after the given number of seconds.
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

/// Events, in the order in which they happened.
public struct EventBatch: Hashable, Sendable, Codable {
  /// How many events one answer has at most; further ones wait for the next question.
  public static let limit = 5000

  public var events: [HostEvent]
  /// Events that were lost since following began, because they came faster than they could be read.
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

/// One event at a socket.
public struct HostEvent: Hashable, Sendable, Codable {
  /// When it happened, in seconds since the epoch.
  public var time: Double
  /// The process, with the thread if that is another one: `nginx[12]`, `java[40/57]`, `[unknown]`.
  public var who: String
  public var pid: Int32?
  /// The process's name.
  public var name: String?
  /// The event for people: `send 512 B tcp 10.0.0.1:40000 -> 10.0.0.2:80`.
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
