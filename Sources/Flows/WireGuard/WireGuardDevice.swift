/// A WireGuard device, as the kernel or a user-space implementation reports it, without its secrets.
///
/// Two readers create it: generic netlink (`Netlink`) and the UNIX socket of `wireguard-go` (`VPNs`). They may not
/// import each other, so the type is in `Flows`.
public struct WireGuardDevice: Hashable, Sendable {
  /// The device's name: `wg0`.
  public var name: String
  /// The public key; nil for a user-space implementation, which reports only the private key, and that is never read.
  public var publicKey: WireGuardPublicKey?
  /// The UDP port; 0 while the device is down and has no port configured.
  public var listenPort: UInt16
  /// The firewall mark of the packets that it sends; 0 for none.
  public var firewallMark: UInt32
  public var peers: [WireGuardPeer]

  public init(
    name: String, publicKey: WireGuardPublicKey? = nil, listenPort: UInt16 = 0, firewallMark: UInt32 = 0,
    peers: [WireGuardPeer] = []
  ) {
    self.name = name
    self.publicKey = publicKey
    self.listenPort = listenPort
    self.firewallMark = firewallMark
    self.peers = peers
  }
}

/// A peer of a WireGuard device.
public struct WireGuardPeer: Hashable, Sendable {
  public var publicKey: WireGuardPublicKey
  /// The source of its newest valid packet, or the configured endpoint; nil if there is neither.
  public var endpoint: Endpoint?
  /// The addresses inside the tunnel that belong to this peer (`AllowedIPs`).
  public var allowedPrefixes: [Prefix]
  /// Seconds since the epoch; nil if there was no handshake since the device was created.
  public var lastHandshake: Double?
  /// Bytes of the UDP payloads received from the peer and sent to it, including handshakes and keepalives.
  public var receivedBytes: UInt64
  public var sentBytes: UInt64
  /// The keepalive interval in seconds; nil if it is off.
  public var persistentKeepalive: UInt16?

  public init(
    publicKey: WireGuardPublicKey, endpoint: Endpoint? = nil, allowedPrefixes: [Prefix] = [],
    lastHandshake: Double? = nil, receivedBytes: UInt64 = 0, sentBytes: UInt64 = 0, persistentKeepalive: UInt16? = nil
  ) {
    self.publicKey = publicKey
    self.endpoint = endpoint
    self.allowedPrefixes = allowedPrefixes
    self.lastHandshake = lastHandshake
    self.receivedBytes = receivedBytes
    self.sentBytes = sentBytes
    self.persistentKeepalive = persistentKeepalive
  }
}
