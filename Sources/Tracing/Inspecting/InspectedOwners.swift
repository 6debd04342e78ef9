internal import Documents
internal import Flows
internal import Questions

/// The owners of a target's sockets and traffic, with what each has.
struct InspectedOwners {
  private let target: Target
  private let inventory: Inventory
  private let inquiry: Inquiry
  private var subjects: [Key: Inspection.Subject] = [:]
  /// What was measured at sockets and is not shown yet. Several processes may use one socket.
  private var rows: [Leg: [FlowTraffic]] = [:]
  private var passing: [FlowTraffic] = []
  private var names: NameIndex?

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

  init(_ target: Target, _ inventory: Inventory, _ inquiry: Inquiry) {
    (self.target, self.inventory, self.inquiry) = (target, inventory, inquiry)
  }

  /// Adds an owner that is shown whatever it has.
  mutating func add(_ owner: Owner) { change(owner) { _ in } }

  /// Takes what was measured.
  mutating func measured(_ interval: Interval) {
    names = NameIndex(interval)
    for row in interval.flows {
      if row.role == .forwarded {
        if matches(row) { passing.append(row) }
      } else {
        rows[Leg(row.flow, at: row.namespace), default: []].append(row)
      }
    }
  }

  /// Adds a socket that exists now, with what was measured at it: to its owner, and to each other process that used it.
  mutating func add(_ listing: SocketListing) async throws {
    let flow = Flow(listing.transport, from: listing.local, to: listing.remote)
    let leg = Leg(flow, at: listing.namespace)
    let measured = (rows[leg] ?? []).filter { $0.isOf(listing) }
    let isItself = target.matches(listing)
    let isHeld = listing.holders?.contains(where: target.isHolder) ?? false
    guard isItself || isHeld || measured.contains(where: matches) else { return }
    // A socket that waits for stray packets after its process closed it has no owner any more.
    if listing.state == "time-wait", measured.isEmpty { return }
    let owner = listing.owner.process == nil ? measured.first?.owner ?? listing.owner : listing.owner
    guard listing.remote.port != 0 || !listing.remote.address.isUnspecified else {
      for owner in try await users(of: listing, owner) {
        change(owner) { subject in
          subject.note(listing.namespaceName)
          if listing.state == "listening" || listing.transport == .udp { subject.listening.append(listing) }
        }
      }
      return
    }
    rows[leg]?.removeAll { $0.isOf(listing) }
    for user in try await users(of: listing, owner, measured) {
      let own = measured.filter { $0.owner.isUsed(by: user, of: owner) }
      let traffic = own.isEmpty ? nil : own.reduce(into: Traffic()) { $0 += $1.traffic }
      var report = Inspection.FlowReport(
        namespace: listing.namespaceName, flow: flow, state: listing.state, traffic: traffic, rtt: listing.rtt,
        retransmits: listing.retransmits, receiveQueue: listing.receiveQueue, sendQueue: listing.sendQueue,
        name: own.first.flatMap { names?.name(of: $0) })
      report.holders = listing.holders
      change(user) { subject in
        subject.note(listing.namespaceName)
        subject.add(report)
      }
    }
  }

  /// The owners that a socket is shown with: all that used it, if the target is the socket; of a process, itself.
  private func users(
    of listing: SocketListing, _ owner: Owner, _ measured: [FlowTraffic] = []
  ) async throws -> [Owner] {
    var users = [owner]
    for row in measured where !users.contains(where: { row.owner.isUsed(by: $0, of: owner) }) {
      users.append(row.owner)
    }
    guard target.isOwner else { return users }
    let known = Set(users.compactMap(\.process?.pid))
    users = users.filter { target.isOwner($0) }
    for holder in listing.holders ?? [] where target.isHolder(holder) && !known.contains(holder.pid) {
      let id = ProcessID(pid: holder.pid)
      if let held = subjects[Key(Owner(process: Process(pid: holder.pid, name: holder.name)))]?.owner {
        users.append(held)
      } else if let held = try await inquiry.ask(OwnerQuestion(id)).told?.value {
        users.append(held)
      }
    }
    return users
  }

  /// Adds traffic without a connected socket now, or that never had one.
  mutating func addRest() {
    for row in rows.values.joined() where matches(row) {
      let name = names?.name(of: row)
      change(row.owner) { subject in
        subject.note(row.namespaceName)
        subject.add(
          Inspection.FlowReport(
            namespace: row.namespaceName, flow: row.flow,
            state: row.closed ? "closed" : row.role == .shared ? "shared" : "open",
            traffic: row.traffic, name: name))
      }
    }
  }

  /// What passes through, busiest first; nil if nothing does.
  func forwarded() -> [Inspection.ForwardedFlow]? {
    guard !passing.isEmpty else { return nil }
    return passing.sorted { ($0.traffic.bytes, $1.flow.source) > ($1.traffic.bytes, $0.flow.source) }
      .map { Inspection.ForwardedFlow($0, name: names?.name(of: $0)) }
  }

  /// The owners, busiest first.
  ///
  /// - Parameter doubt: why an owner without any socket may have some; nil if it has none.
  func subjects(doubt: String?) -> [Inspection.Subject] {
    subjects.values.map { subject in
      var subject = subject
      subject.flows.sort {
        ($0.traffic?.bytes ?? 0, $1.flow.destination) > ($1.traffic?.bytes ?? 0, $0.flow.destination)
      }
      subject.listening.sort { $0.local < $1.local }
      if subject.traffic.isZero { subject.trafficReason = doubt }
      return subject
    }.sorted { ($0.traffic.bytes, $0.flows.count) > ($1.traffic.bytes, $1.flows.count) }
  }

  private func matches(_ row: FlowTraffic) -> Bool {
    guard case .name(let wanted) = target.plain else { return target.matches(row) }
    return names?.asks(row, for: wanted) ?? false
  }

  private mutating func change(_ owner: Owner, _ body: (inout Inspection.Subject) -> Void) {
    let key = Key(owner)
    var subject = subjects.removeValue(forKey: key) ?? subject(owner)
    body(&subject)
    subjects[key] = subject
  }

  private func subject(_ owner: Owner) -> Inspection.Subject {
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

extension FlowTraffic {
  /// Whether it was measured at this socket, and not at one that had the same tuple before.
  fileprivate func isOf(_ listing: SocketListing) -> Bool {
    guard let cookie, listing.cookie != 0 else { return true }
    return cookie == listing.cookie
  }
}

extension Owner {
  /// Whether `user` moved what this owner is told for. What has no process is the socket's owner's.
  fileprivate func isUsed(by user: Owner, of owner: Owner) -> Bool {
    guard let process else { return user.process?.pid == owner.process?.pid }
    return process.pid == user.process?.pid
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
