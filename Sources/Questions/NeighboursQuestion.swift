public import Flows

/// Asks for all neighbours on the local links of a place, with their hardware addresses.
public struct NeighboursQuestion: Question {
  public static let name = "neighbours"
  public var place: Place

  public init(in place: Place) { self.place = place }

  private enum CodingKeys: String, CodingKey { case place = "namespace" }

  public var scope: Scope<[NeighbourListing]> { .place(place) }
  public var asAsked: Self { Self(in: place.asAsked) }
  public var description: String { "list the neighbours" }
}

/// One entry of the ARP or neighbour discovery table.
public struct NeighbourListing: Hashable, Sendable, Codable, HostIndependent {
  public var address: IPAddress
  public var interface: UInt32
  /// The hardware address: `aa:bb:cc:dd:ee:ff`; nil for a neighbour that did not answer.
  public var hardwareAddress: String?

  public init(_ address: IPAddress, interface: UInt32, hardwareAddress: String?) {
    self.address = address
    self.interface = interface
    self.hardwareAddress = hardwareAddress
  }
}
