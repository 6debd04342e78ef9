internal import Flows
internal import LinuxSystem
internal import Meter
internal import Netlink
internal import Programs
internal import Questions

/// The state of a local vantage; one thread at a time uses it.
struct LocalState {
  var owners = OwnerCache()
  var namespaces = LocalNamespaces()
  private var tunnels = LocalTunnels()
  private let environment: [String: String]
  private var containers: [ContainerDescription] = []
  private var counterCaches: [Set<Int32>: CounterCache] = [:]
  private var counters: [CounterKey: Traffic] = [:]
  private var namespacesRead = -1.0
  private var refreshed = -1.0
  private(set) var windowStarted = 0.0
  private(set) var windowBegin = 0.0

  struct CounterKey: Hashable {
    let namespace: Place
    let index: UInt32
  }

  init(environment: [String: String]) { self.environment = environment }

  mutating func refresh() {
    containers = owners.refreshContainers(environment: environment)
    refreshNamespaces()
    refreshed = MonotonicClock.seconds
  }

  /// Looks around once; later calls do nothing.
  mutating func lookAround() { if refreshed < 0 { refresh() } }

  /// Looks around again unless that was done within the last `seconds`.
  mutating func refresh(olderThan seconds: Double) {
    if MonotonicClock.seconds - refreshed > seconds { refresh() }
  }

  private mutating func refreshNamespaces() {
    var owners = self.owners
    namespaces.refresh(containers) { owners.deviceOwner($0, $1, $2) }
    self.owners = owners
    namespacesRead = MonotonicClock.seconds
  }

  /// The namespaces for a meter that asks often; refreshed four times a second.
  mutating func namespacesForMeter() -> [(Place, NetworkNamespaceSockets)] {
    if MonotonicClock.seconds - namespacesRead > 0.25 { refreshNamespaces() }
    return namespaces.all
  }

  func inventory(host: String) -> Inventory {
    let names = owners.processNames()
    var inventory = Inventory(
      host: host, namespaces: namespaces.descriptions, containers: containers, processNames: names.found,
      notes: owners.notes + namespaces.notes + names.notes)
    if let concealment = namespaces.concealment ?? namespaces.unexamined.first { inventory.concealed = [concealment] }
    if let confinement = owners.confinement { inventory.confined = [confinement] }
    return inventory
  }

  /// Remembers the interfaces' counters at the start of a measuring window.
  mutating func beginWindow() {
    owners.bornAfter = min(owners.bornAfter, MonotonicClock.sinceBoot)
    endWindow()
    counters = currentCounters()
  }

  /// Reads the interfaces' counters at the end of a window, where the next window may begin.
  mutating func endWindow() {
    namespaces.refreshLinks()
    (windowStarted, windowBegin) = (SystemClock.now(), MonotonicClock.seconds)
  }

  private func currentCounters() -> [CounterKey: Traffic] {
    var result: [CounterKey: Traffic] = [:]
    for (id, _) in namespaces.all {
      for link in namespaces.links(id) {
        guard let statistics = link.statistics else { continue }
        result[CounterKey(namespace: id, index: link.index)] = Traffic(
          bytesIn: statistics.receivedBytes, bytesOut: statistics.sentBytes, packetsIn: statistics.receivedPackets,
          packetsOut: statistics.sentPackets)
      }
    }
    return result
  }

  // MARK: From a reading to an interval

  mutating func interval(from reading: MeterReading, host: String, started: Double, seconds: Double) -> Interval {
    let unknown = Set(reading.sockets.map(\.namespace) + reading.forwarded.map(\.namespace))
      .subtracting(namespaces.descriptions.map(\.id))
    var reading = reading
    reading.sockets = withInterfaces(reading.sockets)
    let stack = InterfaceStack(namespaces)
    let interfaces = interfaceCounters(stack)
    counters = currentCounters()
    // A container that started during the window is looked up once.
    if !unknown.isEmpty { refresh() }
    var flows = socketFlows(reading.sockets)
    let ends = Set(flows.map(\.flow.unordered))
    let detours = Detours(reading.forwarded) { id, index in
      self.namespaces.links(id).first { $0.index == index }.flatMap { $0.kind == .ifb ? $0.name : nil }
    }
    let forwarded = forwardedFlows(detours.others, ends: ends)
    flows += forwarded.rows
    flows = FamilyTranslations.joined(flows)
    let moved = Set(
      interfaces.filter { !$0.counted.isZero }.map { InterfaceStack.Position(namespace: $0.namespace, index: $0.index) }
    )
    var passages = LowerPassages(stack, moved: moved)
    for index in flows.indices {
      var passed = flows[index].below ?? []
      passed += passages.below(flows[index], namespaces) ?? []
      if let aside = detours.interface(of: flows[index]) { passed.append(aside) }
      if !passed.isEmpty { flows[index].below = passed }
    }
    let ledger = Ledger(interfaces: interfaces, reading: reading).entries()
    // What the meter cannot see is named where bytes are missing.
    let blind =
      ledger.contains { $0.unknown.bytes > 1500 && $0.explained < 0.97 } ? reading.blindSpot.map { [$0] } ?? [] : []
    let notes = unsentNotes(reading) + LedgerNotes.notes(ledger) + blind + forwarded.notes
    owners.trim()
    return Interval(
      host: host, started: SystemClock.text(started) ?? "", began: started, seconds: seconds, meter: "", flows: flows,
      ledger: ledger,
      notes: reading.notes + notes + owners.notes + namespaces.notes + namespaces.linkNotes)
  }

  /// Fills in interfaces that the meter does not see from the route to the remote.
  ///
  /// If the route is not known, the interface stays open, and the row's bytes are in the unknown part of the
  /// interface's ledger.
  private func withInterfaces(_ rows: [SocketTraffic]) -> [SocketTraffic] {
    struct Way: Hashable {
      let namespace: Place
      let remote: IPAddress
    }
    var ways: [Way: UInt32] = [:]
    return rows.map { row in
      guard row.inInterface == 0, row.outInterface == 0, let remote = row.remote?.address else { return row }
      let way = Way(namespace: row.namespace, remote: remote)
      // If the interface is not known, it is left out, as documented above.
      let told = ways[way] == nil ? (try? namespaces.routing(row.namespace)?.route(to: remote))?.outputInterface : nil
      let index = ways[way] ?? told ?? 0
      ways[way] = index
      var row = row
      (row.inInterface, row.outInterface) = (index, index)
      return row
    }
  }

  /// Notes on what programs sent but no interface transmitted, largest first.
  private mutating func unsentNotes(_ reading: MeterReading) -> [String] {
    let rows = reading.sockets.filter { $0.unsent.bytesOut > 3000 && $0.unsent.bytesOut > $0.traffic.bytesOut / 30 }
      .sorted { $0.unsent.bytesOut > $1.unsent.bytesOut }
    return rows.prefix(3).map { row in
      let owner = owners.owner(of: row)
      let who = owner.process.map { "\($0.name) (pid \($0.pid))" } ?? "a socket without a known owner"
      let interface = interfaceName(row.outInterface, in: row.namespace, toward: nil)
      return "\(row.unsent.bytesOut) bytes that \(who) sent\(row.remote.map { " to \($0)" } ?? "") never left"
        + "\(interface.map { " by \($0)" } ?? "")\(row.unsentReason.map { ": \($0)" } ?? "")"
    }
  }

  private func interfaceCounters(_ stack: InterfaceStack) -> [InterfaceCounters] {
    let now = currentCounters()
    return namespaces.descriptions.flatMap { place in
      namespaces.links(place.id).compactMap { link -> InterfaceCounters? in
        let key = CounterKey(namespace: place.id, index: link.index)
        // An interface that appeared during the window counts from zero.
        guard let current = now[key] else { return nil }
        var counters = InterfaceCounters(
          namespace: place.id, namespaceName: place.name, index: link.index, name: link.name,
          counted: current.since(self.counters[key] ?? Traffic()),
          linkHeader: Self.linkHeader(link).sent, receivedLinkHeader: Self.linkHeader(link).received,
          master: link.master,
          uppers: stack.uppers(of: InterfaceStack.Position(namespace: place.id, index: link.index)),
          isDetour: link.kind == .ifb, padding: link.kind == .wireguard ? 15 : 0)
        counters.hidesReceived = link.kind?.isTapOnParent == true
        return counters
      }
    }
  }

  /// The bytes of the link header that the device's driver counts with each packet: only ARPHRD_ETHER has one; tun, WireGuard and
  /// tunnels (65534, 768, …) carry bare IP.
  private static func linkHeader(_ link: Link) -> (received: UInt64, sent: UInt64) {
    // What is encrypted has a tag of 16 bytes behind it, and in front 16 more that only the receiver counts (`iptunnel_xmit`,
    // `wg_packet_consume_data_done`).
    if link.kind == .wireguard { return (32, 16) }
    guard link.hardwareType == 1 else { return (0, 0) }
    return link.kind?.countedLinkHeader ?? (14, 14)
  }

  private mutating func socketFlows(_ rows: [SocketTraffic]) -> [FlowTraffic] {
    // Replies that the kernel sends for a connection whose socket is gone (TIME_WAIT, resets) belong to that connection.
    var result: [FlowTraffic] = []
    var positions: [Leg: Int] = [:]
    var connections: [Flow: Int] = [:]
    var kernelRows: [SocketTraffic] = []
    var accepted: [Int] = []
    var listening = ListenerIndex(rows)
    // A row without packets is a program that reads late what arrived before the window.
    for row in rows where !row.traffic.isZero {
      if case .kernel = row.holder, row.remote != nil { kernelRows.append(row); continue }
      let owner = owners.owner(of: row)
      let flow = Flow(
        row.transport, from: row.local, to: row.remote ?? Endpoint(row.local.address.isV4 ? .anyV4 : .anyV6, 0))
      let (role, isInferred) = row.role == .peer ? listening.role(of: row, flow, namespaces) : (row.role, false)
      let isHeld = !row.closed && owner.process.map { $0.ended != true } ?? false
      let name = namespaces.name(row.namespace, isHeld: isHeld)
      let interface = row.outInterface != 0 ? row.outInterface : row.inInterface
      positions[Leg(flow, at: row.namespace)] = result.count
      if row.transport == .tcp, connections[flow] == nil { connections[flow] = result.count }
      if row.isNew, role == .responder { accepted.append(result.count) }
      var item =
        FlowTraffic(
          namespace: row.namespace, namespaceName: name, role: role, flow: flow, owner: owner, traffic: row.traffic,
          payloadIn: row.payloadIn, payloadOut: row.payloadOut,
          interface: interfaceName(interface, in: row.namespace, toward: row.remote?.address), closed: row.closed,
          cookie: row.cookie)
      if row.inInterface != 0, row.outInterface != 0, row.inInterface != row.outInterface {
        item.inInterface = interfaceName(row.inInterface, in: row.namespace, toward: nil)
      }
      if isInferred { item.isRoleInferred = true }
      if !row.unsent.isZero { item.unsent = row.unsent }
      result.append(item)
    }
    for row in kernelRows {
      guard let remote = row.remote else { continue }
      let flow = Flow(row.transport, from: row.local, to: remote)
      if let match = positions[Leg(flow, at: row.namespace)] ?? connections[flow] {
        result[match].traffic += row.traffic
      } else {
        result.append(
          FlowTraffic(
            namespace: row.namespace,
            namespaceName: namespaces.name(row.namespace),
            // The kernel answers ICMP echoes only, and only those have an identifier.
            role: row.transport.isICMP && row.local.port != 0 && row.traffic.packetsIn == 0 ? .responder : row.role,
            flow: flow, owner: Owner(isKernel: true), traffic: row.traffic,
            interface: interfaceName(row.outInterface, in: row.namespace, toward: nil), closed: row.closed,
            cookie: row.cookie))
      }
    }
    Handshakes.settle(&result, accepted: accepted)
    return result
  }

  private func interfaceName(_ index: UInt32, in namespace: Place, toward address: IPAddress?) -> String? {
    if index != 0 { return namespaces.links(namespace).first { $0.index == index }?.name }
    // An interface that is not told is left out.
    guard let address, let route = try? namespaces.routing(namespace)?.route(to: address),
      let found = route.outputInterface
    else { return nil }
    return namespaces.links(namespace).first { $0.index == found }?.name
  }

  private func forwardedFlows(
    _ rows: [ForwardedTraffic], ends: Set<Flow>
  ) -> (rows: [FlowTraffic], notes: [String]) {
    var refusals: [Place: String] = [:]
    // If one lookup is denied, the next one is denied as well.
    var closed: Set<Place> = []
    // The meter sees the devices of the whole machine; from inside a part of it, the rest must be ignored.
    let joined = ForwardedFlows.join(
      rows.filter { row in
        namespaces.known.contains(row.namespace)
      },
      isPort: { id, index in namespaces.links(id).first { $0.index == index }?.master != nil },
      lookUp: { flow, place in
        guard !closed.contains(place) else { return nil }
        do { return try translation(of: flow, in: place) } catch {
          refusals[place] = "\(error)"
          if [.denied, .unsupported].contains(VantageError(error, host: "", "").code) { closed.insert(place) }
          return nil
        }
      })
    // What found no room at all is no traffic of the outgoing interface.
    let found = joined.filter { !$0.traffic.isZero }.map { row in
      let place = namespaces.description(row.namespace)
      let doubt = row.translated == row.original ? refusals[row.namespace] : nil
      let reason =
        "forwarded: it only passes through this host"
        + (doubt.map { "; headwater could not look up its translation: \($0)" } ?? "")
      var item = FlowTraffic(
        namespace: row.namespace, namespaceName: place?.name ?? "namespace \(row.namespace.namespace)",
        role: .forwarded,
        flow: row.original, translated: row.translated == row.original ? nil : row.translated,
        owner: Owner(container: place?.container, reason: reason), traffic: row.traffic,
        interface: interfaceName(row.inInterface, in: row.namespace, toward: nil),
        outInterface: interfaceName(row.outInterface, in: row.namespace, toward: nil),
        endsHere: ends.contains(row.original.unordered) || ends.contains(row.translated.unordered))
      if row.isInferred { item.isRoleInferred = true }
      if !row.unsent.isZero { item.unsent = row.unsent }
      let others = row.passed.subtracting([row.inInterface, row.outInterface]).sorted().compactMap {
        interfaceName($0, in: row.namespace, toward: nil)
      }
      if !others.isEmpty { item.below = others.map { InterfacePlace($0, in: row.namespace) } }
      return item
    }
    let notes = refusals.sorted { $0.key.namespace < $1.key.namespace }.map { place, reason in
      let name = namespaces.description(place)?.name ?? "a namespace"
      return "translations of flows that \(name) forwards could not be looked up: \(reason)"
    }
    return (found, notes)
  }

  // MARK: Single questions

  /// The command with which a person runs `words` in `place`; nil if nobody can enter it.
  func command(in place: Place, _ words: String) -> String? {
    guard let entry = namespaces.description(place)?.entry else { return nil }
    return entry.isEmpty ? words : "\(entry) \(words)"
  }

  /// The connection-tracking entry of `flow`; nil if it is not tracked.
  func translation(of flow: Flow, in place: Place) throws -> Translation? {
    do {
      // By the initiator's tuple or the responder's: the reply has the reversed translated flow.
      let found = try namespaces.entries(of: flow, in: place)
      guard found.count < 2 else {
        throw LocalRefusal(
          .failed, "connection tracking has \(flow) in \(found.count) zones, and which one is meant is not known")
      }
      return found.first.map { Translation(original: $0.original, translated: $0.reply.reversed) }
    } catch let error as NetlinkError {
      if try isUntracked(place, error) { return nil }
      guard error.code == .denied else { throw error }
      let cause = Capabilities.CAP_NET_ADMIN.refusal(error)
      throw LocalRefusal(.denied, "connection tracking was denied\(cause)")
    }
  }

  /// Whether `place` tracks no connections at all, so that a refused lookup hides nothing.
  ///
  /// `nf_conntrack_count` belongs to the namespace and anybody may read it. It is missing without the kernel's module,
  /// but also in network namespaces that belong to another user namespace than the machine's.
  private func isUntracked(_ place: Place, _ error: NetlinkError) throws -> Bool {
    guard error.code == .denied || error.code == .unsupported else { return false }
    do throws(SystemError) {
      // cat /proc/sys/net/netfilter/nf_conntrack_count
      let text = try Descriptor(reading: "/proc/sys/net/netfilter/nf_conntrack_count").readToEnd(limit: 64)
      return namespaces.isOwn(place) && text.prefix { $0 != 10 } == [UInt8(ascii: "0")]
    } catch {
      guard error.errno == .noSuchFile else { throw error }
      return !Self.hasTracking
    }
  }

  /// Whether the kernel can track connections (`ls -d /sys/module/nf_conntrack`); true also if that can't be seen.
  private static var hasTracking: Bool {
    do throws(SystemError) { _ = try FileIdentity(of: "/sys/module") } catch { return true }
    do throws(SystemError) { _ = try FileIdentity(of: "/sys/module/nf_conntrack") } catch {
      return error.errno != .noSuchFile
    }
    return true
  }

  mutating func tunnel(
    toward address: IPAddress, through interface: UInt32, in place: Place
  ) -> TunnelAnswer? {
    guard let description = namespaces.description(place), let device = description.interface(interface) else {
      return nil
    }
    return tunnels.answer(address, device, description, namespaces)
  }

  /// How the process relays; nil if it does not exist any more.
  mutating func relay(of pid: Int32, in place: Place) throws -> RelayAnswer? {
    guard let process = try owners.process(pid) else { return nil }
    var answer = LocalRelays().answer(process, place)
    answer.doors = doors(of: pid, in: place)
    return answer
  }

  /// The UNIX sockets of a process; nil if it has none.
  private mutating func doors(of pid: Int32, in place: Place) -> LocalDoors? {
    var owners = owners
    defer { self.owners = owners }
    let files = owners.files
    do {
      let sockets = try namespaces.sockets(of: place)
      let doors = try LocalDoors(of: pid, files, sockets) { owners.pids(holding: $0) }
      return doors.isEmpty ? nil : doors
    } catch let error as SystemError where error.errno.isAbsence {
      return nil
    } catch {
      return LocalDoors(reason: "\(error)")
    }
  }

  mutating func counters(of pids: Set<Int32>) -> CounterSnapshot {
    if counterCaches.count > 16, counterCaches[pids] == nil { counterCaches.removeAll() }
    return counterCaches[pids, default: CounterCache(pids)].snapshot(namespaces)
  }

  // MARK: All sockets

  /// - Throws: if a table can't be read. A kernel without one of the protocols has no sockets of it.
  mutating func sockets() throws -> [SocketListing] {
    owners.refreshInodes()
    var result: [SocketListing] = []
    for (id, sockets) in namespaces.all {
      let name = namespaces.description(id)?.name ?? "namespace \(id.namespace)"
      var records: [SocketRecord] = []
      for transport in [Transport.tcp, .udp, .sctp, .udpLite] {
        do throws(NetlinkError) {
          try SocketDiagnosis(sockets).dump(transport, withStatistics: transport == .tcp) { records.append($0) }
        } catch {
          guard error.code == .unsupported, transport != .tcp else { throw error }
        }
      }
      for record in records {
        var listing = SocketListing(
          namespace: id, namespaceName: name, transport: record.transport, state: record.state.description,
          local: record.local, remote: record.remote,
          owner: owners.owner(ofInode: record.inode, uid: record.uid, namespace: id),
          rtt: record.tcp?.rttMicroseconds, rttVariance: record.tcp?.rttVarianceMicroseconds,
          retransmits: record.tcp?.retransmits, bytesReceived: record.tcp?.bytesReceived,
          bytesAcknowledged: record.tcp?.bytesAcked, receiveQueue: record.receiveQueue, sendQueue: record.sendQueue,
          cookie: record.cookie)
        if record.isIPv6Only { listing.isIPv6Only = true }
        if record.interfaceIndex != 0 { listing.interface = record.interfaceIndex }
        if listing.owner.holders != nil { listing.holders = owners.holders(ofInode: record.inode) }
        listing.isTransparent = record.isTransparent
        result.append(listing)
      }
    }
    return result
  }
}
