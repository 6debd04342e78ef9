public import Flows

/// Asks which client is behind an address that is routed to an interface of a place; nil if the interface is not a
/// tunnel.
public struct TunnelQuestion: Question {
  public static let name = "tunnel"
  public var address: IPAddress
  public var interface: UInt32
  public var place: Place

  public init(toward address: IPAddress, through interface: UInt32, in place: Place) {
    self.address = address
    self.interface = interface
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case address, interface
    case place = "namespace"
  }

  public var scope: Scope<TunnelAnswer?> { .place(place) }
  public var asAsked: Self { Self(toward: address, through: interface, in: place.asAsked) }
  public var description: String { "find who is behind \(address)" }
}

extension TunnelAnswer: HostRelative {
  public func called(_ name: String) -> Self { self }
  public func on(host number: Int) -> Self { self }
  public func shifted(by seconds: Double) -> Self { self }
  public var tellsTime: Bool { false }
  public func withoutSecrets() -> Self {
    var copy = self
    copy.owner = owner.withoutSecrets()
    return copy
  }
}
