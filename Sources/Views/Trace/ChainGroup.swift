internal import Documents
internal import Flows

/// Smaller chains put together by what they share: the program that makes them, or the way that they come and where they end.
struct ChainGroup {
  private(set) var chains: [ChainPhrases]

  var bytes: UInt64 { chains.reduce(0) { $0 + $1.chain.bytes } }
  var flows: Int { chains.reduce(0) { $0 + $1.chain.flows } }
  var share: Double { chains.reduce(0) { $0 + $1.chain.share } }

  /// The groups, busiest first.
  static func groups(_ chains: [ChainPhrases]) -> [ChainGroup] {
    var groups: [String: ChainGroup] = [:]
    for chain in chains { groups[key(chain), default: ChainGroup(chains: [])].chains.append(chain) }
    return groups.values.sorted { ($0.bytes, $0.flows, $1.title) > ($1.bytes, $1.flows, $0.title) }
  }

  private static func key(_ phrases: ChainPhrases) -> String {
    let (chain, source) = (phrases.chain, phrases.chain.source)
    let host = chain.hops.last?.host ?? ""
    switch source.kind {
    case .process, .container:
      let starter = source.startedBy.map { "\($0.pid ?? 0) \($0.name)" } ?? ""
      return "\(source.kind) \(source.name) \(chain.hops.last?.container?.id ?? "") \(host) \(starter)"
    case .vpnClient: return "\(source.kind) \(source.name)"
    case .external:
      let process = chain.destination.process.map { "\($0.pid)" } ?? ""
      return "\(source.kind) \(phrases.through) \(process) \(service(chain)) \(chain.destination.host ?? "")"
    // A reason differs by its numbers.
    case .unknown: return "\(source.kind) \((chain.hops.last?.reason ?? source.name).filter { !$0.isNumber })"
    }
  }

  private static func service(_ chain: Chain) -> String { chain.destination.endpoint.map { "\($0)" } ?? "" }

  /// `37 addresses outside (203.0.113.5, 203.0.113.77 and 35 more) to nginx (pid 602) at 172.19.0.2:443, 52 flows`
  var title: String {
    guard let first = chains.first else { return "" }
    let through = Set(chains.map { $0.through.joined(separator: " and ") })
    let way =
      through.count == 1 && !first.through.isEmpty ? ", through \(first.through.joined(separator: " and "))" : ""
    let ends = Set(chains.map(\.destination))
    let to = ends.count == 1 ? first.destination.map { " to \($0)" } ?? "" : " to \(ends.count) destinations"
    return "\(who)\(way)\(to), \(Units.count(flows, "flow"))"
  }

  private var who: String {
    guard let first = chains.first, chains.count > 1 else { return chains.first?.source ?? "" }
    let source = first.chain.source
    let names = Set(chains.map(\.source))
    if names.count == 1 { return first.source }
    switch source.kind {
    case .process: return "\(names.count) processes \(source.name)"
    case .container: return "container \(source.name)"
    case .vpnClient: return "VPN client \(source.name)"
    case .external:
      let some = chains.prefix(2).map(\.chain.source.name).joined(separator: ", ")
      return "\(names.count) addresses outside (\(some)\(names.count > 2 ? " and \(names.count - 2) more" : ""))"
    case .unknown:
      return "\(names.count) sources that are not known"
    }
  }
}
