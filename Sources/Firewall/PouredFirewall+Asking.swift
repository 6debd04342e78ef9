internal import CFirewall
internal import Flows
internal import LinuxSystem

extension PouredFirewall {
  /// How many attempts are under way at once. Rules of legacy iptables are told apart by counters, so one at a time.
  private static let batch = 64

  func ask(
    _ attempts: [FirewallAttempt], _ listeners: [FirewallListener], explains: Bool
  ) throws(FirewallError) -> [FirewallVerdict] {
    var verdicts: [FirewallVerdict] = []
    let size = hasLegacy.isEmpty ? Self.batch : 1
    var counters = try legacyCounters()
    for start in stride(from: 0, to: attempts.count, by: size) {
      let some = Array(attempts[start..<min(start + size, attempts.count)])
      var round = AskingRound(self, some, start, listeners)
      defer { round.close() }
      round.run()
      let now = try legacyCounters()
      let met = now.map { source, found in
        (source, found.since(counters[source] ?? found))
      }
      counters = now
      for (offset, attempt) in some.enumerated() {
        verdicts.append(round.verdict(offset, attempt, legacy: met, explains: explains))
      }
    }
    return verdicts
  }

  private func legacyCounters() throws(FirewallError) -> [RuleSource: LegacyCounters] {
    var found: [RuleSource: LegacyCounters] = [:]
    for source in hasLegacy {
      guard let tool = source.tool("save") else { continue }
      found[source] = LegacyCounters(try tool.output(["-c"]))
    }
    return found
  }
}

/// Some attempts at once: their packets, and what became of them.
struct AskingRound {
  private struct Fate {
    var answered = false
    var refused = false
    /// Why the host's own packet was not sent.
    var unsent: Errno?
    var delivered = false
    var translated: Endpoint?
    var leftBy: String?
  }

  private let copy: PouredFirewall
  private let first: Int
  private let attempts: [FirewallAttempt]
  private var fates: [Fate]
  private var sockets: [Int32] = []
  private var datagrams: [Int32] = []
  /// Sockets of attempts of the host to itself, by offset.
  private var own: [Int: Int32] = [:]
  private var trace = RuleTrace()
  private var hasLost = false

  init(_ copy: PouredFirewall, _ attempts: [FirewallAttempt], _ first: Int, _ listeners: [FirewallListener]) {
    (self.copy, self.attempts, self.first) = (copy, attempts, first)
    fates = attempts.map { _ in Fate() }
    // IPv4 first, so that a socket for both families makes way for one that serves IPv4 alone.
    let ordered = Set(listeners).sorted { one, other in
      (one.endpoint.address.isV4 ? 0 : 1, one.endpoint.port) < (
        other.endpoint.address.isV4 ? 0 : 1, other.endpoint.port
      )
    }
    // A rule may send a packet to another port of the host, so all are there.
    for listener in ordered where listener.transport == .tcp || listener.transport == .udp {
      var end = AskingRound.end(listener.endpoint)
      var number = hw_fw_listen(
        Int32(listener.transport.number), &end, listener.isIPv6Only || !listener.endpoint.address.isUnspecified)
      if number < 0, !listener.endpoint.address.isV4 {
        number = hw_fw_listen(Int32(listener.transport.number), &end, true)
      }
      guard number >= 0 else { continue }
      if listener.transport == .tcp { sockets.append(number) } else { datagrams.append(number) }
    }
  }

  mutating func close() {
    for number in sockets + datagrams + Array(own.values) { hw_fw_close(number) }
    (sockets, datagrams, own) = ([], [], [:])
  }

  private static func end(_ endpoint: Endpoint) -> hw_fw_end {
    var result = hw_fw_end()
    let bytes = endpoint.address.networkOrder
    result.length = UInt32(bytes.count)
    result.port = endpoint.port
    withUnsafeMutableBytes(of: &result.address) { $0.copyBytes(from: bytes) }
    return result
  }

  private func port(_ number: Int) -> UInt16 { UInt16(32768 + number % 28000) }

  mutating func run() {
    for (offset, attempt) in attempts.enumerated() {
      let number = first + offset
      let source = Endpoint(attempt.source, port(number))
      if let name = attempt.interface {
        guard let device = copy.devices.first(where: { $0.name == name }) else { continue }
        let bytes = TestPacket(.asks(number), attempt.transport, from: source, to: attempt.destination).bytes
        _ = hw_fw_write(device.number, bytes, bytes.count)
      } else {
        trace.ports[source.port] = number
        var (from, to) = (Self.end(source), Self.end(attempt.destination))
        let payload = TestPacket.payload(number)
        let socket = hw_fw_connect(Int32(attempt.transport.number), &from, &to, payload, payload.count)
        if socket < 0 { fates[offset].unsent = Errno(-socket) } else { own[offset] = socket }
      }
      // What is traced must not wait until its buffer is full.
      if offset % 8 == 7 { while pump() {} }
    }
    // The kernel works while the packet is written; only what it leaves for later needs a moment.
    var quiet = 0
    while quiet < 2 {
      if pump() { quiet = 0; continue }
      quiet += 1
      let waited = copy.devices.map(\.number) + datagrams + own.values
      hw_fw_wait(waited.isEmpty ? [] : waited, waited.count, 3)
    }
  }

  /// Takes what is there; false if nothing was.
  private mutating func pump() -> Bool {
    var took = false
    var buffer = [UInt8](repeating: 0, count: 65536)
    for device in copy.devices {
      while true {
        let count = hw_fw_read(device.number, &buffer, buffer.count)
        guard count > 0 else { break }
        took = true
        if let packet = TestPacket(buffer[..<count]) { take(packet, from: device) }
      }
    }
    for socket in datagrams {
      while true {
        let count = hw_fw_echo(socket, &buffer, buffer.count, TestPacket.answer)
        guard count > 0 else { break }
        took = true
        if let offset = offset(TestPacket.number(ofPayload: buffer[..<count])) { fates[offset].delivered = true }
      }
    }
    for (offset, socket) in own where !fates[offset].answered && fates[offset].unsent == nil {
      if attempts[offset].transport == .tcp {
        let state = hw_fw_connected(socket)
        if state > 0 { fates[offset].answered = true; took = true }
        if state < 0 { fates[offset].unsent = Errno(-state); took = true }
      } else {
        let count = hw_fw_read(socket, &buffer, buffer.count)
        if count > 0 { fates[offset].answered = true; took = true }
        if count < 0, count != -Int(Errno.tryAgain.number) { fates[offset].unsent = Errno(Int32(-count)); took = true }
      }
    }
    while copy.trace >= 0 {
      let count = hw_fw_read(copy.trace, &buffer, buffer.count)
      if count == -Int(Errno.noBufferSpace.number) { hasLost = true; continue }
      guard count > 0 else { break }
      took = true
      trace.read(Array(buffer[..<count]))
    }
    return took
  }

  private func offset(_ number: Int?) -> Int? {
    guard let number, attempts.indices.contains(number - first) else { return nil }
    return number - first
  }

  private mutating func take(_ packet: TestPacket, from device: (name: String, number: Int32)) {
    guard let offset = offset(packet.number) else { return }
    let attempt = attempts[offset]
    switch packet.kind {
    case .asks:
      fates[offset].translated = packet.destination == attempt.destination ? nil : packet.destination
      fates[offset].leftBy = device.name
      let answer = TestPacket(
        .answers(packet.number), packet.transport, from: packet.destination, to: packet.source
      ).bytes
      _ = hw_fw_write(device.number, answer, answer.count)
    case .answers:
      if packet.destination.address == attempt.source, packet.source == attempt.destination {
        fates[offset].answered = true
      }
    case .refuses: fates[offset].refused = true
    }
  }

  // MARK: Verdicts

  func verdict(
    _ offset: Int, _ attempt: FirewallAttempt, legacy: [(RuleSource, [LegacyCounters.Row])], explains: Bool
  ) -> FirewallVerdict {
    let fate = fates[offset]
    let number = first + offset
    let events = trace.events[number] ?? []
    let replies = trace.replies[number] ?? []
    let isForwarded = fate.leftBy != nil && attempt.interface != nil
    let family = attempt.destination.address.isV4 ? "ip" : "ip6"
    let rows = legacy.filter { $0.0.family == family }.flatMap(\.1)
    let way =
      LegacyCounters.way(
        rows,
        hooks: attempt.interface == nil ? ["OUTPUT", "INPUT"] : ["PREROUTING", isForwarded ? "FORWARD" : "INPUT"])
      + (fate.leftBy == nil && !rows.contains { $0.rule.chain == "INPUT" }
        ? LegacyCounters.way(rows, hooks: ["FORWARD"]) : [])
    var verdict = FirewallVerdict(.blocked)
    if explains {
      verdict.steps =
        way.map { "\(family) \($0.rule.table) \($0.rule.chain): \($0.rule.text)" } + events.compactMap(text)
    }
    verdict.translated = fate.translated
    verdict.leftBy = fate.leftBy
    if let name = attempt.interface, !copy.devices.contains(where: { $0.name == name }), name != "lo" {
      return unknown(verdict, "the interface \(name) has no copy")
    }
    if hasLost { return unknown(verdict, "some of what the kernel traced was lost") }
    if let name = attempt.interface, let doubt = copy.network.doubts[name] {
      return unknown(verdict, "\(name): \(doubt)")
    }
    func marks(_ events: [TraceEvent]) -> [String] {
      events.compactMap { event in
        event.handle.flatMap { copy.rules["\(event.table) \($0)"] }.flatMap { copy.marks.marked($0) }
      }
    }
    // The port that an answer comes from is the service's own.
    let inAnswers =
      marks(replies) + rows.filter { $0.rule.chain == "OUTPUT" }.compactMap { copy.marks.marked($0.rule.text) }
    let inQuestions =
      marks(events) + rows.filter { $0.rule.chain != "OUTPUT" }.compactMap { copy.marks.marked($0.rule.text) }
    if let marked = inQuestions.first ?? inAnswers.first(where: { !UncertainRules.looksAtSourcePort($0) }) {
      verdict.rule = marked
      return unknown(verdict, "a copy cannot tell what this rule does")
    }
    let isThere = attempt.transport == .tcp ? fate.answered : fate.answered || fate.delivered
    if isThere {
      verdict.outcome = .reachable
      decide(&verdict, events, way, isForwarded: isForwarded, wanted: .accept, isLoopback: attempt.interface == nil)
      return verdict
    }
    let all = events + replies
    if let event = all.last(where: { $0.verdict == .drop }) {
      name(&verdict, event)
    } else if let row = way.last(where: Self.drops) ?? rows.first(where: Self.drops) {
      verdict.rule = row.isPolicy ? "no rule matches, \(row.rule.text)" : row.rule.text
      verdict.chain = "\(family) \(row.rule.table) \(row.rule.chain)"
    } else if fate.refused || fate.unsent == .connectionRefused {
      verdict.reason = "nothing listens there"
    } else {
      let hasIngress = copy.hooks.values.contains("ingress")
      verdict.reason =
        hasIngress
        ? "no rule that can be traced drops it: one of an ingress chain may, or the kernel (no route back, or rp_filter)"
        : "no rule drops it; the kernel does (no route back, or rp_filter)"
    }
    return verdict
  }

  private static func drops(_ row: LegacyCounters.Row) -> Bool {
    row.isPolicy
      ? row.rule.text == "policy DROP" : ["DROP", "REJECT"].contains(LegacyCounters.target(of: row.rule.text))
  }

  private func unknown(_ verdict: FirewallVerdict, _ reason: String) -> FirewallVerdict {
    var verdict = verdict
    verdict.outcome = .unknown
    verdict.reason = reason
    return verdict
  }

  /// Names what let a packet in: the last rule that accepted it where packets are filtered, else the policy.
  private func decide(
    _ verdict: inout FirewallVerdict, _ events: [TraceEvent], _ way: [LegacyCounters.Row], isForwarded: Bool,
    wanted: TraceEvent.Verdict, isLoopback: Bool
  ) {
    let hook = isForwarded ? "forward" : "input"
    var current: String?
    var accepted: [TraceEvent] = []
    for event in events {
      if let own = copy.hooks["\(event.table) \(event.chain)"] { current = own }
      // What chains of NAT let pass is only not translated by them.
      if current == hook, event.verdict == wanted, !event.table.hasSuffix(" nat") { accepted.append(event) }
    }
    if let rule = accepted.last(where: { !$0.isPolicy }) { name(&verdict, rule); return }
    let filter = hook.uppercased()
    if let row = way.last(where: {
      $0.rule.table == "filter" && !$0.isPolicy && LegacyCounters.target(of: $0.rule.text) == "ACCEPT"
    }) {
      verdict.rule = row.rule.text
      verdict.chain = "filter \(row.rule.chain)"
      return
    }
    if let policy = accepted.last { name(&verdict, policy); return }
    if way.contains(where: { $0.rule.chain == filter && $0.isPolicy }) {
      verdict.rule = "no rule matches, policy accept"
      verdict.chain = "filter \(filter)"
      return
    }
    verdict.rule = "no rule"
  }

  private func name(_ verdict: inout FirewallVerdict, _ event: TraceEvent) {
    verdict.chain = "\(event.table) \(event.chain)"
    if event.isPolicy {
      verdict.rule = "no rule matches, policy \(event.verdict == .drop ? "drop" : "accept")"
    } else {
      verdict.rule = event.handle.flatMap { copy.rules["\(event.table) \($0)"] } ?? "a rule without a name"
    }
  }

  private func text(_ event: TraceEvent) -> String? {
    let what =
      event.isPolicy
      ? "policy \(event.verdict == .drop ? "drop" : "accept")"
      : event.handle.flatMap { copy.rules["\(event.table) \($0)"] } ?? "end of the chain"
    return what.contains(UncertainRules.mark) ? nil : "\(event.table) \(event.chain): \(what)"
  }
}
