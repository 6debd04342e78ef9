/// A WireGuard device: what the kernel or a user-space program says of it, without its secrets.
///
/// Two readers give it, generic netlink (`Netlink`) and the UNIX socket of `wireguard-go` (`VPNs`), which may not import
/// each other; so it is one of the words.
public struct WireGuardDevice: Hashable, Sendable {
  /// `wg0`
  public var name: String
  /// Nil from a user-space program, which tells the private key only; that one is not read.
  public var publicKey: WireGuardPublicKey?
  /// The UDP port; 0 while the device is down and was given none.
  public var listenPort: UInt16
  /// The mark of the packets that it sends; 0 is none.
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

/// One of the devices that a WireGuard device talks to.
public struct WireGuardPeer: Hashable, Sendable {
  public var publicKey: WireGuardPublicKey
  /// Where its newest valid packet came from, or what was configured; nil before either.
  public var endpoint: Endpoint?
  /// Which addresses inside the tunnel are this peer's (`AllowedIPs`).
  public var allowedPrefixes: [Prefix]
  /// Epoch seconds; nil if there was none since the device was made.
  public var lastHandshake: Double?
  /// Bytes of the UDP payloads from and to the peer, handshakes and keepalives included.
  public var receivedBytes: UInt64
  public var sentBytes: UInt64
  /// Seconds; nil if it is off.
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
