public import Documents
public import Flows

/// How outside addresses are grouped.
public enum OutsideGrouping: String, CaseIterable, Sendable {
  case set, country, network

  /// The name of the group of addresses without a known group.
  public var unknown: String {
    switch self {
    case .set: "no set"
    case .country: "no country known"
    case .network: "no network known"
    }
  }
}

extension TraceDocument {
  /// A copy in which chains that differ only in the outside address at their end are one chain, if the addresses are in
  /// the same group: several hundred addresses of one network become one chain. Bytes, flows and shares add up.
  ///
  /// - Parameter name: the group of an address; nil if it has none.
  public func groupingOutside(
    by grouping: OutsideGrouping, _ name: (IPAddress) -> String?
  ) -> TraceDocument {
    var chains: [ChainKey: Chain] = [:]
    var others: [Chain] = []
    var addresses: [ChainKey: [IPAddress: UInt64]] = [:]
    for chain in self.chains {
      guard chain.source.kind == .external, let hop = chain.outside, let address = chain.hops[hop].address else {
        others.append(chain)
        continue
      }
      let group = name(address) ?? grouping.unknown
      var named = chain
      named.hops[hop].address = nil
      named.hops[hop].place = nil
      named.hops[hop].outside = .init(by: grouping.rawValue, name: group, addresses: 1, busiest: [])
      named.source.name = group
      named.source.summary = group + Self.summary(chain.source.summary, behind: "\(address)")
      let key = ChainKey(named, outside: group)
      addresses[key, default: [:]][address, default: 0] += chain.bytes
      if let known = chains[key] {
        var joined = known.joined(
          with: named, flows: known.flows + named.flows, seconds: seconds, of: 0, among: 1)
        joined.share = known.share + chain.share
        chains[key] = joined
      } else {
        chains[key] = named
      }
    }
    let grouped = chains.map { key, chain in chain.naming(addresses[key] ?? [:]) }
    var result = self
    result.chains = (others + grouped).sorted {
      ($0.bytes, $0.flows, $1.source.summary) > ($1.bytes, $1.flows, $0.source.summary)
    }
    return result
  }

  /// The rest of a summary that begins with an address.
  private static func summary(_ summary: String, behind address: String) -> String {
    summary.hasPrefix(address) ? String(summary.dropFirst(address.count)) : ": " + summary
  }
}

extension Chain {
  /// The position of the only outside hop; nil if there is none or more than one.
  fileprivate var outside: Int? {
    let places = hops.indices.filter { hops[$0].kind == .external }
    return places.count == 1 ? places.first : nil
  }

  /// Adds to the outside hop the addresses of its group, busiest first.
  fileprivate func naming(_ addresses: [IPAddress: UInt64]) -> Chain {
    guard let hop = outside else { return self }
    let busiest = addresses.sorted { ($0.value, "\($1.key)") > ($1.value, "\($0.key)") }.map(\.key)
    var result = self
    result.hops[hop].outside?.addresses = busiest.count
    result.hops[hop].outside?.busiest = Array(busiest.prefix(Hop.Outside.mostNamed))
    if busiest.count == 1 {
      result.hops[hop].address = busiest.first
    } else {
      // The evidence of one address says nothing about the others.
      result.hops[hop].evidence = []
    }
    let count = busiest.count == 1 ? "1 address" : "\(busiest.count) addresses"
    result.source.summary = "\(source.name) (\(count))\(source.summary.dropFirst(source.name.count))"
    return result
  }
}
