public import Flows

/// Another machine of a Tailscale network, as `tailscaled` knows it.
public struct TailscalePeer: Hashable, Sendable {
  /// The name in the network, `tke-node1`; else the machine's own hostname.
  public var name: String
  /// `linux`, `macOS`, `iOS`, …
  public var system: String?
  /// Its own addresses, and the networks that are reached through it.
  public var prefixes: [Prefix]
  /// Where its packets come from now; nil if they come through a relay, or none do.
  public var endpoint: Endpoint?
  /// The relay's region, `fra`, if packets come through one.
  public var relay: String?
  public var receivedBytes: UInt64
  public var sentBytes: UInt64
}

extension TailscalePeer {
  /// The peers in the answer to `GET /localapi/v0/status` (ipn/ipnstate of Tailscale's source; also what
  /// `tailscale status --json` prints); nil if it is none. Keys of nodes and users are not kept.
  public static func list(parsing body: [UInt8]) -> [TailscalePeer]? {
    guard let status = DockerJSON.decode(Status.self, from: body), status.BackendState != nil else { return nil }
    // By the node's key, so that the order is the same each time.
    return (status.Peer?.value ?? [:]).sorted { $0.key < $1.key }.compactMap {
      $0.value.value.flatMap(TailscalePeer.init)
    }
  }

  /// Whose `address` is: of the longest prefix that holds it, and only if one peer has it.
  public static func owner(of address: IPAddress, among peers: [TailscalePeer]) -> TailscalePeer? {
    var best: (length: Int, peers: [TailscalePeer]) = (-1, [])
    for peer in peers {
      let lengths = peer.prefixes.filter { $0.contains(address) }.map(\.length)
      guard let length = lengths.max(), length >= best.length else { continue }
      best = length == best.length ? (length, best.peers + [peer]) : (length, [peer])
    }
    return best.peers.count == 1 ? best.peers.first : nil
  }

  private struct Status: Decodable {
    var BackendState: String?
    var Peer: DockerJSON.Lenient<[String: DockerJSON.Lenient<Node>]>?
  }

  private struct Node: Decodable {
    var HostName: DockerJSON.Lenient<String>?
    /// `tke-node1.tail1234.ts.net.`
    var DNSName: DockerJSON.Lenient<String>?
    var OS: DockerJSON.Lenient<String>?
    var TailscaleIPs: DockerJSON.Lenient<[String]>?
    /// Instead of `TailscaleIPs`, up to version 1.6.
    var TailAddr: DockerJSON.Lenient<String>?
    var PrimaryRoutes: DockerJSON.Lenient<[String]>?
    var CurAddr: DockerJSON.Lenient<String>?
    var Relay: DockerJSON.Lenient<String>?
    var RxBytes: DockerJSON.Lenient<UInt64>?
    var TxBytes: DockerJSON.Lenient<UInt64>?
  }

  private init?(_ node: Node) {
    let label = node.DNSName?.value?.split(separator: ".").first.map(String.init)
    guard let name = label ?? node.HostName?.value, !name.isEmpty else { return nil }
    self.name = name
    system = node.OS?.value.flatMap { $0.isEmpty ? nil : $0 }
    let own = node.TailscaleIPs?.value ?? [node.TailAddr?.value].compactMap { $0 }
    prefixes = (own + (node.PrimaryRoutes?.value ?? [])).compactMap { Prefix($0) }
    endpoint = node.CurAddr?.value.flatMap { Endpoint($0) }
    // The home relay is told also where packets come directly.
    relay = endpoint == nil ? node.Relay?.value.flatMap { $0.isEmpty ? nil : $0 } : nil
    receivedBytes = node.RxBytes?.value ?? 0
    sentBytes = node.TxBytes?.value ?? 0
  }
}
