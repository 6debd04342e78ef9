internal import Clues
internal import Flows

/// Who is behind a tunnel's device, by the status files and dumps of a bundle.
struct BundleTunnels: Sendable {
  let evidence: PastedEvidence
  let places: PlainPlaces
  let files: EvidenceFiles

  func answer(_ address: IPAddress, _ device: Interface, in namespace: Place) -> TunnelAnswer? {
    guard let place = places.places[namespace], let description = places.inventory.namespace(namespace) else {
      return nil
    }
    let container = Owner(container: description.container, reason: "no listing of its processes in the bundle")
    if device.kind == .wireguard { return wireGuard(address, device, place) }
    guard device.kind == .tun else { return nil }
    var answer = TunnelAnswer(
      tunnel: Tunnel(type: "tun", interface: device.name == "tun" ? nil : device.name),
      owner: device.deviceOwner ?? container, certainty: .unknown)
    let statuses = evidence.statuses.filter { $0.place == place }
    let isOpenVPN = !statuses.isEmpty || device.deviceOwner?.process?.name.hasPrefix("openvpn") == true
    if isOpenVPN { answer.tunnel.type = "openvpn" }
    for status in statuses {
      guard let match = status.status.client(for: address) else { continue }
      let source = EvidenceLine(file: status.file, line: status.line(of: Self.text(match.prefix)))
      let clients = OpenVPNClients(
        status: status.status,
        source: OpenVPNSource(kind: .statusFile, name: status.name, command: files.command(source)))
      guard let client = clients.client(for: address) else { continue }
      let own = evidence.sockets[place]?.lazy.map(\.value).first { socket in
        socket.isListening && socket.holders.contains { $0.name.hasPrefix("openvpn") }
      }
      answer.adopt(client, own?.transport ?? .udp, port: own?.local.port ?? 0)
      answer.evidence = [
        Evidence(
          "openvpn",
          "\(source): \(client.prefix) is \(client.commonName ?? "a peer without a name")"
            + (client.peer.map { " at \($0)" } ?? ""), command: files.command(source))
      ]
      return answer
    }
    if statuses.isEmpty, isClient(device, place) {
      answer.isClient = true
      answer.certainty = .inferred
      return answer
    }
    answer.reason =
      statuses.isEmpty
      ? "client unknown, because no status of the VPN is in the bundle: collect OpenVPN's status file (its option status)"
      : "client unknown, because \(statuses.map(\.file).joined(separator: ", ")) has none for \(address)"
    return answer
  }

  /// A prefix as the status writes it: an address alone for one host.
  private static func text(_ prefix: Prefix) -> String {
    prefix.length == prefix.address.bitWidth ? "\(prefix.address)" : "\(prefix)"
  }

  /// A server has the first address of its network (`server` in openvpn(8)); any other one is a client's.
  private func isClient(_ device: Interface, _ place: EvidencePlace) -> Bool {
    device.addresses.contains { own in
      guard own.address.isV4, let network = Prefix(own.address, length: own.prefixLength) else { return false }
      return own.prefixLength < 32 && own.address.integer != network.address.integer + 1
    }
  }

  private func wireGuard(_ address: IPAddress, _ device: Interface, _ place: EvidencePlace) -> TunnelAnswer {
    var answer = TunnelAnswer(
      tunnel: Tunnel(type: "wireguard", interface: device.name), owner: Owner(isKernel: true), certainty: .unknown)
    guard let dump = (evidence.wireGuard[place] ?? []).last(where: { $0.value.device.name == device.name }) else {
      answer.reason =
        "client unknown, because the bundle has no peers of \(device.name): collect \(place.entry)wg show all dump"
      return answer
    }
    let peer = dump.value.device.claim(on: address)?.peer
    let line = peer.flatMap { dump.value.lines[$0.publicKey] } ?? dump.source.line
    let source = EvidenceLine(file: dump.source.file, line: line)
    answer.adopt(
      dump.value.device, address, device, names: evidence.peerNames, command: files.command(source))
    if let first = answer.evidence.first { answer.evidence[0].detail = "\(source): \(first.detail)" }
    return answer
  }
}
