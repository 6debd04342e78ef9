internal import Containers
internal import Flows

/// The sockets of all listings of a host, each once, with their owners.
struct PastedSockets: Sendable {
  private struct Port: Hashable {
    var place: EvidencePlace
    var transport: Transport
    var number: UInt16
  }

  private let places: PastedInventory
  private(set) var all: [(place: EvidencePlace, Evident<ListedSocket>)] = []
  private var index: [EvidenceLeg: Int] = [:]
  private var listening: Set<Port> = []
  private var listed: Set<EvidencePlace> = []
  private var withListeners: Set<EvidencePlace> = []
  /// The bytes that a socket moved between two listings.
  private var grown: [Int: (received: UInt64, acknowledged: UInt64)] = [:]
  /// The first listing of a place with counters, and the later ones of the same command that have its sockets again.
  private var earliest: [EvidencePlace: Reading] = [:]
  private var later: Set<Reading> = []
  private var processes: [Int32: (EvidencePlace, Process)] = [:]

  private struct Reading: Hashable {
    var place: EvidencePlace
    var file: String
    var line: Int
    var listing: String

    init(_ socket: Evident<ListedSocket>, at place: EvidencePlace) {
      self.place = place
      file = socket.source.file
      (line, listing) = (socket.value.reading, socket.value.listing)
    }
  }

  /// The names of programs by pid, from a list of processes.
  private let programs: [Int32: String]
  /// Lines whose last word is not used.
  private let torn: Set<EvidenceLine>

  init(_ places: PastedInventory, _ evidence: PastedEvidence) {
    torn = evidence.torn
    programs = Dictionary(
      (evidence.findings.all(ListedProgram.self)[.host] ?? []).map { ($0.value.pid, $0.value.name) },
      uniquingKeysWith: { first, _ in first })
    self.places = places
    for (place, list) in evidence.sockets.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      for socket in list { add(socket, place) }
    }
  }

  private mutating func add(_ socket: Evident<ListedSocket>, _ place: EvidencePlace) {
    listed.insert(place)
    for holder in socket.value.holders where processes[holder.pid] == nil {
      processes[holder.pid] = (place, process(holder, socket.value.uid))
    }
    if socket.value.isListening {
      if socket.value.transport == .tcp { withListeners.insert(place) }
      listening.insert(Port(place: place, transport: socket.value.transport, number: socket.value.local.port))
    }
    let reading = Reading(socket, at: place)
    if socket.value.received != nil, earliest[place] == nil { earliest[place] = reading }
    let name = EvidenceLeg(place: place, flow: socket.value.flow)
    guard let known = index[name] else {
      index[name] = all.count
      all.append((place, socket))
      return
    }
    // The same socket is listed by ss and netstat, and one may have what the other lacks.
    if all[known].1.value.holders.isEmpty, !socket.value.holders.isEmpty {
      all[known].1.value.holders = socket.value.holders
      all[known].1.source = socket.source
    } else {
      // A later listing may say something else: another program holds it by then, or holds it as well.
      let before = all[known].1.value.holders
      let now = socket.value.holders.map { holder in
        // Of one process each listing may have what the other lacks.
        guard let same = before.first(where: { $0.pid == holder.pid }) else { return holder }
        return same.user == nil || same.name == ListedSocket.Holder.unnamed ? holder : same
      }
      let earlier = before.filter { holder in !now.contains { $0.pid == holder.pid } }
      if !now.isEmpty { all[known].1.value.holders = now + earlier }
    }
    if let received = socket.value.received, let acknowledged = socket.value.acknowledged,
      let before = all[known].1.value.received, let told = all[known].1.value.acknowledged,
      received >= before, acknowledged >= told
    {
      grown[known] = (received - before, acknowledged - told)
      if let first = earliest[place], first != reading, first.listing == reading.listing { later.insert(reading) }
    }
    all[known].1.value.lastSent = [all[known].1.value.lastSent, socket.value.lastSent].compactMap { $0 }.min()
    all[known].1.value.lastReceived = [all[known].1.value.lastReceived, socket.value.lastReceived].compactMap { $0 }
      .min()
    all[known].1.value.received = all[known].1.value.received ?? socket.value.received
    all[known].1.value.acknowledged = all[known].1.value.acknowledged ?? socket.value.acknowledged
    all[known].1.value.cgroup = all[known].1.value.cgroup ?? socket.value.cgroup
  }

  func socket(_ flow: Flow, in place: EvidencePlace) -> Evident<ListedSocket>? {
    index[EvidenceLeg(place: place, flow: flow)].map { all[$0].1 }
  }

  /// Whether counters were read twice and have grown.
  var hasTwoReadings: Bool { grown.values.contains { $0.received > 0 || $0.acknowledged > 0 } }

  /// The bytes that a socket moved between two listings: all that it moved, if only the later one has it. Nil if it was
  /// listed once and may be older.
  func growth(of flow: Flow, in place: EvidencePlace) -> (received: UInt64, acknowledged: UInt64)? {
    guard let known = index[EvidenceLeg(place: place, flow: flow)] else { return nil }
    if let growth = grown[known] { return growth }
    let socket = all[known].1
    guard later.contains(Reading(socket, at: place)), let received = socket.value.received,
      let acknowledged = socket.value.acknowledged
    else { return nil }
    return (received, acknowledged)
  }

  func hasListing(of place: EvidencePlace) -> Bool { listed.contains(place) }

  /// Whether a listing of the place shows the listening TCP ports.
  func showsListeners(of place: EvidencePlace) -> Bool { withListeners.contains(place) }

  func isListening(_ endpoint: Endpoint, _ transport: Transport, in place: EvidencePlace) -> Bool {
    listening.contains(Port(place: place, transport: transport, number: endpoint.port))
  }

  /// The place and the process of pid `pid`; nil if no listing has it.
  func process(_ pid: Int32) -> (place: EvidencePlace, Process)? { processes[pid] }

  private func process(_ holder: ListedSocket.Holder, _ uid: UInt32?) -> Process {
    // Some listings have the pid only; another output of the host may have its name.
    let name = holder.name == ListedSocket.Holder.unnamed ? programs[holder.pid] ?? holder.name : holder.name
    return Process(pid: holder.pid, name: name, uid: uid, user: holder.user)
  }

  /// Of several programs the one with the highest pid; of one program's processes the first that is listed.
  private static func youngest(_ holders: [ListedSocket.Holder]) -> ListedSocket.Holder? {
    areSeveral(holders) ? holders.max { $0.pid < $1.pid } : holders.first
  }

  /// Whether different programs hold the socket.
  private static func areSeveral(_ holders: [ListedSocket.Holder]) -> Bool {
    Set(holders.map(\.name)).subtracting([ListedSocket.Holder.unnamed]).count > 1
  }

  func owner(_ socket: Evident<ListedSocket>, in place: EvidencePlace) -> Owner {
    var owner = Owner(container: places.ids[place].flatMap { places.inventory.namespace($0)?.container })
    if let cgroup = socket.value.cgroup {
      owner.unit = SystemdUnit.innermost(in: cgroup)
      if owner.container == nil, let found = ContainerCgroup.all(in: cgroup).last {
        owner.container =
          places.inventory.containers.first { $0.container.id == found.id }?.container ?? found.container(reason: nil)
      }
    }
    guard let holder = Self.youngest(socket.value.holders) else {
      owner.reason =
        torn.contains(socket.source)
        ? "\(socket.source) ends in the middle of a word, so its process is not known: end the file with a new line if it is whole"
        : socket.value.isCut
          ? "\(socket.source) is cut off within its process: collect ss -tunap as root, into a file"
          : socket.value.state == "time-wait"
            ? "\(socket.source) is of a connection that has ended: in time-wait it has no process any more"
            : "\(socket.source) names \(socket.value.program.map { "\($0) without its pid" } ?? "no process"): collect "
              + (socket.value.tool ?? "\(places.entry(place))ss -tunap as root")
      if let container = places.container(place), let pid = container.pid {
        owner.reason = (owner.reason ?? "") + "; pid \(pid) is the first process of \(container.names.first ?? "it")"
      }
      return owner
    }
    owner.process = process(holder, socket.value.uid)
    if Self.areSeveral(socket.value.holders) { owner.holders = Set(socket.value.holders.map(\.pid)).count }
    if owner.container == nil, let home = places.inventory.containers.first(where: { $0.pid == holder.pid }) {
      owner.container = home.container
    }
    return owner
  }
}
