internal import Flows
internal import Questions

/// The relays among the measured processes. Each is asked once, when a walk first arrives there.
actor RelayIndex {
  let inquiry: Inquiry
  let rows: RowIndex
  private let caused: [ProcessID: [RelayLink]]
  private var maps: [ProcessID: RelayMap?] = [:]
  let methods: Set<RelayLink.Method>
  private let families: PipedFamilies
  private let questions: QuestionPairing
  let doors: DoorFamilies
  /// The maps of families that connect, by the families' numbers in `doors`.
  var behindDoors: [Int: RelayMap?] = [:]
  /// The seconds that are left for snapshots of counters, for all relays together.
  private var patience: Double
  /// Whether the person wants to stop waiting.
  private let mustStop: @Sendable () -> Bool

  /// - Parameters:
  ///   - patience: how many seconds may be spent on sampling counters until pairs are unique.
  ///   - methods: the methods of pairing to use; without `only` and `share` nothing is guessed.
  ///   - mustStop: asked while counters are sampled.
  init(
    _ inquiry: Inquiry, rows: RowIndex, relayed: [RelayLink], answers: [NameAnswer]? = nil, patience: Double,
    methods: Set<RelayLink.Method> = RelayLink.Method.all, mustStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.inquiry = inquiry
    self.rows = rows
    self.patience = patience
    self.methods = methods
    questions = QuestionPairing(answers)
    let families = PipedFamilies(rows)
    self.families = families
    doors = DoorFamilies(rows) { process, place in
      families.head(of: process, onHostOf: place) != nil || !families.members(of: process, onHostOf: place).isEmpty
    }
    self.mustStop = mustStop
    var caused: [ProcessID: [RelayLink]] = [:]
    for link in relayed where methods.contains(.cause) {
      let row = rows.socket(link.outbound, in: link.namespace) ?? rows.socket(link.inbound.reversed, in: link.namespace)
      guard let process = row?.owner.process else { continue }
      caused[process.id(onHostOf: link.namespace), default: []].append(link)
    }
    self.caused = caused
  }

  /// The map of `process`, whose sockets are in `namespace`, as a relay; nil if it has flows on one side only.
  func map(of process: Process, in namespace: Place) async throws -> RelayMap? {
    let process = families.head(of: process, onHostOf: namespace) ?? process
    let key = process.id(onHostOf: namespace)
    if let known = maps[key] { return known }
    let map = try await ask(process, namespace, caused[key] ?? [])
    maps[key] = .some(map)
    return map
  }

  private func ask(_ process: Process, _ namespace: Place, _ caused: [RelayLink]) async throws -> RelayMap? {
    let started = families.members(of: process, onHostOf: namespace)
    guard started.isEmpty else { return try await piped(process, started, namespace) }
    var all = Self.withoutOwnTalk(rows.sockets(of: process, onHostOf: namespace), caused)
    let inbound = all.filter { $0.role == .responder }
    var outbound = all.filter { $0.role == .initiator }
    var answer = RelayAnswer(software: process.name, isRelay: false, isOneToOne: false)
    if inbound.isEmpty, families.isOrphan(process, onHostOf: namespace) {
      return RelayMap(
        process: process, answer: answer,
        refusal:
          "others that its server started for clients do, and the connection that it was started for was not seen",
        inbound: [], outbound: outbound, links: [])
    }
    let undecided = all.filter { $0.isRoleInferred == true && $0.flow.transport == .tcp }
    let hasSides = !inbound.isEmpty && !outbound.isEmpty
    if !hasSides, let map = try await throughDoor(process, in: namespace) { return map }
    guard hasSides || undecided.count > 1 else { return nil }
    var refusal: String?
    // Its number is another process's here.
    let asked: Inquiry.Outcome<RelayAnswer?> =
      process.outside == true
      ? .refused("it is in another pid namespace")
      : try await inquiry.ask(RelayQuestion(of: process.pid, in: namespace))
    switch asked {
    case .told(let told): answer = told.value ?? answer
    case .refused(let reason):
      refusal = reason
      answer.notes.append("its own sessions and configuration could not be read: \(reason)")
    }
    if !hasSides {
      // Which of its connections it accepted was not to be learnt: what is known for a relay may be one here.
      guard answer.isRelay || refusal != nil else { return nil }
      refusal = refusal ?? "which of its connections it accepted could not be read"
    }
    if hasSides, !answer.isRelay, refusal == nil {
      all = Self.withoutInitiative(all, caused)
      outbound = all.filter { $0.role == .initiator }
      guard !outbound.isEmpty else { return nil }
    }
    if !methods.contains(.session) { answer.sessions = nil }
    try await checkSessions(of: process, &answer)
    var links = (answer.sessions ?? []) + caused
    if methods.contains(.question) { links += questions.links(inbound, outbound) }
    // What was asked tells, or nothing does: an answer may be known before.
    let tellsQuestions = questions.canTell(inbound, outbound)
    if methods.contains(.bytes) {
      let others = tellsQuestions ? all.filter { !QuestionPairing.isOfQuestions($0) } : all
      links += TrafficPairing.pair(others).compactMap(Self.link)
      if patience > 0, !mustStop(), process.outside != true, needsSnapshots(answer, outbound, links) {
        let outcome = try await RelaySnapshots(inquiry).pair(
          [process.pid], in: namespace, seconds: patience, mustStop: mustStop)
        patience -= outcome.seconds
        links += outcome.links.compactMap(Self.link)
      }
    }
    let isThin = !answer.isRelay && !links.contains { !$0.isUnprompted && $0.method < .bytes } && Self.isThin(outbound)
    if isThin { links.removeAll { $0.method == .bytes } }
    links.removeAll { $0.isUnprompted }
    return RelayMap(
      process: process, answer: answer, refusal: refusal, inbound: inbound, outbound: outbound, links: links,
      mayGuess: !isThin && !tellsQuestions && methods.isSuperset(of: [.only, .share]))
  }

  /// Whether a program of any kind sends or receives only, and so little that any other connection may have moved as much.
  private static func isThin(_ rows: [FlowTraffic]) -> Bool {
    let sums = rows.map(\.withoutHeaders)
    let (into, out) = (sums.reduce(0) { $0 + $1.bytesIn }, sums.reduce(0) { $0 + $1.bytesOut })
    return min(into, out) == 0 && max(into, out) < leastOneWay
  }

  private static let leastOneWay: UInt64 = 16384

  /// A process and those that it started, if they pass data on through pipes. Their byte sums show that, because no
  /// watched system call does.
  private func piped(_ head: Process, _ started: [ProcessID], _ namespace: Place) async throws -> RelayMap? {
    let accepted = rows.sockets(of: head, onHostOf: namespace).filter { $0.role == .responder }
    let made = started.flatMap { rows.sockets(of: $0) }.filter { $0.role == .initiator }
    // Traffic between these processes relays nothing.
    func legs(_ rows: [FlowTraffic]) -> Set<Leg> { Set(rows.map { Leg($0.flow.unordered, at: $0.namespace) }) }
    let talks = legs(accepted).intersection(legs(made))
    let inbound = accepted.filter { !talks.contains(Leg($0.flow.unordered, at: $0.namespace)) }
    let outbound = made.filter { !talks.contains(Leg($0.flow.unordered, at: $0.namespace)) }
    guard !inbound.isEmpty, !outbound.isEmpty else { return nil }
    let links = methods.contains(.bytes) ? TrafficPairing.pair(inbound + outbound).compactMap(Self.link) : []
    // A session of sshd tells whose it is, also for what was started in it (`sshuttle`).
    // The number of one in another pid namespace is another process's here.
    let own =
      head.outside == true ? nil : try await inquiry.ask(RelayQuestion(of: head.pid, in: namespace)).told?.value
    var answer = RelayAnswer(
      software: own?.isRelay == true ? own?.software ?? head.name : head.name, isRelay: false,
      // One connection may carry all that the other side has (`sshuttle`).
      isOneToOne: inbound.count > 1 && outbound.count > 1)
    answer.user = own?.user
    let isProven = families.isProven(head, onHostOf: namespace)
    let map = RelayMap(
      process: head, answer: answer, inbound: inbound, outbound: outbound, links: links,
      mayGuess: methods.isSuperset(of: [.only, .share]), isProven: isProven)
    if isProven { return map }
    // A program that a person starts in a session has its own connections.
    let isPaired = links.contains { $0.method == .bytes && $0.isUnique }
    return (isPaired || map.movesInStepBothWays) && outbound.reduce(0) { $0 + $1.amount } >= Self.leastPiped ? map : nil
  }

  static let leastPiped = 1000.0

  /// Removes connections of the process to itself, because it receives there what it sends and relays nothing.
  /// Connections by which it serves others (a proxy in front of a second one in the same process) stay.
  private static func withoutOwnTalk(_ rows: [FlowTraffic], _ caused: [RelayLink]) -> [FlowTraffic] {
    let own = Set(rows.filter { $0.role == .initiator }.map { Leg($0.flow, at: $0.namespace) })
    let talks = rows.filter { $0.role == .responder && own.contains(Leg($0.flow.reversed, at: $0.namespace)) }
      .map(\.flow.reversed)
    guard !talks.isEmpty else { return rows }
    let served = Set(caused.filter { !$0.isUnprompted }.flatMap { [$0.inbound, $0.outbound] })
    let left = Set(talks).subtracting(served)
    return rows.filter { !left.contains($0.role == .responder ? $0.flow.reversed : $0.flow) }
  }

  /// Removes what a program of any kind does for itself: connections on which it sends though nobody asked it to. They may have
  /// moved what one of its clients' connections has moved (a collector that has heartbeats as those that it collects).
  private static func withoutInitiative(_ rows: [FlowTraffic], _ caused: [RelayLink]) -> [FlowTraffic] {
    let own = Set(caused.filter { $0.isUnprompted }.map(\.outbound))
      .subtracting(caused.filter { !$0.isUnprompted }.map(\.outbound))
    return own.isEmpty ? rows : rows.filter { $0.role != .initiator || !own.contains($0.flow) }
  }

  /// How many of a relay's sessions are checked against the kernel one by one.
  private static let mostChecked = 2000

  /// Drops listed sessions whose connections the program does not have: any program can be called `haproxy` and report
  /// what it likes.
  private func checkSessions(of process: Process, _ answer: inout RelayAnswer) async throws {
    guard let sessions = answer.sessions, answer.isRecorded != true else { return }
    var kept: [RelayLink] = []
    var strange: [RelayLink] = []
    for (number, session) in sessions.enumerated() {
      let ends = [session.inbound.reversed, session.outbound]
      var isTrue = true
      for end in ends where isTrue {
        if let row = rows.socket(end, in: session.namespace) {
          isTrue = row.owner.process.map { Self.isOf($0, process) } ?? true
        } else if number < Self.mostChecked {
          // ss -tnp
          switch try await inquiry.ask(SocketQuestion(of: end, in: session.namespace)) {
          case .told(let told):
            isTrue = told.value.map { $0.owner.process.map { Self.isOf($0, process) } ?? true } ?? false
          case .refused: break
          }
        }
      }
      if isTrue { kept.append(session) } else { strange.append(session) }
    }
    answer.sessions = kept
    guard let first = strange.first else { return }
    answer.notes.append(
      "\(answer.software) (pid \(process.pid)) claims \(first.inbound.source) as the client of \(first.outbound), and has no such"
        + " connection\(strange.count == 1 ? "" : "; \(strange.count) claims like that"): not believed")
  }

  /// Whether `owner` is the process itself or a worker of the same program.
  private static func isOf(_ owner: Process, _ process: Process) -> Bool {
    guard (owner.outside == true) == (process.outside == true) else { return false }
    return owner.pid == process.pid || owner.parents?.contains { $0.pid == process.pid } == true
      || process.parents?.contains { $0.pid == owner.pid } == true
  }

  /// Whether sampling counters is worth its time: each connection has a partner and not all are known, or bytes are the
  /// only method that was asked for.
  private func needsSnapshots(_ answer: RelayAnswer, _ outbound: [FlowTraffic], _ links: [RelayLink]) -> Bool {
    guard answer.isOneToOne || methods == [.bytes] else { return false }
    let known = Set(links.filter { $0.isUnique }.map(\.outbound))
    return outbound.contains { $0.flow.transport == .tcp && !$0.closed && !known.contains($0.flow) }
  }

  /// Below this number of bytes, equal sums may be chance.
  private static let leastBytes: UInt64 = 32

  static func link(_ found: TrafficLink) -> RelayLink? {
    guard let outbound = found.outbound, found.inbound.traffic.bytes >= leastBytes else { return nil }
    let payload = found.inbound.payloadIn.flatMap { inward in found.inbound.payloadOut.map { inward + $0 } }
    return RelayLink(
      namespace: outbound.namespace, inbound: found.inbound.flow.reversed, outbound: outbound.flow, method: .bytes,
      bytes: found.basis == .payload ? payload : nil)
  }

  private static func link(_ found: MirrorLink) -> RelayLink? {
    guard let outbound = found.outbound, outbound.received + outbound.writtenAtMost >= leastBytes else { return nil }
    return RelayLink(
      namespace: outbound.namespace, inbound: found.inbound.flow.reversed, outbound: outbound.flow, method: .bytes)
  }
}
