public import Flows

/// Asks a process, whose sockets are in a place, how it relays; nil if the process does not exist.
public struct RelayQuestion: Question {
  public static let name = "relay"
  public var pid: Int32
  public var place: Place

  public init(of pid: Int32, in place: Place) {
    self.pid = pid
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case pid
    case place = "namespace"
  }

  public var scope: Scope<RelayAnswer?> { .place(place) }
  public var asAsked: Self { Self(of: pid, in: place.asAsked) }
  public var description: String { "read the sessions and configuration of process \(pid)" }
}

extension RelayAnswer: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self {
    var copy = self
    copy.sessions = sessions.map { $0.map { $0.on(host: number) } }
    return copy
  }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
}

extension RelayLink {
  func on(host number: Int) -> RelayLink {
    var copy = self
    copy.namespace = namespace.on(host: number)
    return copy
  }
}
