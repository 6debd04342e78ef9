internal import Clues
internal import Flows

extension PastedEvidence {
  /// The same place under one name: a container by its name, or the host's place where it has no network of its own.
  func canonical(_ place: EvidencePlace) -> EvidencePlace {
    let found: DockerContainer?
    switch place {
    case .host, .named: return place
    case .container(let word):
      found = containers.map(\.value).first { container in
        container.names.contains(word) || (word.count >= 4 && container.id.hasPrefix(word))
      }
    case .process(let pid): found = containers.map(\.value).first { $0.pid == pid }
    }
    guard var container = found else { return place }
    // A container that shares another's network.
    if let other = container.networkContainer,
      let owner = containers.map(\.value).first(where: { $0.id == other || $0.names.contains(other) })
    {
      container = owner
    }
    if container.networkMode == "host" { return .host }
    return .container(container.names.first ?? String(container.id.prefix(12)))
  }

  /// Puts everything under the places' one name.
  mutating func settle() {
    tracked = settled(tracked)
    sockets = settled(sockets)
    interfaces = settled(interfaces)
    routes = settled(routes)
    wireGuard = settled(wireGuard)
    sessions = settled(sessions)
    haproxy = settled(haproxy)
    var files: [EvidencePlace: [String: [UInt8]]] = [:]
    for (place, texts) in nginx { files[canonical(place), default: [:]].merge(texts) { first, _ in first } }
    nginx = files
    var logs: [EvidencePlace: [String: Evident<[UInt8]>]] = [:]
    for (place, all) in accessLogs { logs[canonical(place), default: [:]].merge(all) { first, _ in first } }
    accessLogs = logs
    for index in statuses.indices { statuses[index].place = canonical(statuses[index].place) }
    for index in captures.indices { captures[index].place = canonical(captures[index].place) }
    captured = CapturedTraffic(captures)
    settleStatuses()
  }

  private func settled<Value>(_ values: [EvidencePlace: [Value]]) -> [EvidencePlace: [Value]] {
    var result: [EvidencePlace: [Value]] = [:]
    for (place, list) in values { result[canonical(place), default: []] += list }
    return result
  }

  /// A status file that lies with the host's outputs is often a container's: it belongs where its clients' addresses are.
  private mutating func settleStatuses() {
    for index in statuses.indices where statuses[index].place == .host {
      let status = statuses[index].status
      let knows = { (address: IPAddress) in status.client(for: address) != nil }
      guard !(interfaces[.host] ?? []).contains(where: { Self.holds($0.value, status) }) else { continue }
      let others = containers.map { canonical(.container($0.value.id)) } + Array(places)
      let candidates = Set(others).filter { place in
        guard place != .host else { return false }
        return (interfaces[place] ?? []).contains { Self.holds($0.value, status) }
          || (tracked[place] ?? []).contains { knows($0.value.original.source.address) }
      }
      if candidates.count == 1, let place = candidates.first {
        statuses[index].place = place
        continue
      }
      let named = Set(
        containers.map(\.value).filter { container in
          ([container.image ?? ""] + container.names).contains { $0.lowercased().contains("vpn") }
        }.map { canonical(.container($0.id)) })
      if candidates.isEmpty, named.count == 1, let place = named.first { statuses[index].place = place }
    }
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
