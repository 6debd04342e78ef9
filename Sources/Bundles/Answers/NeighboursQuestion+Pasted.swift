internal import Flows
public import Questions

extension NeighboursQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<[NeighbourListing]>? {
    guard bundle.isPasted, let found = bundle.neighbours(in: place) else { return nil }
    return Told(
      found.map(\.listing), evidence: found.prefix(1).map { bundle.cite("ip neigh", $0.source, "a neighbour") })
  }
}

extension NeighbourQuestion: PastedQuestion {
  func answer(from bundle: BundleVantage) -> Told<NeighbourAnswer?>? {
    // Where no output lists neighbours, nobody knows whether there is one.
    guard bundle.isPasted, let listed = bundle.neighbours(in: place) else { return nil }
    guard let item = listed.first(where: { $0.listing.address == address }),
      let hardwareAddress = item.listing.hardwareAddress
    else { return Told(nil) }
    return Told(
      NeighbourAnswer(interface: item.listing.interface, hardwareAddress: hardwareAddress),
      evidence: [bundle.cite("ip neigh", item.source, "\(address) has hardware address \(hardwareAddress)")])
  }
}

extension BundleVantage {
  /// The neighbours in the outputs of a place, for interfaces that are known there; nil if no output lists neighbours.
  fileprivate func neighbours(in place: Place) -> [(listing: NeighbourListing, source: EvidenceLine)]? {
    guard let description = places.inventory.namespace(place),
      let listed = evidence.findings.all(ListedNeighbour.self)[places.places[place] ?? .host]
    else { return nil }
    let found = listed.compactMap { item -> (listing: NeighbourListing, source: EvidenceLine)? in
      guard let interface = description.interfaces.first(where: { $0.name == item.value.device }) else { return nil }
      let listing = NeighbourListing(
        item.value.address, interface: interface.index, hardwareAddress: item.value.hardwareAddress)
      return (listing, item.source)
    }
    // Neighbours on interfaces that are not known can't be used.
    return found.isEmpty && !listed.isEmpty ? nil : found
  }
}
