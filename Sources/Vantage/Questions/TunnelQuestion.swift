public import Flows

/// Who is behind an address, which is routed to an interface of a place; nil if that is not a tunnel.
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
  public var description: String { "find who is behind \(address) in \(place.namespace)" }
}

/// Who is behind an address of a tunnel device.
public struct TunnelAnswer: Hashable, Sendable, Codable {
  public var tunnel: Tunnel
  /// The process that holds the device open; the kernel for its own WireGuard.
  public var owner: Owner
  /// Whether this side is the VPN's client, so that the address lies behind its server.
  public var isClient: Bool
  /// The VPN's own flow, from its client to its server as it is called in the owner's namespace; parts that nobody
  /// tells are zero.
  public var carrier: Flow?
  public var certainty: Certainty
  /// Why the client is not known, if it is not.
  public var reason: String?
  public var evidence: [Evidence]

  public init(
    tunnel: Tunnel, owner: Owner, isClient: Bool = false, carrier: Flow? = nil, certainty: Certainty,
    reason: String? = nil, evidence: [Evidence] = []
  ) {
    self.tunnel = tunnel
    self.owner = owner
    self.isClient = isClient
    self.carrier = carrier
    self.certainty = certainty
    self.reason = reason
    self.evidence = evidence
  }
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
