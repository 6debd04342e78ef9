internal import Flows
internal import Questions
internal import VPNs

/// Who is behind a tunnel's device, according to a bundle.
struct BundleTunnels: Sendable {
  let evidence: PastedEvidence
  let places: PastedInventory
  let files: EvidenceFiles

  func answer(_ address: IPAddress, _ device: Interface, at id: Place) -> TunnelAnswer? {
    guard let place = places.places[id], let description = places.inventory.namespace(id) else { return nil }
    let container = Owner(container: description.container, reason: "no listing of its processes in the bundle")
    let findings = PlaceFindings(evidence: evidence, place: place, files: files)
    if let kind = device.kind, let reader = TunnelReaders.reader(forKernelKind: kind) {
      return ask(reader, address, device, Owner(isKernel: true), findings, place)
    }
    guard device.kind == .tun else { return nil }
    let owner = device.deviceOwner ?? container
    let reader =
      owner.process.flatMap { TunnelReaders.reader(for: $0) }
      ?? TunnelReaders.reader(for: findings, device: device.name)
    let isListed = reader?.listings(in: findings).isEmpty == false
    // A VPN's client has no list of the server's clients.
    if !isListed, isClient(device) {
      return TunnelAnswer(
        tunnel: tunnel(reader?.type ?? "tun", device), owner: owner, isClient: true, certainty: .inferred)
    }
    guard let reader else {
      let wanted =
        "no status of the VPN is in the bundle: collect OpenVPN's status file (its option status), or wg show"
      return TunnelAnswer(
        tunnel: tunnel("tun", device), owner: owner, certainty: .unknown,
        reason: "client unknown, because \(wanted)")
    }
    return ask(reader, address, device, owner, findings, place)
  }

  private func ask(
    _ reader: any TunnelReader, _ address: IPAddress, _ device: Interface, _ owner: Owner, _ findings: PlaceFindings,
    _ place: EvidencePlace
  ) -> TunnelAnswer {
    let listener = evidence.sockets[place]?.lazy.map(\.value).first { socket in
      socket.isListening && socket.holders.contains { reader.programs.contains($0.name) }
    }
    let recorded = RecordedTunnelDevice(
      name: device.name, addresses: device.addresses.map(\.address), owner: owner,
      listener: listener.map { ($0.transport, $0.local.port) }, findings: findings, entry: place.entry.trimmed)
    do throws(TunnelError) {
      return try reader.peers(behind: recorded).answer(for: address)
    } catch {
      return TunnelAnswer(
        tunnel: tunnel(reader.type, device), owner: owner, certainty: .unknown,
        reason: "client unknown, because \(error.cause.map { "\($0)" } ?? "\(error)")")
    }
  }

  private func tunnel(_ type: String, _ device: Interface) -> Tunnel {
    Tunnel(type: type, interface: device.name == "tun" ? nil : device.name)
  }

  /// Whether this is the VPN's client. A server has the first address of its network (`server` in openvpn(8)); any
  /// other address is a client's.
  private func isClient(_ device: Interface) -> Bool {
    device.addresses.contains { own in
      guard own.address.isV4, let network = Prefix(own.address, length: own.prefixLength) else { return false }
      return own.prefixLength < 32 && own.address.integer != network.address.integer + 1
    }
  }
}
