internal import Containers
internal import Flows
internal import Proxies
internal import VPNs

extension PastedEvidence {
  /// The command prefix with which a person enters a place to collect what is missing, according to the container's
  /// runtime if that is known.
  func entry(_ place: EvidencePlace) -> String {
    guard case .container(let name) = place else { return place.entry }
    let listed = containers.first { item in
      item.value.container.names.contains(name) || item.value.container.id.hasPrefix(name)
    }
    return EvidencePlace.entry(container: name, of: listed?.value.runtime ?? "docker")
  }

  /// The canonical name of a place: a container's name, or the host if the container has no network of its own.
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

  /// Moves all findings to the canonical names of their places.
  mutating func settle() {
    joinContainers()
    pairSessions()
    addPrintedPackets()
    findings.settle(canonical)
    for index in captures.indices { captures[index].place = canonical(captures[index].place) }
    captured = CapturedTraffic(captures)
    settleStatuses()
  }

  /// Turns printed packets into captures, with lines in place of packets.
  private mutating func addPrintedPackets() {
    for (place, packets) in findings.all(PrintedPacket.self).sorted(by: { "\($0.key)" < "\($1.key)" }) {
      let files = Dictionary(grouping: packets, by: \.source.file)
      for (file, packets) in files.sorted(by: { $0.key < $1.key }) {
        captures.append(RecordedCapture(packets, of: file, at: place))
      }
    }
  }

  /// Joins the entries of one container from several outputs: one has its id, another its addresses.
  private mutating func joinContainers() {
    var joined: [Evident<ListedContainer>] = []
    let attached = networks.flatMap { found in
      found.value.containers.map { listed in
        Evident(
          value: listed,
          source: EvidenceLine(
            file: found.source.file, line: listed.addressLines.values.min() ?? found.source.line))
      }
    }
    for listed in containers + attached {
      let other = listed.value.container
      let known = joined.firstIndex { item in
        let container = item.value.container
        if !Set(container.names).isDisjoint(with: other.names) { return true }
        let (one, two) = (container.id, other.id)
        return min(one.utf8.count, two.utf8.count) >= 12 && (one.hasPrefix(two) || two.hasPrefix(one))
      }
      guard let known else {
        joined.append(listed)
        continue
      }
      joined[known].value.add(listed.value)
    }
    findings.replace(joined.isEmpty ? [:] : [.host: joined])
  }

  /// Turns sessions of `show sess` into those of `show sess all`, if a listing shows the connections of their file
  /// descriptors.
  private mutating func pairSessions() {
    var paired: [EvidencePlace: [Evident<RecordedHAProxySession>]] = [:]
    for (place, sessions) in findings.all(ShortSession.self) {
      var byDescriptor: [Int32: [(pid: Int32, socket: ListedSocket)]] = [:]
      var accepting: Set<UInt16> = []
      for socket in sockets[place] ?? [] {
        if socket.value.isListening { accepting.insert(socket.value.local.port) }
        guard socket.value.isConnected else { continue }
        for holder in socket.value.holders where holder.name.hasPrefix("haproxy") {
          if let number = holder.descriptor { byDescriptor[number, default: []].append((holder.pid, socket.value)) }
        }
      }
      for found in sessions {
        let session = found.value
        let clients = (byDescriptor[session.clientDescriptor] ?? []).filter { found in
          session.client.map { $0 == found.socket.remote } ?? true
        }
        // Each process numbers its descriptors from 0. A number that was given again may be another client's by now.
        let servers = (byDescriptor[session.serverDescriptor] ?? []).filter { found in
          clients.contains { $0.pid == found.pid && $0.socket.local.port != found.socket.local.port }
            && !accepting.contains(found.socket.local.port)
        }
        guard clients.count == 1, servers.count == 1 else {
          if !byDescriptor.isEmpty {
            notes.append(
              Note(
                .partial,
                "\(found.source): no listing says what descriptors \(session.clientDescriptor) and \(session.serverDescriptor) of one process are: collect ss -tnp at the same moment"
              ))
          }
          continue
        }
        let whole = session.session(client: clients[0].socket, server: servers[0].socket)
        paired[place, default: []].append(
          Evident(value: RecordedHAProxySession(whole), source: found.source))
      }
    }
    for (place, sessions) in paired { findings.add(sessions, at: place) }
  }

  /// Moves status files to their containers. One among the host's outputs often belongs to a container: to the place
  /// with its clients' addresses.
  private mutating func settleStatuses() {
    var all = statuses
    guard let ofHost = all.removeValue(forKey: .host) else { return }
    for found in ofHost { all[home(of: found.value.status), default: []].append(found) }
    findings.replace(all)
  }

  /// The place of a status that is among the host's outputs; the host itself if nothing shows another place.
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
        container.isRunning && ([container.image ?? ""] + container.names).contains { $0.lowercased().contains("vpn") }
      }.map { canonical(.container($0.id)) })
    if candidates.isEmpty, named.count == 1, let place = named.first { return place }
    return .host
  }

  /// Whether a tunnel's device has the network of a status's clients.
  static func holds(_ interface: ListedInterface, _ status: OpenVPNStatus) -> Bool {
    guard interface.kind == .tun else { return false }
    let prefixes = interface.addresses.compactMap { Prefix($0.address, length: $0.prefixLength) }
    return status.routes.contains { route in
      guard case .prefix(let prefix) = route.destination else { return false }
      return prefixes.contains { $0.contains(prefix.address) }
    }
  }
}

extension ListedContainer {
  /// Adds what another output says about the same container.
  fileprivate mutating func add(_ other: ListedContainer) {
    let theirs = other.container
    if theirs.id.utf8.count > container.id.utf8.count || container.names.contains(container.id) {
      container.id = theirs.id
    }
    container.names += theirs.names.filter { !container.names.contains($0) }
    container.image = container.image ?? theirs.image
    container.pid = container.pid ?? theirs.pid
    container.networkMode = container.networkMode ?? theirs.networkMode
    let known = Set(container.networks.flatMap { [$0.v4, $0.v6].compactMap { $0 } })
    container.networks += theirs.networks.filter { network in
      ![network.v4, network.v6].compactMap { $0 }.contains { known.contains($0) }
    }
    addressLines.merge(other.addressLines) { first, _ in first }
  }
}
