internal import Documents
internal import Flows
internal import Questions

/// Devices that a flow passes on one host: the device into a namespace, and the last device on the way to an end
/// outside all known hosts.
extension HopDescriber {
  /// A virtual machine's tap device with the process that holds it open, or the port of a bridge behind which the end
  /// is; nil for other devices, and if a gateway lies in between.
  func link(_ place: Place, _ address: IPAddress, _ interface: UInt32?, _ row: FlowTraffic) async throws -> Hop? {
    if let port = port(place, address, row) { return port }
    if let tap = tap(place, interface) { return tap }
    guard let here = description(place), let device = interface.flatMap(here.interface),
      device.kind == .bridge || device.deviceOwner?.isKnown == true,
      let told = try await inquiry.ask(NeighbourQuestion(address, in: place)).told, let neighbour = told.value
    else { return nil }
    let port = neighbour.port.flatMap(here.interface)
    let passed = port ?? device
    var hop = Hop(
      .link, host: inventory.host(of: place), namespace: name(place), certainty: .observed,
      link: Hop.Link(
        interface: passed.name, hardwareAddress: neighbour.hardwareAddress, bridge: port == nil ? nil : device.name,
        machine: passed.deviceOwner?.machine),
      evidence: told.evidence)
    if let owner = passed.deviceOwner, owner.isKnown {
      hop.adopt(owner)
      hop.evidence.append(holding(of: passed.name, by: owner))
    }
    return hop
  }

  /// A macvtap, with the program that sends and receives its frames; nil for other devices.
  private func tap(_ place: Place, _ interface: UInt32?) -> Hop? {
    guard let device = interface.flatMap({ description(place)?.interface($0) }), device.kind?.isTapOnParent == true
    else {
      return nil
    }
    var hop = Hop(
      .link, host: inventory.host(of: place), namespace: name(place), certainty: .observed,
      link: Hop.Link(
        interface: device.name, hardwareAddress: device.hardwareAddress, machine: device.deviceOwner?.machine),
      evidence: [
        Evidence("meter (\(meter))", "its packets left by \(device.name)", command: command(in: place, "ip -d link"))
      ])
    if let owner = device.deviceOwner, owner.isKnown {
      hop.adopt(owner)
      hop.evidence.append(holding(of: device.name, by: owner))
    }
    return hop
  }

  /// The bridge port on this end's side that the row's packets passed, as counted; nil if it was no port.
  private func port(_ place: Place, _ address: IPAddress, _ row: FlowTraffic) -> Hop? {
    guard row.role == .forwarded, row.namespace == place, let here = description(place) else { return nil }
    let isSource = row.flow.source.address == address
    guard isSource || (row.translated ?? row.flow).destination.address == address,
      let device = here.interfaces.first(where: { $0.name == (isSource ? row.interface : row.outInterface) }),
      let bridge = device.master.flatMap(here.interface), bridge.kind == .bridge, device.kind != nil
    else { return nil }
    var hop = Hop(
      .link, host: inventory.host(of: place), namespace: name(place), certainty: .observed,
      link: Hop.Link(interface: device.name, bridge: bridge.name, machine: device.deviceOwner?.machine),
      evidence: [
        Evidence(
          "meter (\(meter))", "its packets \(isSource ? "came from" : "went to") port \(device.name) of \(bridge.name)",
          command: command(in: place, "bridge link show"))
      ])
    if let owner = device.deviceOwner {
      hop.adopt(owner)
      hop.evidence.append(holding(of: device.name, by: owner))
    }
    return hop
  }

  /// The hop into a network namespace that belongs to no container, on the same host.
  func namespace(_ place: Place) -> Hop {
    let doors = description(place)?.interfaces.filter { $0.peer.map { $0.namespace != place } ?? false } ?? []
    // If there are several, it is not known here which one was passed.
    let isAmbiguous =
      doors.count > 1 || description(place)?.interfaces.contains { $0.kind == .veth && $0.peer == nil } == true
    let door = isAmbiguous ? nil : doors.first
    return Hop(
      .link, host: inventory.host(of: place), namespace: name(place), certainty: .observed,
      link: door.map { Hop.Link(interface: $0.name, hardwareAddress: $0.hardwareAddress) },
      evidence: [
        Evidence(
          "namespace", "network namespace \(place.namespace), \(name(place))",
          command: command(in: place, "ip -br address"))
      ])
  }

  func holding(of device: String, by owner: Owner) -> Evidence {
    let holder = owner.process.map { "\($0.name) (pid \($0.pid))" } ?? "an unknown process"
    return Evidence(
      "/proc", "\(device) is held open by \(holder)",
      command: owner.process.map { "grep -H iff: /proc/\($0.pid)/fdinfo/*" })
  }
}

extension Owner {
  /// Whether any owner is named. The owner of a device may be invisible, for a reason.
  var isKnown: Bool { process != nil || container != nil || machine != nil }
}
