public import Flows
internal import JSON

/// What `tailscaled` reports about its network.
public struct TailscaleStatus: Hashable, Sendable {
  /// The state: `Running`, `NeedsLogin`, `Stopped`, …
  public var state: String
  /// This machine's addresses in the network.
  public var addresses: [IPAddress]
  /// All other machines, ordered by key.
  public var peers: [TailscalePeer]
}

extension TailscaleStatus {
  /// Reads the answer to `GET /localapi/v0/status` (ipn/ipnstate in Tailscale's source; `tailscale status --json`
  /// prints the same); nil if it is none. Keys of nodes and users are not kept.
  public init?(parsing body: [UInt8]) {
    guard let status = JSONValue.decode(Status.self, from: body), let state = status.BackendState else { return nil }
    self.state = state
    addresses = (status.`Self`?.value?.TailscaleIPs?.value ?? []).compactMap { IPAddress($0) }
    // By the node's key, so that the order is the same each time.
    peers = (status.Peer?.value ?? [:]).sorted { $0.key < $1.key }.compactMap {
      $0.value.value.flatMap(TailscalePeer.init)
    }
  }

  /// The peer that `address` belongs to, by the longest prefix; nil if several peers have that prefix. An address of no
  /// peer belongs to the exit node, if one is in use.
  public func owner(of address: IPAddress) -> (peer: TailscalePeer, prefix: Prefix)? {
    var best: (length: Int, claims: [(peer: TailscalePeer, prefix: Prefix)]) = (-1, [])
    for peer in peers {
      guard let prefix = peer.prefixes.filter({ $0.contains(address) }).max(by: { $0.length < $1.length }),
        prefix.length >= best.length
      else { continue }
      best =
        prefix.length == best.length
        ? (prefix.length, best.claims + [(peer, prefix)]) : (prefix.length, [(peer, prefix)])
    }
    if best.claims.count > 1 { return nil }
    if let only = best.claims.first { return only }
    let exits = peers.filter(\.isExitNode)
    guard exits.count == 1, let exit = exits.first,
      let everything = Prefix(address.isV4 ? .anyV4 : .anyV6, length: 0)
    else { return nil }
    return (exit, everything)
  }

  private struct Status: Decodable {
    var BackendState: String?
    var `Self`: Lenient<TailscalePeer.Node>?
    var Peer: Lenient<[String: Lenient<TailscalePeer.Node>]>?
  }
}
