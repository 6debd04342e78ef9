internal import Flows
internal import Questions

extension Target {
  /// By host number: the meaning on that host of a target that is its public address.
  func inside(_ inventory: Inventory) -> [Int: Target] {
    if case .on(let host, _, let target) = self { return target.inside(inventory).filter { $0.key == host } }
    var result: [Int: Target] = [:]
    for number in 0..<(inventory.hosts?.count ?? 1) {
      func own(_ endpoint: Endpoint) -> Endpoint? {
        inventory.ownAddress(behind: endpoint.address, on: number).map { Endpoint($0, endpoint.port) }
      }
      switch self {
      case .prefix(let prefix) where prefix.length == prefix.address.bitWidth:
        if let address = inventory.ownAddress(behind: prefix.address, on: number) {
          result[number] = .prefix(Prefix(address))
        }
      case .endpoint(let endpoint): if let own = own(endpoint) { result[number] = .endpoint(own) }
      case .flow(let first, let second):
        let ends = (own(first), own(second))
        if ends.0 != nil || ends.1 != nil { result[number] = .flow(ends.0 ?? first, ends.1 ?? second) }
      default: return [:]
      }
    }
    return result
  }
}
