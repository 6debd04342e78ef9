/// What is known of the client behind a VPN's device: the details of a `tunnel` hop.
public struct Tunnel: Hashable, Sendable, Codable {
  /// The VPN's type: `openvpn`, `wireguard`, `tailscale`, `ssh`, …; `tun` for an unknown program.
  public var type: String
  /// The device's name: `tun0`, `wg0`.
  public var interface: String?
  /// The client's name: the certificate's common name, the peer's name, or `peer` and the first 8 characters of its
  /// public key.
  public var client: String?
  /// The client's address inside the VPN.
  public var address: IPAddress?
  /// The network behind the client to which the inner address belongs; nil if the address is the client's own.
  public var route: Prefix?
  /// Where the client's packets come from: `address:port`, or only the address if the VPN does not report the port.
  public var realAddress: String?
  /// The first 8 characters of a WireGuard peer's public key.
  public var publicKey: String?
  /// When the client connected: RFC 3339, UTC.
  public var connectedSince: String?
  /// The time of the last handshake: RFC 3339, UTC.
  public var lastHandshake: String?
  /// Bytes received since the client connected, counted by the server.
  public var bytesReceived: UInt64?
  public var bytesSent: UInt64?
  /// The status file that was read, as a path inside the server's own root.
  public var statusFile: String?
  /// The age of the status file in seconds when it was read.
  public var statusAge: Double?
  /// The VPN's own flow that carried this traffic.
  public var carrier: Carrier?

  public init(type: String, interface: String? = nil) {
    self.type = type
    self.interface = interface
  }
}

/// A flow that carries other flows: a VPN's UDP or TCP flow. Its bytes contain those of the flows inside it and the
/// VPN's overhead, so they are never added to them.
public struct Carrier: Hashable, Sendable, Codable {
  /// The host that measured it. The same carrier may be seen at both of its ends.
  public var host: String?
  /// The flow from the VPN's client to its server.
  public var flow: Flow
  /// Network-layer bytes in the window, both ways.
  public var bytes: UInt64
  public var process: Process?
  /// The name of the VPN's client.
  public var client: String?
  /// Bytes of the flows inside it, as far as this trace shows them.
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
