public import Flows

/// Asks for the sites that a process serves, whose sockets are in a place, with the requests in their access logs of
/// the last `seconds`; nil if the process does not exist or serves none.
public struct SitesQuestion: Question {
  public static let name = "sites"
  public var pid: Int32
  public var place: Place
  public var seconds: Double

  public init(of pid: Int32, in place: Place, seconds: Double) {
    self.pid = pid
    self.place = place
    self.seconds = seconds
  }

  private enum CodingKeys: String, CodingKey {
    case pid, seconds
    case place = "namespace"
  }

  public var scope: Scope<SitesAnswer?> { .place(place) }
  public var asAsked: Self { Self(of: pid, in: place.asAsked, seconds: seconds) }
  public var objection: String? { Questions.objection(toWindow: seconds) }
  public var description: String { "list the sites of process \(pid)" }
}

extension SitesAnswer: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self { self }
  public var tellsTime: Bool { sites.contains { $0.activity != nil } }
}
