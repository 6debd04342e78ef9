internal import Flows
internal import Netlink
public import Questions

extension NeighboursQuestion: LocalQuestion {
  func answer(on host: LocalVantage) throws -> Told<[NeighbourListing]> {
    try host.withState { state in
      let all = try Routing(try state.namespaces.sockets(of: place)).neighbours()
      // Multicast groups and the own addresses of a link without hardware addresses are no neighbours.
      let listings = all.filter { !$0.state.contains(.noARP) }.map {
        NeighbourListing(
          $0.address, interface: $0.interfaceIndex,
          hardwareAddress: $0.hardwareAddress.isEmpty ? nil : LocalNamespaces.text($0.hardwareAddress))
      }
      return Told(
        listings,
        evidence: [
          Evidence(
            "neighbour", "\(listings.count) neighbours are known",
            command: state.command(in: place, "ip neighbour show"))
        ])
    }
  }
}
