internal import Clues
public import Flows

/// A host that is known by recorded evidence alone: Headwater's own records, or the plain output of the tools that people
/// ran there, or both.
public struct BundleVantage: Vantage {
  public let host: String
  /// What `host.json` says; with the folder's name alone if there is none.
  public let record: HostRecord
  /// Files that were not understood, and what is missing.
  public let notes: [String]
  /// What each file was taken for: `s750/conntrack.txt:1`, `conntrack -L`.
  public let recognised: [(place: String, kind: String)]
  let recordedInventory: Inventory?
  let recordedInterval: Interval?
  let answers: RecordedIndex
  let listings: [SocketListing]
  let evidence: PastedEvidence
  let places: PlainPlaces
  let routes: PlainRoutes
  let translations: PlainTranslations
  let plainSockets: PlainSockets
  let plainInterval: Interval
  let relays: BundleRelays
  let files: EvidenceFiles

  /// Reads a host's folder.
  init(_ folder: HostFolder, of files: EvidenceFiles) {
    self.files = files
    var others: [HostFolder.File] = []
    var notes: [String] = []
    func decode<Value: Decodable>(_ type: Value.Type, _ file: HostFolder.File) -> Value? {
      do { return try BundleJSON.decode(type, from: file.content) } catch {
        notes.append("\(file.path) cannot be read: \(error)")
        return nil
      }
    }
    var record = HostRecord()
    record.name = nil
    var inventory: Inventory?
    var interval: Interval?
    var answers = RecordedAnswers()
    var listings: [SocketListing] = []
    for file in folder.files {
      switch file.place == .host && !file.isCopy ? file.name : "" {
      case "host.json": record = decode(HostRecord.self, file) ?? record
      case "inventory.json": inventory = decode(Inventory.self, file)
      case "interval.json": interval = decode(Interval.self, file)
      case "answers.json": answers = decode(RecordedAnswers.self, file) ?? answers
      case "sockets.json": listings = decode([SocketListing].self, file) ?? []
      default: others.append(file)
      }
    }
    var evidence = PastedEvidence(others)
    // A recorded host's copies of configurations are for people.
    if inventory != nil { evidence.notes = [] }
    evidence.settle()
    let path = files.path.split(separator: "/").last.map(String.init) ?? files.path
    let plain = path.split(separator: ".").first.map(String.init) ?? path
    host = record.name ?? (folder.name.isEmpty ? evidence.promptHost ?? inventory?.host ?? plain : folder.name)
    record.name = host
    self.record = record
    self.evidence = evidence
    recordedInventory = inventory
    recordedInterval = interval
    self.answers = RecordedIndex(answers)
    self.listings = listings
    places = PlainPlaces(evidence, host: host, record: record)
    routes = PlainRoutes(places, evidence)
    translations = PlainTranslations(evidence)
    plainSockets = PlainSockets(places, evidence)
    plainInterval = PlainTraffic(evidence, places, plainSockets, routes, translations).interval(host, record)
    relays = BundleRelays(evidence, places, plainSockets)
    recognised = evidence.recognised.map { ("\($0.0)", $0.1) }
    self.notes = notes + evidence.notes
  }

  /// Whether anything of the folder can be traced.
  var isEmpty: Bool { recordedInterval == nil && evidence.isEmpty }

  /// The plain outputs' place of a namespace, also where the inventory was recorded.
  func place(_ namespace: Place) -> EvidencePlace? {
    guard let recordedInventory else { return places.places[namespace] }
    guard let known = recordedInventory.namespace(namespace) else { return nil }
    if known.isHost { return .host }
    return known.container?.name.map { .container($0) }
  }

  public func inventory() async throws -> Inventory {
    var inventory = recordedInventory ?? places.inventory
    inventory.notes += notes.filter { !inventory.notes.contains($0) }
    return inventory
  }

  /// What was measured when the evidence was taken; `seconds` cannot be chosen any more.
  public func measure(seconds: Double) async throws -> Interval { recordedInterval ?? plainInterval }

  public func process(_ pid: Int32) async throws -> Process? {
    if let known = answers.owners[pid]?.process { return known }
    return try await measure(seconds: 0).flows.lazy.compactMap(\.owner.process).first { $0.pid == pid }
      ?? plainSockets.process(pid)?.1
  }

  public func owner(ofProcess pid: Int32) async throws -> Owner? {
    if let known = answers.owners[pid] { return known }
    return try await measure(seconds: 0).flows.lazy.map(\.owner).first { $0.process?.pid == pid }
  }

  public func translation(of flow: Flow, in namespace: Place) async throws -> Translation? {
    if let known = answers.translations[Leg(flow, at: namespace)] { return known }
    guard let place = place(namespace), let entry = translations.entry(flow, in: place)?.value else { return nil }
    return Translation(original: entry.original, translated: entry.translated)
  }

  public func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? {
    if let known = answers.sockets[Leg(flow, at: namespace)] { return known }
    let listed = listings.first {
      $0.namespace == namespace && $0.transport == flow.transport && $0.local == flow.source
        && $0.remote == flow.destination
    }
    if let listed { return SocketAnswer(owner: listed.owner, state: listed.state) }
    guard recordedInventory == nil, let place = place(namespace) else { return nil }
    if let socket = plainSockets.socket(flow, in: place) {
      return SocketAnswer(owner: plainSockets.owner(socket, in: place), state: socket.value.state)
    }
    let description = places.inventory.namespace(namespace)
    let name = description?.name ?? "the namespace"
    return SocketAnswer(
      owner: Owner(container: description?.container, reason: missing(flow, place, name)), state: "unknown")
  }

  /// What has to be collected to know who is at this end of a flow.
  private func missing(_ flow: Flow, _ place: EvidencePlace, _ name: String) -> String {
    let hasTracking = evidence.tracked[place] != nil
    guard plainSockets.hasListing(of: place) else {
      return "the bundle has no sockets of \(name): collect \(place.entry)ss -tunap"
        + (hasTracking ? "" : ", and \(place.entry)conntrack -L in case it only passes there")
    }
    return "no listing of \(name) has \(flow)"
      + (hasTracking ? "" : ", and there is no connection tracking: collect \(place.entry)conntrack -L")
  }

  public func sockets() async throws -> [SocketListing] {
    listings
      + plainSockets.all.compactMap { place, socket in
        guard let id = places.ids[place], let name = places.inventory.namespace(id)?.name else { return nil }
        return SocketListing(
          namespace: id, namespaceName: name, transport: socket.value.transport, state: socket.value.state,
          local: socket.value.local, remote: socket.value.remote, owner: plainSockets.owner(socket, in: place),
          bytesReceived: socket.value.received, bytesAcknowledged: socket.value.acknowledged,
          receiveQueue: socket.value.receiveQueue, sendQueue: socket.value.sendQueue, cookie: 0)
      }
  }

  public func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? {
    if let known = answers.routes[NamespaceAddress(namespace: namespace, address: address)] { return known }
    return recordedInventory == nil ? routes.route(to: address, in: namespace)?.answer : nil
  }

  public func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? {
    answers.neighbours[NamespaceAddress(namespace: namespace, address: address)]
  }

  public func tunnel(
    toward address: IPAddress, through interface: UInt32, in namespace: Place
  ) async throws -> TunnelAnswer? {
    let at = NamespaceAddress(namespace: namespace, address: address)
    if let known = answers.tunnels[RecordedIndex.Device(at: at, interface: interface)] { return known }
    guard recordedInventory == nil, let device = places.inventory.namespace(namespace)?.interface(interface) else {
      return nil
    }
    return BundleTunnels(evidence: evidence, places: places, files: files).answer(address, device, at: namespace)
  }

  public func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? {
    if let known = answers.relays[pid] { return known }
    return recordedInventory == nil ? relays.answer(pid) : nil
  }

  public func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? {
    if let known = answers.sites[pid] { return known }
    return recordedInventory == nil ? relays.sites(of: pid, seconds: seconds) : nil
  }

  public func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot {
    answers.snapshot(of: pids)
      ?? CounterSnapshot(began: 0, ended: 0, sockets: [], notes: ["the bundle has no counters of these sockets"])
  }
}
