public import Flows

/// Asks for the hardware address of a neighbour on a local link; nil if it is not known.
public struct NeighbourQuestion: Question {
  public static let name = "neighbour"
  public var address: IPAddress
  public var place: Place

  public init(_ address: IPAddress, in place: Place) {
    self.address = address
    self.place = place
  }

  private enum CodingKeys: String, CodingKey {
    case address
    case place = "namespace"
  }

  public var scope: Scope<NeighbourAnswer?> { .place(place) }
  public var asAsked: Self { Self(address, in: place.asAsked) }
  public var description: String { "find neighbour \(address)" }
}

public struct NeighbourAnswer: Hashable, Sendable, Codable, HostIndependent {
  public var interface: UInt32
  /// The hardware address: `aa:bb:cc:dd:ee:ff`.
  public var hardwareAddress: String
  /// If `interface` is a bridge: the index of the port that the neighbour is behind.
  public var port: UInt32?

  public init(interface: UInt32, hardwareAddress: String, port: UInt32? = nil) {
    self.interface = interface
    self.hardwareAddress = hardwareAddress
    self.port = port
  }
}
