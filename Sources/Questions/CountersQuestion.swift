public import Flows

/// Asks how much every TCP connection of some processes has moved so far; at least some of the processes have sockets
/// in the place. The first question about a set of processes finds their sockets, later ones are quick.
public struct CountersQuestion: Question {
  public static let name = "counters"
  public var pids: Set<Int32>
  public var place: Place

  public init(of pids: Set<Int32>, in place: Place) {
    self.pids = pids
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case pids
    case place = "namespace"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    pids = Set(try fields.decode([Int32].self, forKey: .pids))
    place = try fields.decode(Place.self, forKey: .place)
  }

  /// Encodes the processes in ascending order, so that equal questions are sent as equal text.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(pids.sorted(), forKey: .pids)
    try fields.encode(place, forKey: .place)
  }

  public var scope: Scope<CounterSnapshot> { .place(place) }
  public var asAsked: Self { Self(of: pids, in: place.asAsked) }
  public var objection: String? { Questions.objection(toProcesses: pids.count) }
  public var description: String { "read the counters of \(pids.count) processes" }
}

extension CounterSnapshot: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self {
    var copy = self
    for index in copy.sockets.indices { copy.sockets[index].namespace = copy.sockets[index].namespace.on(host: number) }
    return copy
  }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self { self }
}
