public import Flows

/// Asks which interface leads to an address from a place; nil if the address can't be reached.
public struct RouteQuestion: Question {
  public static let name = "route"
  public var address: IPAddress
  public var place: Place

  public init(to address: IPAddress, in place: Place) {
    self.address = address
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case address
    case place = "namespace"
  }

  public var scope: Scope<RouteAnswer?> { .place(place) }
  public var asAsked: Self { Self(to: address, in: place.asAsked) }
  public var description: String { "find the route to \(address)" }
}

public struct RouteAnswer: Hashable, Sendable, Codable, HostIndependent {
  public var interface: UInt32
  public var gateway: IPAddress?
  public var isLocal: Bool

  public init(interface: UInt32, gateway: IPAddress?, isLocal: Bool) {
    self.interface = interface
    self.gateway = gateway
    self.isLocal = isLocal
  }
}
