public import Flows
internal import Synchronization

/// Several hosts, asked as one.
///
/// A namespace's id says which host it is on (`Place.host`, the position in `members`), so that the same
/// tuple, or the same inode number, on two hosts is never confused. What concerns no namespace is asked of the first host.
/// A host whose conversation has ended (`VantageError.endsConversation`) costs only its own part: it is asked no more, and
/// `failures` names it. Any other error costs only the answer it stands for (`refusals`).
public final class CombinedVantage: Vantage {
  /// One host and what is known of it from outside.
  public struct Member: Sendable {
    public var vantage: any Vantage
    /// Addresses by which others reach it that it does not see itself, and the own address that each stands for.
    public var publicAddresses: [IPAddress: IPAddress]

    public init(_ vantage: any Vantage, publicAddresses: [IPAddress: IPAddress] = [:]) {
      self.vantage = vantage
      self.publicAddresses = publicAddresses
    }
  }

  public let members: [Member]
  public var host: String { members[0].vantage.host }
  private let failed: Mutex<[Int: String]>
  private let refused: Mutex<Refused>
  private let unreached: [HostFailure]
  private let needsFirst: Bool

  /// - Parameters:
  ///   - members: the first is where questions begin; at least one.
  ///   - unreached: hosts that were wanted too, and could not be reached.
  ///   - needsFirst: whether there is no answer without the first; else only if none is left.
  public init(_ members: [Member], unreached: [HostFailure] = [], needsFirst: Bool = true) {
    precondition(!members.isEmpty, "a combined vantage needs a host")
    self.members = members
    self.unreached = unreached
    self.needsFirst = needsFirst
    failed = Mutex([:])
    refused = Mutex(Refused())
  }

  /// What hosts that go on answering did not answer.
  private struct Refused {
    /// By host: why it has no part in the last answer of each kind that all hosts were asked for.
    var parts: [Int: [Whole: String]] = [:]
    /// Why single questions were not answered, each reason once.
    var single: [HostFailure] = []
    /// More reasons are not kept.
    static let limit = 64
  }

  /// What all hosts are asked side by side.
  private enum Whole: Hashable { case inventory, traffic, intervals, sockets }

  /// Hosts that failed since the start, and why; those that go on answering, but had no part in the last answer of all.
  public var failures: [HostFailure] {
    let failed = failed.withLock { $0 }
    let parts = refused.withLock { $0.parts }
    return unreached
      + members.indices.compactMap { number in
        let reason = failed[number] ?? parts[number]?.values.min()
        return reason.map { HostFailure(host: members[number].vantage.host, reason: $0) }
      }
  }

  public var refusals: [HostFailure] { refused.withLock { $0.single } }

  /// Without the host's name, which stands before it.
  private static func reason(_ error: any Error) -> String {
    (error as? VantageError).map { "\($0.operation): \($0.cause)" } ?? "\(error)"
  }

  /// Asks every host that still answers, side by side.
  private func ask<Value: Sendable>(
    _ kind: Whole, _ question: @escaping @Sendable (any Vantage) async throws -> Value
  ) async throws -> [(number: Int, value: Value)] {
    let silent = failed.withLock { Set($0.keys) }
    let answers = await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
      for (number, member) in members.enumerated() where !silent.contains(number) {
        group.addTask {
          do { return (number, .success(try await question(member.vantage))) } catch {
            return (number, .failure(error))
          }
        }
      }
      var all: [(Int, Result<Value, any Error>)] = []
      for await answer in group { all.append(answer) }
      return all.sorted { $0.0 < $1.0 }
    }
    // Who was withdrawn has not failed.
    try Task.checkCancellation()
    var result: [(number: Int, value: Value)] = []
    var last: (any Error)?
    for (number, answer) in answers {
      switch answer {
      case .success(let value):
        result.append((number, value))
        refused.withLock { $0.parts[number]?[kind] = nil }
      case .failure(let error):
        // Without the first host there is nothing to begin with.
        if number == 0, needsFirst { throw error }
        last = error
        if Self.endsConversation(error) {
          fail(number, error)
        } else {
          refused.withLock { $0.parts[number, default: [:]][kind] = Self.reason(error) }
        }
      }
    }
    guard !result.isEmpty else {
      throw last ?? VantageError(.disconnected, host: host, "ask the hosts", cause: "none of them answers any more")
    }
    return result
  }

  /// Asks the host of `namespace`; nil if it failed, now or before, or has no answer to this.
  private func ask<Value: Sendable>(
    _ namespace: Place, _ question: (any Vantage, Place) async throws -> Value?
  ) async throws -> Value? {
    let number = namespace.host
    guard members.indices.contains(number), failed.withLock({ $0[number] == nil }) else { return nil }
    do { return try await question(members[number].vantage, namespace.asAsked) } catch {
      // Who was withdrawn has not failed.
      try Task.checkCancellation()
      guard Self.endsConversation(error) else {
        refuse(number, error)
        return nil
      }
      if number == 0, needsFirst { throw error }
      fail(number, error)
      return nil
    }
  }

  /// Whether the host won't answer the next question either.
  private static func endsConversation(_ error: any Error) -> Bool {
    (error as? VantageError)?.endsConversation ?? false
  }

  /// The host has no answer to one question; the next is asked all the same.
  private func refuse(_ number: Int, _ error: any Error) {
    let refusal = HostFailure(host: members[number].vantage.host, reason: Self.reason(error))
    refused.withLock { refused in
      guard refused.single.count < Refused.limit, !refused.single.contains(refusal) else { return }
      refused.single.append(refusal)
    }
  }

  /// The host is asked no more. Of several questions under way the first that failed says why.
  private func fail(_ number: Int, _ error: any Error) {
    failed.withLock { if $0[number] == nil { $0[number] = Self.reason(error) } }
  }

  public func inventory() async throws -> Inventory {
    let parts = try await ask(.inventory) { try await $0.inventory() }
    let found = Dictionary(parts.map { ($0.number, $0.value) }, uniquingKeysWith: { first, _ in first })
    var whole = Inventory(host: host, namespaces: [], containers: [], notes: [])
    whole.hosts = members.map(\.vantage.host)
    whole.publicAddresses = members.map(\.publicAddresses)
    whole.clouds = members.indices.map { found[$0]?.cloud(of: 0) }
    for (number, part) in parts {
      whole.namespaces += part.namespaces.map { $0.on(host: number) }
      whole.containers += part.containers.map { container in
        var container = container
        container.namespace = container.namespace?.on(host: number)
        return container
      }
      whole.processNames.formUnion(part.processNames)
      whole.notes += part.notes.map { note(number, $0) }
    }
    whole.unreached = failures
    return whole
  }

  public func measure(seconds: Double) async throws -> Interval {
    whole(of: try await ask(.traffic) { try await $0.measure(seconds: seconds) })
  }

  public func beginIntervals() async throws { _ = try await ask(.intervals) { try await $0.beginIntervals() } }

  /// Each host's own interval: they end when each was asked for it, some milliseconds apart.
  public func nextInterval(after seconds: Double) async throws -> Interval {
    whole(of: try await ask(.traffic) { try await $0.nextInterval(after: seconds) })
  }

  /// The parts as one, with each row's host.
  private func whole(of parts: [(number: Int, value: Interval)]) -> Interval {
    var whole = parts[0].value
    (whole.flows, whole.ledger, whole.notes) = ([], [], failures.map(\.description))
    (whole.relayed, whole.names, whole.answers) = (nil, nil, nil)
    for (number, part) in parts {
      whole.add(part, of: number, named: members[number].vantage.host) { note(number, $0) }
    }
    whole.hosts = hostIntervals(parts)
    // Evidence that counts since connections began gives no rates, and all of it together neither.
    let isTimed = parts.allSatisfy { $0.value.seconds > 0 || $0.value.flows.allSatisfy(\.traffic.isZero) }
    whole.seconds = isTimed ? parts.map(\.value.seconds).max() ?? whole.seconds : 0
    whole.meter = Set(parts.map(\.value.meter)).sorted().joined(separator: ", ")
    for (number, part) in parts where part.seconds < 0.9 * whole.seconds {
      let host = members[number].vantage.host
      whole.notes.append("\(host): it counted \(part.seconds) s of \(whole.seconds) s; its rates are too low")
    }
    return whole
  }

  private func hostIntervals(_ parts: [(number: Int, value: Interval)]) -> [HostInterval] {
    let found = Dictionary(parts.map { ($0.number, $0.value) }, uniquingKeysWith: { first, _ in first })
    let failed = self.failed.withLock { $0 }
    let refused = self.refused.withLock { $0.parts }
    return members.enumerated().map { number, member in
      HostInterval(
        host: member.vantage.host, seconds: found[number]?.seconds, meter: found[number]?.meter,
        failure: failed[number] ?? refused[number]?[.traffic])
    } + unreached.map { HostInterval(host: $0.host, failure: $0.reason) }
  }

  private func note(_ number: Int, _ text: String) -> String {
    members.count == 1 ? text : "\(members[number].vantage.host): \(text)"
  }

  public func process(_ pid: Int32) async throws -> Process? { try await members[0].vantage.process(pid) }

  public func owner(ofProcess pid: Int32) async throws -> Owner? {
    try await members[0].vantage.owner(ofProcess: pid)
  }

  public func translation(of flow: Flow, in namespace: Place) async throws -> Translation? {
    try await ask(namespace) { try await $0.translation(of: flow, in: $1) }
  }

  public func socket(of flow: Flow, in namespace: Place) async throws -> SocketAnswer? {
    try await ask(namespace) { try await $0.socket(of: flow, in: $1) }
  }

  public func sockets() async throws -> [SocketListing] {
    try await ask(.sockets) { try await $0.sockets() }.flatMap { number, listings in
      listings.map { listing in
        var listing = listing
        listing.namespace = listing.namespace.on(host: number)
        return listing
      }
    }
  }

  public func route(to address: IPAddress, in namespace: Place) async throws -> RouteAnswer? {
    try await ask(namespace) { try await $0.route(to: address, in: $1) }
  }

  public func neighbour(_ address: IPAddress, in namespace: Place) async throws -> NeighbourAnswer? {
    try await ask(namespace) { try await $0.neighbour(address, in: $1) }
  }

  public func tunnel(
    toward address: IPAddress, through interface: UInt32, in namespace: Place
  ) async throws -> TunnelAnswer? {
    try await ask(namespace) { try await $0.tunnel(toward: address, through: interface, in: $1) }
  }

  public func evidence(for hop: Hop, in namespace: Place) async throws -> [Evidence] {
    try await ask(namespace) { try await $0.evidence(for: hop, in: $1) } ?? hop.evidence
  }

  public func relay(of pid: Int32, in namespace: Place) async throws -> RelayAnswer? {
    guard var answer = try await ask(namespace, { try await $0.relay(of: pid, in: $1) }) else { return nil }
    answer.sessions = answer.sessions.map { sessions in sessions.map { $0.on(host: namespace.host) } }
    return answer
  }

  public func sites(of pid: Int32, in namespace: Place, seconds: Double) async throws -> SitesAnswer? {
    try await ask(namespace) { try await $0.sites(of: pid, in: $1, seconds: seconds) }
  }

  public func counters(of pids: Set<Int32>, in namespace: Place) async throws -> CounterSnapshot {
    let answer = try await ask(namespace) { try await $0.counters(of: pids, in: $1) }
    guard var answer else {
      let hasFailed = failed.withLock { $0[namespace.host] != nil }
      let note = hasFailed ? "the host does not answer any more" : "the host did not tell its sockets' counters"
      return CounterSnapshot(began: 0, ended: 0, sockets: [], notes: [note])
    }
    answer.sockets = answer.sockets.map { socket in
      var socket = socket
      socket.namespace = socket.namespace.on(host: namespace.host)
      return socket
    }
    return answer
  }
}

/// A host that could not be asked, and why.
public struct HostFailure: Hashable, Sendable, Codable, CustomStringConvertible {
  public var host: String
  public var reason: String
  public init(host: String, reason: String) {
    self.host = host
    self.reason = reason
  }
  public var description: String { "\(host): \(reason)" }
}

extension NamespaceDescription {
  fileprivate func on(host number: Int) -> NamespaceDescription {
    var result = self
    result.id = id.on(host: number)
    result.interfaces = interfaces.map { interface in
      var interface = interface
      interface.peer = interface.peer.map { .init(namespace: $0.namespace.on(host: number), index: $0.index) }
      return interface
    }
    return result
  }
}

extension Interval {
  /// Adds the part of host `number`.
  fileprivate mutating func add(
    _ part: Interval, of number: Int, named host: String, note: (String) -> String
  ) {
    flows += part.flows.map { row in
      var row = row
      row.host = host
      row.namespace = row.namespace.on(host: number)
      return row
    }
    ledger += part.ledger.map { entry in
      var entry = entry
      entry.host = host
      entry.namespace = entry.namespace.on(host: number)
      return entry
    }
    if let links = part.relayed { relayed = (relayed ?? []) + links.map { $0.on(host: number) } }
    if let list = part.names {
      names =
        (names ?? [])
        + list.map { name in
          var name = name
          name.namespace = name.namespace?.on(host: number)
          return name
        }
    }
    if let list = part.answers {
      answers =
        (answers ?? [])
        + list.map { answer in
          var answer = answer
          answer.namespace = answer.namespace?.on(host: number)
          return answer
        }
    }
    notes += part.notes.map(note)
  }
}

extension RelayLink {
  fileprivate func on(host number: Int) -> RelayLink {
    var result = self
    result.namespace = namespace.on(host: number)
    return result
  }
}
