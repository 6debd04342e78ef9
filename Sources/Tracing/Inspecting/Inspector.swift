public import Documents
public import Flows
public import Questions

/// Collects everything that a host knows about one target.
public struct Inspector: Sendable {
  private let vantage: any Vantage

  public init(_ vantage: any Vantage) { self.vantage = vantage }

  /// - Throws: `TargetError` if `text` names nothing on this host; the vantage's own errors.
  public func inspect(_ text: String, seconds: Double, sets: some NamedSets) async throws -> Inspection {
    try Target.check(text)
    let inventory = try await vantage.inventory()
    let target = try Target(text, inventory: inventory, sets: sets)
    let inquiry = Inquiry(vantage)
    var groups: [Key: Inspection.Subject] = [:]
    // Why the target may have more than is found.
    var doubts: [String] = []
    if case .pid(let pid) = target.plain {
      switch try await inquiry.ask(OwnerQuestion(ProcessID(pid: pid))) {
      case .told(let told):
        guard let owner = told.value else {
          throw TargetError(missing: target, in: inventory)
        }
        groups[Key(owner)] = Self.subject(owner, inventory)
      case .refused(let reason): doubts.append(reason)
      }
    }
    let interval = try await vantage.measure(seconds: seconds)
    let listed = try await inquiry.ask(SocketsQuestion())
    let listings = listed.told?.value ?? []
    if let refusal = listed.refusal { doubts.append(refusal) }
    // A socket whose owner could not be seen may be the target's. Any other target has it among its own.
    let unseen =
      target.isOwner ? (listings.map(\.owner) + interval.flows.map(\.owner)).lazy.compactMap(\.unseenReason).first : nil
    if let unseen { doubts.append("some sockets have no known owner: \(unseen)") }
    let names = NameIndex(interval)
    let isNamed = if case .name = target.plain { true } else { false }
    func matches(_ row: FlowTraffic) -> Bool {
      guard case .name(let wanted) = target.plain else { return target.matches(row) }
      return names?.asks(row, for: wanted) ?? false
    }

    var rows: [Leg: FlowTraffic] = [:]
    for row in interval.flows where row.role != .forwarded {
      rows[Leg(row.flow, at: row.namespace)] = row
    }
    for listing in listings {
      let row = rows[
        Leg(Flow(listing.transport, from: listing.local, to: listing.remote), at: listing.namespace)]
      guard target.matches(listing) || row.map({ isNamed && matches($0) }) == true else { continue }
      // A socket that waits for stray packets after its process closed it has no owner any more.
      if listing.state == "time-wait", row == nil { continue }
      let owner = listing.owner.process == nil ? row?.owner ?? listing.owner : listing.owner
      let key = Key(owner)
      var subject = groups.removeValue(forKey: key) ?? Self.subject(owner, inventory)
      subject.note(listing.namespaceName)
      let isListening = listing.remote.port == 0 && listing.remote.address.isUnspecified
      if isListening, listing.state == "listening" || listing.transport == .udp { subject.listening.append(listing) }
      let flow = Flow(listing.transport, from: listing.local, to: listing.remote)
      if !isListening {
        rows[Leg(flow, at: listing.namespace)] = nil
        subject.add(
          Inspection.FlowReport(
            namespace: listing.namespaceName, flow: flow, state: listing.state, traffic: row?.traffic, rtt: listing.rtt,
            retransmits: listing.retransmits, receiveQueue: listing.receiveQueue, sendQueue: listing.sendQueue,
            name: row.flatMap { names?.name(of: $0) }))
      }
      groups[key] = subject
    }
    // Traffic without a connected socket now, or that never had one.
    for row in rows.values where matches(row) {
      let key = Key(row.owner)
      var subject = groups.removeValue(forKey: key) ?? Self.subject(row.owner, inventory)
      subject.note(row.namespaceName)
      subject.add(
        Inspection.FlowReport(
          namespace: row.namespaceName, flow: row.flow,
          state: row.closed ? "closed" : row.role == .shared ? "shared" : "open",
          traffic: row.traffic, name: names?.name(of: row)))
      groups[key] = subject
    }
    let subjects = groups.values.map { subject in
      var subject = subject
      subject.flows.sort {
        ($0.traffic?.bytes ?? 0, $1.flow.destination) > ($1.traffic?.bytes ?? 0, $0.flow.destination)
      }
      subject.listening.sort { $0.local < $1.local }
      // Who may read a process's descriptors sees all of its sockets.
      if subject.flows.isEmpty, subject.listening.isEmpty, subject.traffic.isZero {
        subject.trafficReason = doubts.first
      }
      return subject
    }.sorted { ($0.traffic.bytes, $0.flows.count) > ($1.traffic.bytes, $1.flows.count) }
    let said =
      interval.notes + inventory.notes.filter { !interval.notes.contains($0) }
      + inquiry.refusals.map { "not answered: \($0)" }
    // What was not found may be in a part that could not be examined.
    if subjects.isEmpty, let concealment = inventory.concealment(on: 0) { doubts.append(concealment) }
    let limits = target.isProcess || subjects.isEmpty ? inventory.limits(of: target) : []
    let notes = said + doubts.filter { doubt in !said.contains { $0.hasSuffix(doubt) } } + limits
    return Inspection(
      target: target.description, host: vantage.host, seconds: interval.seconds, subjects: subjects, notes: notes,
      reason: doubts.isEmpty ? nil : doubts.joined(separator: "; "))
  }

  private struct Key: Hashable {
    let pid: Int32?
    let isOutside: Bool
    let container: String?
    let reason: String?
    init(_ owner: Owner) {
      pid = owner.process?.pid
      isOutside = owner.process?.outside == true
      container = owner.process == nil ? owner.container?.id : nil
      reason = owner.process == nil ? owner.reason : nil
    }
  }

  private static func subject(_ owner: Owner, _ inventory: Inventory) -> Inspection.Subject {
    let devices = inventory.namespaces.flatMap { place in
      place.interfaces.filter { interface in
        guard let holder = interface.deviceOwner?.process, let process = owner.process else { return false }
        return holder.id(onHostOf: place.id) == process.id(onHostOf: place.id)
      }
      .map { place.isHost ? $0.name : "\($0.name) in \(place.name)" }
    }
    return Inspection.Subject(
      owner: owner, namespaces: [], listening: [], flows: [], devices: devices, traffic: Traffic())
  }
}

extension Inspection.Subject {
  fileprivate mutating func note(_ namespace: String) {
    if !namespaces.contains(namespace) { namespaces.append(namespace) }
  }

  fileprivate mutating func add(_ report: Inspection.FlowReport) {
    flows.append(report)
    if let moved = report.traffic { traffic += moved }
  }
}

extension Target {
  /// Whether it is an owner of sockets, so that a socket without a known owner may be one of its own.
  fileprivate var isOwner: Bool {
    switch plain {
    case .pid, .processName, .container: true
    default: false
    }
  }

  /// Whether a socket belongs to the target.
  func matches(_ listing: SocketListing) -> Bool {
    let ends = [listing.local, listing.remote]
    switch self {
    case .busiest: return true
    case .interface: return false
    case .prefix(let prefix): return ends.contains { prefix.contains($0.address) && !$0.address.isUnspecified }
    case .set(_, let prefixes): return prefixes.contains { $0.contains(listing.remote.address) }
    case .endpoint(let endpoint):
      return ends.contains(endpoint) || (listing.local.address.isUnspecified && listing.local.port == endpoint.port)
    case .port(let port): return listing.transport.hasPorts && ends.contains { $0.port == port }
    case .flow(let first, let second): return ends == [first, second] || ends == [second, first]
    case .pid(let pid): return listing.owner.process?.pid == pid && listing.owner.process?.outside != true
    case .processName(let name): return listing.owner.process?.name == name
    case .container(let container): return listing.owner.container?.id == container.id
    case .name: return false
    case .on(let host, _, let target): return listing.namespace.host == host && target.matches(listing)
    }
  }
}
