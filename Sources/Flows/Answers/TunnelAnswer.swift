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
  /// True for a process that serves one client and holds the device for it alone (a worker of ocserv, a session of sshd):
  /// whoever its connections are with is that client.
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
