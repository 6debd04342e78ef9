/// The client behind an address that is routed to a tunnel device.
public struct TunnelAnswer: Hashable, Sendable, Codable {
  public var tunnel: Tunnel
  /// The process that holds the device open; the kernel for its own WireGuard.
  public var owner: Owner
  /// Whether this host is the VPN's client, so that the address lies behind the VPN's server.
  public var isClient: Bool
  /// The VPN's own flow, from client to server, as it appears in the owner's namespace. Parts that are not known are
  /// zero.
  public var carrier: Flow?
  public var certainty: Certainty
  /// Why the client is not known; nil if it is known.
  public var reason: String?
  /// True for a process that serves one client with a device of its own (a worker of ocserv, a session of sshd): the
  /// remote end of its connections is that client.
  public var hasOneClient: Bool?
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
