internal import Flows
internal import Questions

/// Through the devices of VPNs.
extension Walker {
  func tunnel(toward address: IPAddress, through interface: UInt32, in place: Place) async throws
    -> Inquiry.Outcome<TunnelAnswer?>
  {
    guard let device = places[place]?.interface(interface), device.kind?.isVPN == true else {
      return .told(Told(nil))
    }
    return try await inquiry.ask(TunnelQuestion(toward: address, through: interface, in: place))
  }

  /// Where nothing tells the way, as in recorded outputs without routes: the device that has the flow's own address.
  func device(of flow: Flow, _ direction: Direction, in place: Place) -> UInt32? {
    let own = direction == .towardInitiator ? flow.destination.address : flow.source.address
    return places[place]?.interfaces.first { $0.addresses.contains { $0.address == own } }?.index
  }

  /// The VPN server's view of a flow that came into `home` from its client.
  func entrance(of flow: Flow, to home: Place) async throws -> Step? {
    let client = flow.source.address
    // What is refused here is asked, and told, again on the walk's own way.
    guard let route = try await inquiry.ask(RouteQuestion(to: client, in: home)).told, let way = route.value,
      let told = try await tunnel(toward: client, through: way.interface, in: home).told, let answer = told.value,
      !answer.isClient
    else { return nil }
    return .tunnel(home, client, answer, StepEvidence(route.evidence + told.evidence))
  }

  /// The namespace of this host in which a tunnel's other side is, if it can only be that one: it has the address on a
  /// tunnel's device, or the flow was seen there.
  func home(
    beyond answer: TunnelAnswer, of address: IPAddress, _ flow: Flow, _ visited: Set<Place>
  ) -> Place? {
    let candidates = inventory.namespaces.filter { place in
      guard !visited.contains(place.id) else { return false }
      // Without a listing of its interfaces nobody knows which of them is the VPN's.
      let hasDevice = place.interfaces.contains { device in
        device.kind?.isVPN == true || (device.kind == nil && device.addresses.contains { $0.address == address })
      }
      return hasDevice && rows.passing(flow, in: place.id) != nil
    }
    return candidates.count == 1 ? candidates[0].id : nil
  }
}
