public import Flows

extension TraceDocument {
  /// Adds to each outside hop where its address is.
  public mutating func place(_ find: (IPAddress) -> AddressLocation?) {
    for chain in chains.indices {
      for hop in chains[chain].hops.indices {
        let kind = chains[chain].hops[hop].kind
        guard kind == .external || kind == .edge, let address = chains[chain].hops[hop].address else { continue }
        chains[chain].hops[hop].place = find(address)
      }
    }
  }
}
