public import Flows
internal import JSON

/// Another machine in a Tailscale network, as `tailscaled` reports it.
public struct TailscalePeer: Hashable, Sendable {
  /// The machine's name in the network, `tke-node1`, or else its own hostname.
  public var name: String
  /// The operating system: `linux`, `macOS`, `iOS`, …
  public var system: String?
  /// Its own addresses, and the networks behind it.
  public var prefixes: [Prefix]
  /// Where its packets come from now; nil if they come through a relay, or if there are none.
  public var endpoint: Endpoint?
  /// The relay's region, such as `fra`, if packets come through one.
  public var relay: String?
  /// Whether this host sends all other traffic through it.
  public var isExitNode: Bool
  public var receivedBytes: UInt64
  public var sentBytes: UInt64
}

extension TailscalePeer {
  /// A machine in the answer: `ipnstate.PeerStatus`.
  struct Node: Decodable {
    var HostName: Lenient<String>?
    /// `tke-node1.tail1234.ts.net.`.
    var DNSName: Lenient<String>?
    var OS: Lenient<String>?
    var TailscaleIPs: Lenient<[String]>?
    /// Used instead of `TailscaleIPs` up to version 1.6.
    var TailAddr: Lenient<String>?
    var PrimaryRoutes: Lenient<[String]>?
    var ExitNode: Lenient<Bool>?
    var CurAddr: Lenient<String>?
    var Relay: Lenient<String>?
    var RxBytes: Lenient<UInt64>?
    var TxBytes: Lenient<UInt64>?
  }

  init?(_ node: Node) {
    let label = node.DNSName?.value?.split(separator: ".").first.map(String.init)
    guard let name = label ?? node.HostName?.value, !name.isEmpty else { return nil }
    self.name = name
    system = node.OS?.value.flatMap { $0.isEmpty ? nil : $0 }
    let own = node.TailscaleIPs?.value ?? [node.TailAddr?.value].compactMap { $0 }
    prefixes = (own + (node.PrimaryRoutes?.value ?? [])).compactMap { Prefix($0) }
    endpoint = node.CurAddr?.value.flatMap { Endpoint($0) }
    // The home relay is reported even if packets come directly.
    relay = endpoint == nil ? node.Relay?.value.flatMap { $0.isEmpty ? nil : $0 } : nil
    isExitNode = node.ExitNode?.value ?? false
    receivedBytes = node.RxBytes?.value ?? 0
    sentBytes = node.TxBytes?.value ?? 0
  }
}
