/// What is known of the client behind a VPN server's device: the `tunnel` hop's own part.
public struct Tunnel: Hashable, Sendable, Codable {
  /// `openvpn`, `wireguard`, `tailscale`, `ssh`, …; `tun` for a program that is not known.
  public var type: String
  /// The device: `tun0`, `wg0`.
  public var interface: String?
  /// The certificate's common name, or the peer's name, or `peer` and the first 8 characters of its public key.
  public var client: String?
  /// The client's address inside the VPN.
  public var address: IPAddress?
  /// The network behind the client that the inner address belongs to, if it is not the client's own address.
  public var route: Prefix?
  /// Where the client's packets come from: `address:port`, or the address alone where the VPN tells no port.
  public var realAddress: String?
  /// The first 8 characters of a WireGuard peer's public key.
  public var publicKey: String?
  /// RFC 3339, UTC.
  public var connectedSince: String?
  /// RFC 3339, UTC.
  public var lastHandshake: String?
  /// Since the client connected, counted by the server.
  public var bytesReceived: UInt64?
  public var bytesSent: UInt64?
  /// What told it: a status file inside the server's own root.
  public var statusFile: String?
  /// How old that was when it was read, in seconds.
  public var statusAge: Double?
  /// The VPN's own flow that carried this one.
  public var carrier: Carrier?

  public init(type: String, interface: String? = nil) {
    self.type = type
    self.interface = interface
  }
}

/// A flow that carries others: a VPN's UDP or TCP flow. Its bytes are its children's, with the VPN's own overhead, and
/// never added to theirs.
public struct Carrier: Hashable, Sendable, Codable {
  /// Where it was measured; one carrier may be seen at both of its ends.
  public var host: String?
  /// From the VPN client to the server.
  public var flow: Flow
  /// Network-layer bytes within the window, both ways.
  public var bytes: UInt64
  public var process: Process?
  /// The VPN client's name.
  public var client: String?
  /// Bytes of the flows inside it that this trace shows.
  public var carried: UInt64?

  public init(
    host: String? = nil, flow: Flow, bytes: UInt64, process: Process? = nil, client: String? = nil,
    carried: UInt64? = nil
  ) {
    self.host = host
    self.flow = flow
    self.bytes = bytes
    self.process = process
    self.client = client
    self.carried = carried
  }
}
