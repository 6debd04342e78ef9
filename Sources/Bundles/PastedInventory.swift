internal import Containers
internal import Flows
internal import Questions
internal import VPNs

/// The namespaces of a host according to its plain outputs, with conclusions where an output is missing.
struct PastedInventory: Sendable {
  private(set) var inventory: Inventory
  private(set) var ids: [EvidencePlace: Place] = [:]
  private(set) var places: [Place: EvidencePlace] = [:]
  private let evidence: PastedEvidence

  /// The first index of interfaces that were concluded: a tunnel of which only the status file exists, or the interface
  /// with the host's own addresses.
  static let concluded: UInt32 = 0x7FFF_0000

  init(_ evidence: PastedEvidence, host: String, record: HostRecord) {
    self.evidence = evidence
    inventory = Inventory(host: host, namespaces: [], containers: [], notes: evidence.notes.map(\.text))
    var order: [EvidencePlace] = [.host]
    for container in evidence.containers where container.value.container.isRunning {
      let place = evidence.canonical(.container(container.value.container.id))
      if !order.contains(place) { order.append(place) }
    }
    for place in evidence.places.sorted(by: { "\($0)" < "\($1)" }) where !order.contains(place) { order.append(place) }
    let base = Self.base(host)
    for (index, place) in order.enumerated() {
      let id = Place(namespace: base + UInt64(index) + 1)
      ids[place] = id
      places[id] = place
    }
    for place in order { inventory.namespaces.append(describe(place)) }
    for container in evidence.containers {
      let place = evidence.canonical(.container(container.value.container.id))
      inventory.containers.append(
        ContainerDescription(
          container: container.value.container.container(runtime: container.value.runtime),
          namespace: place == .host || container.value.container.networkContainer != nil ? nil : ids[place],
          pid: container.value.container.pid))
    }
    for place in order { concludeTunnels(place) }
    concludeHostAddresses(record)
    joinPeers(order)
    inventory.processNames = Set(
      evidence.sockets.values.joined().flatMap { $0.value.holders.map(\.name) }
        + evidence.nethogs.compactMap { line in line.value.program.flatMap(Self.programName) })
  }

  /// A number for each host, so that two bundles' namespaces never coincide by chance (FNV-1a).
  private static func base(_ host: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in host.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    // `Place` has 40 bits for the namespace.
    return (hash & 0xFFF_FFFF) << 12
  }

  /// The program's name: `squid` of `/usr/sbin/squid -N`.
  static func programName(_ program: String) -> String? {
    let name = program.split(separator: " ").first?.split(separator: "/").last.map(String.init)
    return name.flatMap { $0.hasSuffix(":") ? String($0.dropLast()) : $0 }
  }

  // MARK: Namespaces

  private func describe(_ place: EvidencePlace) -> NamespaceDescription {
    let id = ids[place] ?? Place(namespace: 0)
    var result = NamespaceDescription(
      id: id, name: "host", isHost: place == .host, entry: nil,
      interfaces: Self.interfaces(evidence.interfaces[place] ?? []))
    switch place {
    case .host: break
    case .container(let name):
      result.name = "container \(name)"
      let known = container(place)
      let runtime = evidence.containers.first { $0.value.container.id == known?.id }?.value.runtime ?? "docker"
      result.container = known?.container(runtime: runtime) ?? Container(runtime: "docker", id: name, name: name)
      result.pid = known?.pid
      if result.interfaces.isEmpty, let known { result.interfaces = concludedInterfaces(known) }
    case .named(let name): result.name = "netns \(name)"
    case .process(let pid):
      result.name = "namespace of pid \(pid)"
      result.pid = pid
    }
    if result.interfaces.isEmpty { result.reason = "no ip address of \(result.name) in the bundle" }
    return result
  }

  func entry(_ place: EvidencePlace) -> String { evidence.entry(place) }

  func container(_ place: EvidencePlace) -> DockerContainer? {
    guard case .container(let name) = place else { return nil }
    return evidence.containers.map(\.value.container).first { $0.names.first == name || $0.id.hasPrefix(name) }
  }

  private static func interfaces(_ listed: [Evident<ListedInterface>]) -> [Interface] {
    var result: [Interface] = []
    var known: [String: Int] = [:]
    for item in listed {
      let value = item.value
      let addresses = value.addresses.map { InterfaceAddress(address: $0.address, prefixLength: $0.prefixLength) }
      if let place = known[value.name] {
        // The same host in several outputs.
        result[place].addresses += addresses.filter { !result[place].addresses.contains($0) }
        if result[place].index > concluded, let index = value.index { result[place].index = index }
        continue
      }
      known[value.name] = result.count
      result.append(
        Interface(
          index: value.index ?? concluded + 256 + UInt32(result.count), name: value.name, kind: value.kind,
          isUp: value.isUp, hardwareAddress: value.hardwareAddress, addresses: addresses))
    }
    for item in listed {
      guard let master = item.value.master, let place = known[item.value.name], let bridge = known[master] else {
        continue
      }
      result[place].master = result[bridge].index
    }
    return result
  }

  /// A container's interfaces according to Docker: one address per network.
  private func concludedInterfaces(_ container: DockerContainer) -> [Interface] {
    container.networks.enumerated().compactMap { index, network in
      let addresses = [network.v4, network.v6].compactMap { $0 }.map { address in
        let subnets = evidence.networks.flatMap(\.value.network.subnets).filter { $0.contains(address) }
        return InterfaceAddress(
          address: address, prefixLength: subnets.map(\.length).max() ?? (address.isV4 ? 16 : 64))
      }
      guard !addresses.isEmpty else { return nil }
      return Interface(
        index: Self.concluded + 16 + UInt32(index), name: "eth\(index)", kind: .veth, hardwareAddress: network.mac,
        addresses: addresses)
    }
  }

  // MARK: Conclusions

  /// Adds a device for a VPN of whose peers there is a list, even if no output lists the device.
  private mutating func concludeTunnels(_ place: EvidencePlace) {
    guard let id = ids[place], let at = inventory.namespaces.firstIndex(where: { $0.id == id }) else { return }
    let listings = TunnelReaders.listings(in: PlaceFindings(evidence: evidence, place: place))
    for listing in listings {
      guard let device = listing.device else { continue }
      if let known = inventory.namespaces[at].interfaces.firstIndex(where: { $0.name == device }) {
        inventory.namespaces[at].interfaces[known].kind = listing.kind
      } else {
        let count = UInt32(inventory.namespaces[at].interfaces.count)
        inventory.namespaces[at].interfaces.append(
          Interface(index: Self.concluded + 64 + count, name: device, kind: listing.kind))
      }
    }
    let isServer =
      listings.contains { $0.device == nil && $0.kind == .tun } || evidence.captured.tunnelClients[place] != nil
    if isServer, !inventory.namespaces[at].interfaces.contains(where: { $0.kind == .tun }) {
      inventory.namespaces[at].interfaces.append(Interface(index: Self.concluded + 1, name: "tun", kind: .tun))
    }
    let daemon = (evidence.sockets[place] ?? []).lazy.flatMap(\.value.holders).first { TunnelReaders.isHolder($0.name) }
    for index in inventory.namespaces[at].interfaces.indices {
      guard inventory.namespaces[at].interfaces[index].kind == .tun, let daemon else { continue }
      inventory.namespaces[at].interfaces[index].deviceOwner = Owner(
        process: Process(pid: daemon.pid, name: daemon.name), container: inventory.namespaces[at].container)
    }
  }

  /// Concludes the host's addresses from its sockets and translations, if no output lists interfaces.
  private mutating func concludeHostAddresses(_ record: HostRecord) {
    guard let at = inventory.namespaces.firstIndex(where: \.isHost) else { return }
    var own = record.addresses ?? []
    if inventory.namespaces[at].interfaces.isEmpty {
      for socket in evidence.sockets[.host] ?? [] where !socket.value.local.address.isUnspecified {
        own.append(socket.value.local.address)
      }
      for entry in evidence.tracked[.host] ?? [] {
        let (before, after) = (entry.value.original, entry.value.translated)
        if before.source.address != after.source.address { own.append(after.source.address) }
        if before.destination.address != after.destination.address { own.append(before.destination.address) }
      }
      if own.isEmpty { own += evidence.captures.filter { $0.place == .host }.flatMap(\.ownAddresses) }
    }
    var seen: Set<IPAddress> = []
    let others = inventory.namespaces.filter { !$0.isHost }
    let addresses = own.filter { address in
      seen.insert(address).inserted && !inventory.namespaces[at].owns(address) && !address.isLoopback
        && !others.contains { $0.owns(address) }
    }
    guard !addresses.isEmpty else { return }
    inventory.namespaces[at].interfaces.append(
      Interface(
        index: Self.concluded, name: "unknown",
        addresses: addresses.map { InterfaceAddress(address: $0, prefixLength: $0.bitWidth) }))
  }

  /// Joins a container's link to the veth that names it, or else to the bridge whose network contains its address.
  private mutating func joinPeers(_ order: [EvidencePlace]) {
    guard let hostID = ids[.host], let at = inventory.namespaces.firstIndex(where: \.isHost) else { return }
    let host = inventory.namespaces[at]
    let hostLinks = evidence.interfaces[.host] ?? []
    for place in order where place != .host {
      guard let id = ids[place], let position = inventory.namespaces.firstIndex(where: { $0.id == id }) else {
        continue
      }
      let links = evidence.interfaces[place] ?? []
      for (index, interface) in inventory.namespaces[position].interfaces.enumerated()
      where interface.kind?.isVPN != true && interface.name != "lo" {
        let peerIndex = links.first { $0.value.name == interface.name }?.value.peerIndex
        let veth = hostLinks.first { link in
          link.value.index != nil && link.value.index == peerIndex && link.value.peerIndex == interface.index
        }
        let bridge = host.interfaces.first { candidate in
          candidate.addresses.contains { own in
            Prefix(own.address, length: own.prefixLength).map { prefix in
              interface.addresses.contains { prefix.contains($0.address) }
            } == true
          }
        }
        guard case .container = place else {
          if let index = veth?.value.index { connect(position, interface, to: index, hostID, at) }
          continue
        }
        let target = veth?.value.index ?? bridge?.index ?? 0
        inventory.namespaces[position].interfaces[index].peer = Interface.Peer(namespace: hostID, index: target)
        if let veth = veth?.value.index, let there = host.interfaces.firstIndex(where: { $0.index == veth }) {
          inventory.namespaces[at].interfaces[there].peer = Interface.Peer(namespace: id, index: interface.index)
        }
      }
    }
  }

  private mutating func connect(
    _ position: Int, _ interface: Interface, to index: UInt32, _ host: Place, _ at: Int
  ) {
    guard let own = inventory.namespaces[position].interfaces.firstIndex(where: { $0.index == interface.index }),
      let there = inventory.namespaces[at].interfaces.firstIndex(where: { $0.index == index })
    else { return }
    inventory.namespaces[position].interfaces[own].peer = Interface.Peer(namespace: host, index: index)
    inventory.namespaces[at].interfaces[there].peer = Interface.Peer(
      namespace: inventory.namespaces[position].id, index: interface.index)
  }
}

extension String {
  var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
