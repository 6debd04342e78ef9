internal import Flows
internal import Questions
internal import VPNs

/// The interface that leads to an address, from `ip route`, the interfaces' own networks, and what VPNs report about
/// their clients.
struct PastedRoutes: Sendable {
  private let places: PastedInventory
  private let evidence: PastedEvidence

  /// The best route of each destination, and the lengths of the destinations.
  private var listed: [EvidencePlace: [Prefix: Evident<ListedRoute>]] = [:]
  private var lengths: [EvidencePlace: [Int]] = [:]

  init(_ places: PastedInventory, _ evidence: PastedEvidence) {
    self.places = places
    self.evidence = evidence
    for (place, routes) in evidence.routes {
      var best: [Prefix: Evident<ListedRoute>] = [:]
      for route in routes where route.value.device != nil {
        if let known = best[route.value.destination], known.value.metric <= route.value.metric { continue }
        best[route.value.destination] = route
      }
      listed[place] = best
      lengths[place] = Set(best.keys.map(\.length)).sorted(by: >)
    }
  }

  struct Found {
    var answer: RouteAnswer
    /// The line or capture that shows it; nil if it was concluded.
    var source: EvidenceLine?
  }

  func route(to address: IPAddress, in namespace: Place) -> Found? {
    guard let place = places.inventory.namespace(namespace) else { return nil }
    if let own = place.interfaces.first(where: { $0.addresses.contains { $0.address == address } }) {
      return Found(answer: RouteAnswer(interface: own.index, gateway: nil, isLocal: true))
    }
    let kind = places.places[namespace] ?? .host
    var best: (length: Int, Found)?
    func consider(_ length: Int, _ found: Found) {
      if best.map({ $0.length < length }) ?? true { best = (length, found) }
    }
    for length in lengths[kind] ?? [] {
      guard let prefix = Prefix(address, length: length), let item = listed[kind]?[prefix],
        let interface = place.interfaces.first(where: { $0.name == item.value.device })
      else { continue }
      consider(
        length,
        Found(
          answer: RouteAnswer(interface: interface.index, gateway: item.value.gateway, isLocal: false),
          source: item.source))
      break
    }
    for interface in place.interfaces {
      for own in interface.addresses where own.prefixLength < own.address.bitWidth {
        guard let prefix = Prefix(own.address, length: own.prefixLength), prefix.contains(address) else { continue }
        consider(prefix.length, Found(answer: RouteAnswer(interface: interface.index, gateway: nil, isLocal: false)))
      }
    }
    if let best, best.length > 0 { return best.1 }
    if let tunnel = behindTunnel(address, kind, place) { return tunnel }
    if let best { return best.1 }
    // The container's only way out.
    let outward = place.interfaces.filter { $0.name != "lo" && $0.peer != nil }
    if case .container = kind, outward.count == 1 {
      return Found(answer: RouteAnswer(interface: outward[0].index, gateway: nil, isLocal: false))
    }
    return nil
  }

  private func behindTunnel(_ address: IPAddress, _ place: EvidencePlace, _ description: NamespaceDescription) -> Found?
  {
    for listing in TunnelReaders.listings(in: PlaceFindings(evidence: evidence, place: place)) {
      guard let line = listing.line(address),
        let device = description.interfaces.first(where: { interface in
          listing.device.map { $0 == interface.name } ?? (interface.kind == listing.kind)
        })
      else { continue }
      return Found(answer: RouteAnswer(interface: device.index, gateway: nil, isLocal: false), source: line)
    }
    // Packets from this address came in through a device without link addresses.
    if let file = evidence.captured.tunnelClients[place]?[address],
      let device = description.interfaces.first(where: { $0.kind == .tun })
    {
      return Found(
        answer: RouteAnswer(interface: device.index, gateway: nil, isLocal: false),
        source: EvidenceLine(file: file, line: 0))
    }
    return nil
  }
}
