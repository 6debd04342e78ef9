internal import Flows
internal import LinuxSystem
internal import Netlink
internal import Programs
internal import Questions

/// The network namespaces of this host, with the sockets through which their kernel state is read.
struct LocalNamespaces {
  private(set) var descriptions: [NamespaceDescription] = []
  private(set) var notes: [String] = []
  /// Why there may be further namespaces; nil if these are all.
  private(set) var concealment: String?
  /// Why processes that keep namespaces alive may be outside what this program sees, although nothing hides them.
  private var confinement: String?
  /// Which namespaces can't be examined, and why.
  private(set) var unexamined: [String] = []
  /// Which counters could not be read the last time.
  private(set) var linkNotes: [String] = []
  /// All namespaces that were ever seen, including those that are gone.
  private(set) var known: Set<Place> = []
  private var sockets: [Place: NetworkNamespaceSockets] = [:]
  private var links: [Place: [Link]] = [:]
  /// Why existing namespaces can't be asked.
  private var refusals: [Place: LocalRefusal] = [:]

  /// All namespaces that can be asked, for meters.
  var all: [(Place, NetworkNamespaceSockets)] { sockets.map { ($0.key, $0.value) } }

  /// The place that this program runs in.
  private(set) var own: Place?
  func isOwn(_ id: Place) -> Bool { own == id }

  /// The zones besides the default one that connection tracking uses in a namespace; none if it is not here.
  private var zones: [Place: Set<UInt16>] = [:]
  private var zonesRead = -Double.infinity

  /// Whether no namespace is missing in `descriptions` that a process of the machine keeps alive.
  private var isWhole = false

  /// The sockets for asking `id`.
  ///
  /// - Throws: `unsupported` for a namespace that is gone or can't be seen from here, `denied` for one that may not be
  ///   entered or seen.
  func sockets(of id: Place) throws -> NetworkNamespaceSockets {
    if let found = sockets[id] { return found }
    if let refusal = refusals[id] { throw refusal }
    if isGone(id) { throw LocalRefusal(.unsupported, "the network namespace is gone") }
    let cause = concealment ?? confinement ?? "no process and no name leads to it"
    throw LocalRefusal(
      concealment == nil ? .unsupported : .denied, "the network namespace cannot be seen from here: \(cause)")
  }

  /// Whether the namespace existed and has ended, so that it can't be asked any more. One that is only out of sight is
  /// not gone.
  func isGone(_ id: Place) -> Bool {
    guard sockets[id] == nil, refusals[id] == nil, concealment == nil else { return false }
    return isWhole || known.contains(id)
  }

  /// The name of a namespace for people, also of one that is gone or can't be seen: `host`, `container web`.
  ///
  /// - Parameter isHeld: whether something in it still lives. A socket keeps a namespace that no process is in any more.
  func name(_ id: Place, isHeld: Bool = false) -> String {
    if let known = description(id)?.name { return known }
    return "namespace \(id.namespace) (\(!isHeld && isGone(id) ? "gone" : "cannot be seen from here"))"
  }

  /// The entries of connection tracking that `flow` belongs to: one, unless several zones have it.
  func entries(of flow: Flow, in id: Place) throws -> [ConnectionRecord] {
    let tracking = ConnectionTracking(try sockets(of: id))
    var found: [ConnectionRecord] = []
    let zones: [UInt16?] = [nil] + (self.zones[id] ?? []).sorted()
    for zone in zones {
      guard let record = try tracking.get(flow, zone: zone) else { continue }
      // One whose directions are in different zones is found in both.
      if !found.contains(where: { $0.original == record.original && $0.reply == record.reply }) { found.append(record) }
    }
    return found
  }

  /// Looks which zones connection tracking uses, every ten seconds at most. What may not be read is refused when it is asked for.
  private mutating func refreshZones() {
    guard MonotonicClock.seconds - zonesRead > 10 else { return }
    zonesRead = MonotonicClock.seconds
    zones = sockets.compactMapValues { sockets in (try? ConnectionTracking(sockets).zones()).flatMap(\.self) }
      .filter { !$0.value.isEmpty }
  }

  func routing(_ id: Place) -> Routing? { sockets[id].map(Routing.init) }
  func connections(_ id: Place) -> ConnectionTracking? { sockets[id].map(ConnectionTracking.init) }
  func diagnosis(_ id: Place) -> SocketDiagnosis? { sockets[id].map(SocketDiagnosis.init) }
  func wireGuard(_ id: Place) -> WireGuardDevices? { sockets[id].map(WireGuardDevices.init) }
  func description(_ id: Place) -> NamespaceDescription? { descriptions.first { $0.id == id } }
  func links(_ id: Place) -> [Link] { links[id] ?? [] }

  /// Looks for namespaces again. The sockets of those that still exist are kept.
  mutating func refresh(_ containers: [ContainerDescription], deviceOwner: (String, UInt32, Place) -> Owner?) {
    notes = []
    isWhole = false
    let processes = ProcessFiles()
    let catalog: NamespaceCatalog
    do { catalog = try NamespaceCatalog(reading: processes) } catch {
      concealment = "network namespaces could not be listed: \(error)"
      notes += [concealment].compactMap(\.self)
      return
    }
    concealment = catalog.concealment
    confinement = processes.confinement
    notes += catalog.unreadable.map(\.text)
    if let hidden = processes.hidden { notes.append("\(hidden)") }
    isWhole = concealment == nil && processes.showsWholeMachine
    var current: [Place: NetworkNamespaceSockets] = [:]
    var next: [NamespaceDescription] = []
    links = [:]
    refusals = [:]
    own = catalog.namespaces.first(where: \.isOwn)?.id
    // By reason without the namespace in it, so that a hundred containers are one line.
    var unexamined: [String: [LocalRefusal]] = [:]
    for namespace in catalog.namespaces {
      var description = Self.describe(namespace, containers)
      do {
        let sockets =
          try self.sockets[namespace.id] ?? NetworkNamespaceSockets(namespace: namespace.isOwn ? nil : namespace.path)
        current[namespace.id] = sockets
        links[namespace.id] = try Routing(sockets).links()
        description.interfaces = try Self.interfaces(links[namespace.id] ?? [], Routing(sockets)) {
          deviceOwner($0, $1, namespace.id)
        }
      } catch {
        let code = VantageError(error, host: "", "").code
        // A process's namespace is opened with the right to look at it (ptrace(2)), a name's with the right to read
        // others' folders; setns(2) needs another one.
        let opening: Capabilities = namespace.files.isEmpty ? .CAP_SYS_PTRACE : .CAP_DAC_READ_SEARCH
        let needed: Capabilities = current[namespace.id] == nil ? opening.union(.CAP_SYS_ADMIN) : .CAP_SYS_ADMIN
        let lacking = namespace.isOwn || code != .denied ? [] : needed.subtracting(.effective())
        let reason = lacking.isEmpty ? "\(error)" : "\(error) (\(lacking))"
        description.reason = reason
        let refusal = LocalRefusal(code, "\(description.title) cannot be examined: \(reason)")
        refusals[namespace.id] = refusal
        current[namespace.id] = nil
        let errno = (error as? SystemError)?.errno ?? (error as? NetlinkError)?.errno
        let plain = errno.map { "\($0)" } ?? "\(error)"
        unexamined[lacking.isEmpty ? plain : "\(plain) (\(lacking))", default: []].append(refusal)
      }
      next.append(description)
    }
    self.unexamined = unexamined.sorted { $0.key < $1.key }.map { reason, refusals in
      refusals.count == 1
        ? "\(refusals[0])" : "\(refusals.count) network namespaces cannot be examined: \(reason)"
    }
    notes += self.unexamined
    sockets = current
    refreshZones()
    known.formUnion(next.map(\.id))
    resolvePeers(catalog, &next)
    descriptions = next
  }

  /// Reads the interfaces' counters again.
  ///
  /// Where that fails, the previous values stay and a note says so.
  mutating func refreshLinks() {
    linkNotes = []
    for (id, sockets) in sockets {
      do { links[id] = try Routing(sockets).links() } catch {
        linkNotes.append(
          "the interfaces' counters of \(description(id)?.title ?? "a namespace") cannot be read: \(error)")
      }
    }
  }

  private static func describe(_ namespace: NetworkNamespace, _ containers: [ContainerDescription])
    -> NamespaceDescription
  {
    let container = containers.first { $0.namespace == namespace.id }
    let name: String
    if namespace.isHost {
      name = "host"
    } else if let container {
      name = "container \(container.container.title)"
    } else if let first = namespace.names.first {
      name = "netns \(first)"
    } else if let pid = namespace.pids.first {
      name = "namespace of pid \(pid)"
    } else {
      name = "namespace \(namespace.id.namespace)"
    }
    return NamespaceDescription(
      id: namespace.id, name: name, isHost: namespace.isHost, container: container?.container,
      entry: Self.entry(namespace), pid: namespace.pids.first)
  }

  private static func entry(_ namespace: NetworkNamespace) -> String {
    if namespace.isOwn { return "" }
    for name in namespace.names {
      let command: ShellCommand = "ip netns exec \(name)"
      if let text = command.text { return text }
    }
    if let pid = namespace.pids.first { return "nsenter -t \(pid) -n" }
    // If the file's name is not safe to paste, a person must fill it in; without any prefix the command would run in
    // another namespace.
    let command: ShellCommand = "nsenter --net=\(namespace.path)"
    return command.text ?? "nsenter --net=FILE"
  }

  private static func interfaces(
    _ links: [Link], _ routing: Routing, deviceOwner: (String, UInt32) -> Owner?
  ) throws -> [Interface] {
    let addresses = Dictionary(grouping: try routing.addresses(), by: \.interfaceIndex)
    return links.map { link in
      Interface(
        index: link.index, name: link.name, kind: link.kind, isUp: link.isUp,
        hardwareAddress: link.hardwareAddress.isEmpty ? nil : Self.text(link.hardwareAddress), master: link.master,
        addresses: (addresses[link.index] ?? []).map {
          InterfaceAddress(address: $0.address, prefixLength: Int($0.prefixLength))
        },
        deviceOwner: link.kind == .tun || link.tunType != nil || link.kind?.isTapOnParent == true
          ? deviceOwner(link.name, link.index) : nil)
    }
  }

  static func text(_ hardwareAddress: [UInt8]) -> String {
    hardwareAddress.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  /// Resolves the peers of links: a link gives its peer's index and, if the peer is in another namespace, that
  /// namespace's id as seen from here.
  private mutating func resolvePeers(_ catalog: NamespaceCatalog, _ descriptions: inout [NamespaceDescription]) {
    let paths = Dictionary(catalog.namespaces.map { ($0.id, $0.path) }, uniquingKeysWith: { first, _ in first })
    for index in descriptions.indices {
      let id = descriptions[index].id
      guard let links = links[id], let routing = routing(id) else { continue }
      var byNumber: [Int32: Place] = [:]
      if links.contains(where: { $0.peerNamespaceID != nil }) {
        for (other, path) in paths where other != id {
          do throws(NetlinkError) {
            if let number = try routing.namespaceID(of: path) { byNumber[number] = other }
          } catch {
            // One that ended since it was listed is nobody's peer; one that may not be opened may be.
            guard error.code == .denied else { continue }
            let who = description(other)?.title ?? "another namespace"
            let note = "whether \(who) has the other end of a link is not known: \(error)"
            if !notes.contains(note) { notes.append(note) }
          }
        }
      }
      for (position, link) in links.enumerated() {
        guard let peer = link.peerIndex, peer != 0, descriptions[index].interfaces.indices.contains(position) else {
          continue
        }
        let home = link.peerNamespaceID.map { byNumber[$0] } ?? id
        guard let home, home != id || peer != link.index else { continue }
        descriptions[index].interfaces[position].peer = Interface.Peer(namespace: home, index: peer)
      }
    }
  }
}
