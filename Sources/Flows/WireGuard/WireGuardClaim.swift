/// Whose an address inside a WireGuard tunnel is.
public struct WireGuardClaim: Hashable, Sendable {
  /// The allowed prefix that decided: the longest one that holds the address.
  public var prefix: Prefix
  /// Normally one peer: a device gives a prefix to the last peer that was configured with it. Several can only be read
  /// while the configuration changes, and then none of them is known to be the one.
  public var peers: [WireGuardPeer]

  public init(prefix: Prefix, peers: [WireGuardPeer]) {
    self.prefix = prefix
    self.peers = peers
  }

  /// The peer, unless several claim the address equally.
  public var peer: WireGuardPeer? { peers.count == 1 ? peers.first : nil }
}

extension WireGuardDevice {
  /// Which peer a packet to `address` is sent to, and the only one a packet from it is accepted from (cryptokey routing);
  /// nil if it is nobody's.
  public func claim(on address: IPAddress) -> WireGuardClaim? {
    var best: WireGuardClaim?
    for peer in peers {
      for prefix in peer.allowedPrefixes where prefix.contains(address) {
        guard let length = best?.prefix.length, length >= prefix.length else {
          best = WireGuardClaim(prefix: prefix, peers: [peer])
          continue
        }
        // A peer that repeats its own prefix is still one.
        if length == prefix.length, best?.peers.last?.publicKey != peer.publicKey { best?.peers.append(peer) }
      }
    }
    return best
  }
}
