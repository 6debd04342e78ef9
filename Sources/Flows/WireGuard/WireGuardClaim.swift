/// The WireGuard peer that an address inside the tunnel belongs to.
public struct WireGuardClaim: Hashable, Sendable {
  /// The longest allowed prefix that contains the address.
  public var prefix: Prefix
  /// Normally one peer, because a device assigns a prefix to the last peer that was configured with it. Several can be
  /// read only while the configuration changes; then none of them is certain.
  public var peers: [WireGuardPeer]

  public init(prefix: Prefix, peers: [WireGuardPeer]) {
    self.prefix = prefix
    self.peers = peers
  }

  /// The peer; nil if several claim the address equally.
  public var peer: WireGuardPeer? { peers.count == 1 ? peers.first : nil }
}

extension WireGuardDevice {
  /// The peer that packets to `address` are sent to, and from which alone packets with that source are accepted
  /// (cryptokey routing); nil if it belongs to no peer.
  public func claim(on address: IPAddress) -> WireGuardClaim? {
    var best: WireGuardClaim?
    for peer in peers {
      for prefix in peer.allowedPrefixes where prefix.contains(address) {
        guard let length = best?.prefix.length, length >= prefix.length else {
          best = WireGuardClaim(prefix: prefix, peers: [peer])
          continue
        }
        // A peer that lists its own prefix twice counts once.
        if length == prefix.length, best?.peers.last?.publicKey != peer.publicKey { best?.peers.append(peer) }
      }
    }
    return best
  }
}
