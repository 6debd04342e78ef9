internal import Flows
internal import LinuxSystem
internal import Programs

/// The flows in a host's plain outputs, as rows of an interval.
///
/// The bytes are those that outputs count since each connection began (`ss -i`, connection tracking with accounting,
/// HAProxy's sessions), so there is no rate; or those of captures in their window; or nethogs' rates, as one second; or
/// none, and the flows are followed nevertheless.
struct PastedTraffic {
  let evidence: PastedEvidence
  let places: PastedInventory
  let sockets: PastedSockets
  let routes: PastedRoutes
  let translations: PastedTranslations
  var rows: [FlowTraffic] = []
  private(set) var index: [Leg: Int] = [:]
  private var notes: [String] = []
  var seconds = 0.0

  init(
    _ evidence: PastedEvidence, _ places: PastedInventory, _ sockets: PastedSockets, _ routes: PastedRoutes,
    _ translations: PastedTranslations
  ) {
    self.translations = translations
    self.evidence = evidence
    self.places = places
    self.sockets = sockets
    self.routes = routes
    addSockets()
    addSessions()
    addTracked()
    addCaptures()
    preferRecent()
    addNethogs()
    inferBeginnings()
    if evidence.unreadAddresses > 0 {
      let word =
        evidence.unreadAddresses == 1
        ? "1 line with an address was" : "\(evidence.unreadAddresses) lines with addresses were"
      note("\(word) not understood: " + evidence.unreadNotes.map(\.text).joined(separator: "; "))
    }
  }

  /// Whether the newest rates come from a program that measured them.
  private var hasRates: Bool {
    evidence.nethogs.contains { $0.value.sent + $0.value.received > 0 && ($0.value.pid != nil || $0.value.ends != nil) }
  }

  /// The monitor whose rates are used. iftop tells them by connection, and both would count the same traffic twice.
  private var rateTool: String {
    evidence.nethogs.contains { $0.value.tool == "iftop" && $0.value.sent + $0.value.received > 0 }
      ? "iftop" : "nethogs"
  }

  /// How many milliseconds a connection may be silent before its total says nothing about the present.
  private static let silence: UInt64 = 60_000

  /// Sets aside totals since connections began if another output shows what moves now.
  private mutating func preferRecent() {
    guard rows.contains(where: { !$0.traffic.isZero }) else { return }
    if hasRates {
      for index in rows.indices { rows[index].traffic = Traffic() }
      note("the rates are those of \(rateTool); what connections carried since they began is left out")
      return
    }
    var idle: [Int] = []
    for index in rows.indices where !rows[index].traffic.isZero {
      guard let place = places.places[rows[index].namespace],
        let socket = sockets.socket(rows[index].flow, in: place)?.value,
        let silent = [socket.lastSent, socket.lastReceived].compactMap({ $0 }).min(), silent > Self.silence
      else { continue }
      idle.append(index)
    }
    guard !idle.isEmpty, rows.indices.contains(where: { !rows[$0].traffic.isZero && !idle.contains($0) }) else {
      return
    }
    for index in idle { rows[index].traffic = Traffic() }
    let subject = idle.count == 1 ? "1 connection has" : "\(idle.count) connections have"
    note("\(subject) been silent for more than a minute: what they carried before is left out")
  }

  func interval(_ host: String, _ record: HostRecord) -> Interval {
    var seconds = seconds
    if seconds == 0, rows.contains(where: { !$0.traffic.isZero }), sockets.hasTwoReadings {
      seconds = record.secondsApart ?? 0
    }
    var (rows, notes) = (rows, notes)
    let impossible = rows.indices.filter { !rows[$0].traffic.isPossible }
    for index in impossible { rows[index].traffic = Traffic() }
    if let first = impossible.first {
      notes.append("the bytes of \(rows[first].flow) are more than a network moves, and are left out")
    }
    var interval = Interval(
      host: host, started: record.collected ?? started ?? "", seconds: seconds, meter: Interval.pasted, flows: rows,
      ledger: [], notes: notes)
    if !evidence.captures.isEmpty { (interval.names, interval.answers) = capturedNames }
    return interval
  }

  /// The time of the first captured packet.
  private var started: String? {
    evidence.captured.started.flatMap { SystemClock.text($0) }
  }

  private func name(_ id: Place) -> String { places.inventory.namespace(id)?.name ?? "host" }

  /// Adds a note on what is missing, once.
  mutating func note(_ text: String) {
    if !notes.contains(text), notes.count < 8 { notes.append(text) }
  }

  mutating func add(_ row: FlowTraffic) {
    let key = Leg(row.flow, at: row.namespace)
    guard index[key] == nil else { return }
    index[key] = rows.count
    rows.append(row)
  }

  func interfaceName(toward address: IPAddress, in id: Place) -> String? {
    guard let found = routes.route(to: address, in: id) else { return nil }
    let name = places.inventory.namespace(id)?.interface(found.answer.interface)?.name
    return name == "unknown" ? nil : name
  }

  // MARK: Sockets

  private mutating func addSockets() {
    for (place, socket) in sockets.all where socket.value.isConnected {
      guard let id = places.ids[place] else { continue }
      let value = socket.value
      let role = role(value, place)
      // If the socket connected, the acknowledgement of its own SYN counts as a byte.
      let mark: UInt64 = role == .initiator && value.transport == .tcp ? 1 : 0
      var received = value.received
      var sent = value.acknowledged.map { $0 - min($0, mark) }
      if sockets.hasTwoReadings {
        let grown = sockets.growth(of: value.flow, in: place)
        (received, sent) = (grown?.received, grown?.acknowledged)
      }
      add(
        FlowTraffic(
          namespace: id, namespaceName: name(id), role: role, flow: value.flow,
          owner: sockets.owner(socket, in: place), traffic: Traffic(bytesIn: received ?? 0, bytesOut: sent ?? 0),
          payloadIn: received, payloadOut: sent, interface: interfaceName(toward: value.remote.address, in: id),
          closed: value.state == "time-wait"))
    }
  }

  private func role(_ socket: ListedSocket, _ place: EvidencePlace) -> FlowTraffic.Role {
    if sockets.isListening(socket.local, socket.transport, in: place) { return .responder }
    if let entry = translations.entry(socket.flow, in: place) {
      if entry.original == socket.flow { return .initiator }
      if entry.translated == socket.flow.reversed { return .responder }
    }
    // The roles of relays' sessions are set when these are read; others are concluded at the end.
    return .peer
  }

  // MARK: Sessions of relays

  private mutating func addSessions() {
    for (place, found) in BundleRelays.sessions(evidence) {
      let session = found.value
      guard let id = places.ids[place], let inbound = session.inbound, let outbound = session.outbound else { continue }
      for (flow, role) in [(inbound.reversed, FlowTraffic.Role.responder), (outbound, .initiator)] {
        let (fromClient, fromServer) = session.bytes ?? (0, 0)
        let isInbound = role == .responder
        let traffic = Traffic(
          bytesIn: isInbound ? fromClient : fromServer, bytesOut: isInbound ? fromServer : fromClient)
        if let known = index[Leg(flow, at: id)] {
          if rows[known].traffic.isZero { rows[known].traffic = traffic }
          (rows[known].role, rows[known].inference) = (role, nil)
        } else {
          // The relay lists it; only ss could show its process.
          let process = BundleRelays.process(of: session.software, in: place, sockets)
          add(
            FlowTraffic(
              namespace: id, namespaceName: name(id), role: role, flow: flow,
              owner: Owner(process: process, container: places.inventory.namespace(id)?.container), traffic: traffic))
        }
      }
    }
  }

  // MARK: Connection tracking

  private mutating func addTracked() {
    let ends = Set(rows.map(\.flow.unordered))
    for (place, list) in evidence.tracked {
      guard let id = places.ids[place], let description = places.inventory.namespace(id) else { continue }
      let own = Set(description.interfaces.flatMap(\.addresses).map(\.address))
      let growth = Self.growth(list)
      let events = Self.events(list)
      for entry in list {
        let value = entry.value
        let (original, translated) = (value.original, value.translated)
        // "Out" is away from the initiator.
        let counted = Traffic(
          bytesIn: value.answered?.bytes ?? 0, bytesOut: value.sent?.bytes ?? 0,
          packetsIn: value.answered?.packets ?? 0, packetsOut: value.sent?.packets ?? 0)
        let traffic = events[original]?.traffic ?? (growth.isEmpty ? counted : growth[original] ?? Traffic())
        let isOver = events[original]?.isOver ?? false
        if let known = index[Leg(original, at: id)] {
          if rows[known].traffic.isZero { rows[known].traffic = traffic }
          continue
        }
        if let known = index[Leg(translated.reversed, at: id)] {
          if rows[known].traffic.isZero { rows[known].traffic = traffic.reversed }
          continue
        }
        let isFromHost = own.contains(original.source.address) || original.source.address.isLoopback
        let isToHost = own.contains(translated.destination.address) || translated.destination.address.isLoopback
        guard !isFromHost, !isToHost else {
          let owner = Owner(
            container: description.container,
            reason: sockets.hasListing(of: place)
              ? "the socket listing of \(description.isHost ? "the host" : description.name) does not have it any more"
              : "no socket listing of \(description.isHost ? "the host" : description.name) in the bundle: collect \(evidence.entry(place))ss -tunap"
          )
          add(
            FlowTraffic(
              namespace: id, namespaceName: description.name, role: isFromHost ? .initiator : .responder,
              flow: isFromHost ? original : translated.reversed, owner: owner,
              traffic: isFromHost ? traffic : traffic.reversed,
              interface: interfaceName(
                toward: isFromHost ? original.destination.address : translated.source.address, in: id),
              closed: isOver))
          continue
        }
        add(
          FlowTraffic(
            namespace: id, namespaceName: description.name, role: .forwarded, flow: original,
            translated: original == translated ? nil : translated,
            owner: Owner(container: description.container, reason: "forwarded: it only passes through this host"),
            traffic: traffic,
            interface: interfaceName(toward: original.source.address, in: id),
            outInterface: interfaceName(toward: translated.destination.address, in: id),
            endsHere: ends.contains(original.unordered) || ends.contains(translated.unordered), closed: isOver))
      }
    }
  }

  /// What ended connections of each flow carried together, and whether the last one has ended, according to
  /// `conntrack -E`.
  private static func events(_ list: [Evident<TrackedConnection>]) -> [Flow: (traffic: Traffic, isOver: Bool)] {
    var result: [Flow: (traffic: Traffic, isOver: Bool)] = [:]
    for entry in list.map(\.value) {
      guard let event = entry.event else { continue }
      var known = result[entry.original] ?? (Traffic(), false)
      known.isOver = event == "DESTROY"
      if known.isOver {
        known.traffic += Traffic(
          bytesIn: entry.answered?.bytes ?? 0, bytesOut: entry.sent?.bytes ?? 0,
          packetsIn: entry.answered?.packets ?? 0, packetsOut: entry.sent?.packets ?? 0)
      }
      result[entry.original] = known
    }
    return result
  }

  /// The traffic of each connection between two readings; empty unless there are two that differ. A connection that
  /// only the later one has began between them.
  private static func growth(_ list: [Evident<TrackedConnection>]) -> [Flow: Traffic] {
    var first: [Flow: TrackedConnection] = [:]
    var growth: [Flow: Traffic] = [:]
    let list = list.filter { $0.value.event == nil }
    let earliest = list.first.map { [$0.source.file, "\($0.value.reading)"] }
    var again: Set<[String]> = []
    for found in list {
      let entry = found.value
      let reading = [found.source.file, "\(entry.reading)"]
      // A listing with another filter is no later reading of all.
      let isSame = entry.listing == list[0].value.listing
      if first[entry.original] != nil, reading != earliest, isSame { again.insert(reading) }
      guard let sent = entry.sent, let answered = entry.answered else { continue }
      guard let before = first[entry.original], let wasSent = before.sent, let wasAnswered = before.answered else {
        first[entry.original] = entry
        continue
      }
      // A smaller count belongs to another connection with the same ends.
      guard sent.bytes >= wasSent.bytes, answered.bytes >= wasAnswered.bytes else { continue }
      growth[entry.original] = Traffic(
        bytesIn: answered.bytes - wasAnswered.bytes, bytesOut: sent.bytes - wasSent.bytes,
        packetsIn: answered.packets - min(answered.packets, wasAnswered.packets),
        packetsOut: sent.packets - min(sent.packets, wasSent.packets))
    }
    guard growth.values.contains(where: { !$0.isZero }) else { return [:] }
    for found in list where growth[found.value.original] == nil {
      let entry = found.value
      guard again.contains([found.source.file, "\(entry.reading)"]), let sent = entry.sent,
        let answered = entry.answered
      else { continue }
      growth[entry.original] = Traffic(
        bytesIn: answered.bytes, bytesOut: sent.bytes, packetsIn: answered.packets, packetsOut: sent.packets)
    }
    return growth
  }

  // MARK: nethogs

  /// The only connection of a process, or its only one that was not silent.
  private func active(_ own: [Int]) -> Int? {
    guard own.count > 1 else { return own.first }
    let awake = own.filter { index in
      guard let place = places.places[rows[index].namespace],
        let socket = sockets.socket(rows[index].flow, in: place)?.value,
        let silent = [socket.lastSent, socket.lastReceived].compactMap({ $0 }).min()
      else { return true }
      return silent <= Self.silence
    }
    return awake.count == 1 ? awake[0] : nil
  }

  /// A program's traffic whose connections nobody lists; of several refreshes it is one row.
  private mutating func add(program line: Evident<NethogsLine>, _ pid: Int32, _ traffic: Traffic, at host: Place) {
    if let known = rows.firstIndex(where: { $0.role == .shared && $0.owner.process?.pid == pid }) {
      rows[known].traffic += traffic
      return
    }
    let path = line.value.program?.split(separator: " ").first.map(String.init)
    let name = line.value.program.flatMap(PastedInventory.programName) ?? "process"
    var process = Process(pid: pid, name: name, uid: line.value.uid)
    if path?.hasPrefix("/") == true { process.executable = path }
    var row = FlowTraffic(
      namespace: host, namespaceName: self.name(host), role: .shared,
      flow: Flow(.packet, from: Endpoint(.anyV4, 0), to: Endpoint(.anyV4, 0)), owner: Owner(process: process),
      traffic: traffic)
    row.cookie = UInt64(pid)
    rows.append(row)
  }

  private mutating func addNethogs() {
    guard !evidence.nethogs.isEmpty, let host = places.ids[.host] else { return }
    let isCounted = rows.contains { !$0.traffic.isZero }
    let tool = rateTool
    // Each run of a monitor has its own refreshes.
    var runs: [[String]: Int] = [:]
    for found in evidence.nethogs where found.value.tool == tool {
      let run = [found.source.file, "\(found.value.run)"]
      runs[run] = max(runs[run] ?? 0, found.value.refresh + 1)
    }
    let refreshes = Double(max(1, runs.values.reduce(0, +)))
    if tool == "iftop", evidence.nethogs.contains(where: { $0.value.tool != tool && $0.value.sent > 0 }) {
      note("iftop and nethogs measured the same traffic: the rates are iftop's, and nethogs' are left out")
    }
    func bytes(_ kilobytes: Double) -> UInt64 { UInt64(min(kilobytes * 1024 / refreshes, 1e15)) }
    defer { if !isCounted, rows.contains(where: { !$0.traffic.isZero }) { seconds = 1 } }
    var byFlow: [Flow: Int] = [:]
    var byProcess: [Int32: [Int]] = [:]
    for (position, row) in rows.enumerated() {
      for flow in [row.flow, row.translated ?? row.flow] where byFlow[flow.unordered] == nil {
        byFlow[flow.unordered] = position
      }
      if let pid = row.owner.process?.pid { byProcess[pid, default: []].append(position) }
    }
    for found in evidence.nethogs {
      let line = found.value
      let traffic =
        isCounted || line.tool != tool ? Traffic() : Traffic(bytesIn: bytes(line.received), bytesOut: bytes(line.sent))
      if let ends = line.ends {
        let flow = Flow(.tcp, from: ends.local, to: ends.remote)
        if let known = byFlow[flow.unordered] {
          rows[known].traffic +=
            rows[known].flow.source == ends.local || rows[known].role == .forwarded
            ? traffic : traffic.reversed
        } else {
          byFlow[flow.unordered] = rows.count
          add(
            FlowTraffic(
              namespace: host, namespaceName: name(host), role: .peer, flow: flow,
              owner: Owner(reason: "\(line.tool) shows no program for it"), traffic: traffic,
              interface: interfaceName(toward: ends.remote.address, in: host)))
        }
      } else if let pid = line.pid {
        let own = byProcess[pid] ?? []
        if let only = active(own) {
          rows[only].traffic += traffic
        } else if own.isEmpty, !isCounted, !traffic.isZero {
          add(program: found, pid, traffic, at: host)
          note(
            "nethogs shows \(line.program.flatMap(PastedInventory.programName) ?? "pid \(pid)") (pid \(pid)) with traffic, and no listing has its connections: collect ss -tunap"
          )
        } else if own.count > 1, !isCounted {
          // Which of them it was, nobody tells; that the program is busy, nethogs does.
          if !traffic.isZero { add(program: found, pid, traffic, at: host) }
          note("nethogs tells the bytes of pid \(pid) only, not those of its \(own.count) connections")
        }
        for position in own where rows[position].owner.process?.executable == nil {
          let path = line.program?.split(separator: " ").first.map(String.init)
          if path?.hasPrefix("/") == true { rows[position].owner.process?.executable = path }
        }
      }
    }
  }
}
