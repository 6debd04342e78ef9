internal import Documents
internal import Flows

/// The parts of a sentence about a chain: who, through what, to whom.
struct ChainPhrases {
  let chain: Chain
  /// Whether the trace knows several hosts, so that each is named.
  let namesHosts: Bool

  init(_ chain: Chain, namesHosts: Bool) {
    self.chain = chain
    self.namesHosts = namesHosts
  }

  /// `python3 (pid 8868) on vm`, `VPN client tke-node1`, `203.0.113.77 (internet)`, `an unknown source`.
  var source: String {
    let (source, last) = (chain.source, chain.hops.last)
    let here = last.map { on($0.host) } ?? ""
    switch source.kind {
    case .process:
      let home = last?.container.map { " in container \($0.title)" } ?? ""
      if let starts = source.starts, starts > 1 {
        return "\(source.name), started \(starts) times\(starter)\(home)\(here)"
      }
      return "\(last?.process.map(Self.named) ?? "the \(source.name)")\(home)\(here)"
    case .container: return "container \(source.name)\(here)"
    case .vpnClient: return "VPN client \(source.name)"
    case .external:
      if let outside = last?.outside {
        return "\(outside.name) (\(outside.addresses == 1 ? "1 address" : "\(outside.addresses) addresses"))"
      }
      return source.name + (last?.address?.scope == .global ? " (internet)" : "")
    case .unknown:
      return source.name == "unknown" ? "an unknown source" : "\(source.name), and who is behind it is not known"
    }
  }

  /// " by `sh /poll.sh` (pid 321)"
  private var starter: String {
    guard let starter = chain.source.startedBy, let pid = starter.pid else { return "" }
    return
      " by `\(Process.Starter.shown(starter.command ?? [starter.name]))` (pid \(pid)\(starter.ended == true ? ", ended" : ""))"
  }

  /// `haproxy on tke`, `openvpn client tke-node1`: what the traffic went through on its way from the source, each with its
  /// doubt.
  var through: [String] {
    chain.hops.reversed().dropFirst(chain.hops.last?.kind == .tunnel ? 1 : 0).compactMap { hop -> String? in
      let what: String
      switch hop.kind {
      case .relay:
        guard let relay = hop.relay else { return nil }
        let home = hop.container.map { " in container \($0.title)" } ?? ""
        what = relay.software + home + (relay.user.map { ", session of \($0)" } ?? "") + on(hop.host)
        if let candidates = relay.candidates { return "\(what) (one of \(candidates) flows)" }
      case .tunnel:
        guard let tunnel = hop.tunnel else { return nil }
        what = "\(tunnel.type)\(tunnel.client.map { " client \($0)" } ?? "")"
      case .edge: what = hop.edge?.provider ?? "a CDN"
      default: return nil
      }
      return hop.certainty == .observed ? what : "\(what) (\(hop.certainty.rawValue))"
    }
  }

  /// `squid (pid 811) in container web`, `[2001:db8::9]:443`; nil if it is not known.
  var destination: String? {
    let destination = chain.destination
    let home = destination.container.map { "container \($0.title)" }
    let at = destination.endpoint.map { end in "\(end)\(destination.site.map { " for \($0.name)" } ?? "")" }
    guard let process = destination.process.map(Self.named) else {
      return home.map { "\($0)\(at.map { " at \($0)" } ?? "")" } ?? at
    }
    return "\(process)\(home.map { " in \($0)" } ?? "")\(on(destination.host))\(at.map { " at \($0)" } ?? "")"
  }

  /// Whether both ends are the same process.
  var isToItself: Bool {
    guard let source = chain.hops.last, let first = chain.hops.first, chain.hops.count > 1,
      let process = source.process, chain.source.kind == .process
    else { return false }
    return process.pid == first.process?.pid && source.host == first.host && process.outside == first.process?.outside
  }

  /// The least certain of the hops.
  var certainty: Certainty { chain.hops.map(\.certainty).max { $0.doubt < $1.doubt } ?? .unknown }

  private func on(_ host: String?) -> String {
    guard namesHosts, let host else { return "" }
    return " on \(host)"
  }

  /// `squid (pid 811, ended)`
  static func named(_ process: Process) -> String {
    "\(process.name) (pid \(process.numbered)\(process.ended == true ? ", ended" : ""))"
  }
}

extension Certainty {
  /// Greater where less is known.
  var doubt: Int {
    switch self {
    case .observed: 0
    case .matched: 1
    case .inferred: 2
    case .unknown: 3
    }
  }
}
