internal import Clues
internal import Flows

extension PastedEvidence {
  /// The same place under one name: a container by its name, or the host's place where it has no network of its own.
  func canonical(_ place: EvidencePlace) -> EvidencePlace {
    let found: DockerContainer?
    switch place {
    case .host, .named: return place
    case .container(let word):
      found = containers.map(\.value.container).first { container in
        container.names.contains(word) || (word.count >= 4 && container.id.hasPrefix(word))
      }
    case .process(let pid): found = containers.map(\.value.container).first { $0.pid == pid }
    }
    guard var container = found else { return place }
    // A container that shares another's network.
    if let other = container.networkContainer,
      let owner = containers.map(\.value.container).first(where: { $0.id == other || $0.names.contains(other) })
    {
      container = owner
    }
    if container.networkMode == "host" { return .host }
    return .container(container.names.first ?? String(container.id.prefix(12)))
  }

  /// Puts everything under the places' one name.
  mutating func settle() {
    findings.settle(canonical)
    for index in captures.indices { captures[index].place = canonical(captures[index].place) }
    captured = CapturedTraffic(captures)
    settleStatuses()
  }

  /// A status file that lies with the host's outputs is often a container's: it belongs where its clients' addresses are.
  private mutating func settleStatuses() {
    var all = statuses
    guard let ofHost = all.removeValue(forKey: .host) else { return }
    for found in ofHost { all[home(of: found.value.status), default: []].append(found) }
    findings.replace(all)
  }

  /// The place of a status that lies with the host's outputs; the host itself if nothing tells.
  private func home(of status: OpenVPNStatus) -> EvidencePlace {
    let knows = { (address: IPAddress) in status.client(for: address) != nil }
    guard !(interfaces[.host] ?? []).contains(where: { Self.holds($0.value, status) }) else { return .host }
    let others = containers.map { canonical(.container($0.value.container.id)) } + Array(places)
    let candidates = Set(others).filter { place in
      guard place != .host else { return false }
      return (interfaces[place] ?? []).contains { Self.holds($0.value, status) }
        || (tracked[place] ?? []).contains { knows($0.value.original.source.address) }
    }
    if candidates.count == 1, let place = candidates.first { return place }
    let named = Set(
      containers.map(\.value.container).filter { container in
        ([container.image ?? ""] + container.names).contains { $0.lowercased().contains("vpn") }
      }.map { canonical(.container($0.id)) })
    if candidates.isEmpty, named.count == 1, let place = named.first { return place }
    return .host
  }

  /// Whether a tunnel's device has the network that a status's clients are in.
  static func holds(_ interface: ListedInterface, _ status: OpenVPNStatus) -> Bool {
    guard interface.kind == .tun else { return false }
    let prefixes = interface.addresses.compactMap { Prefix($0.address, length: $0.prefixLength) }
    return status.routes.contains { route in
      guard case .prefix(let prefix) = route.destination else { return false }
      return prefixes.contains { $0.contains(prefix.address) }
    }
  }
}
