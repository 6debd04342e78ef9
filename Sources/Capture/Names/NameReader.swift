public import Flows

/// Reads what flows ask for by name out of their first packets, and DNS servers' answers.
///
/// It is fed packets in the order of their capture: TLS and QUIC handshakes and HTTP/1 requests are put together from as many
/// packets as they fill, in any order. A flow's name is told once (for HTTP/1 each new one of a connection). Memory is bounded
/// by `Limits`: the oldest beginnings give way, and are counted.
public struct NameReader: Sendable {
  public struct Limits: Hashable, Sendable {
    /// How many flows' beginnings may be read at once.
    public var flows = 2048
    /// How many bytes of them may be kept.
    public var bytes = 4 << 20
    /// How many names, and how many answers, may wait for `drain`.
    public var results = 8192
    /// How long the rest of a beginning is waited for, in seconds.
    public var patience = 20.0
    /// Whether what a tunnel carries is read in its place; for one namespace's own traffic it is not: the inner flow is a flow
    /// of another place.
    public var followsTunnels = true

    public init() {}
  }

  struct Key: Hashable, Sendable {
    var namespace: Place?
    /// From the sender.
    var flow: Flow
  }

  /// The beginning of one direction of a flow.
  struct Beginning: Sendable {
    enum Content: Sendable { case unknown, tls, http, dns, quic }
    var content: Content
    var assembly = ByteAssembly(limit: 32_768)
    /// TCP's number of the assembly's first byte.
    var base: UInt32 = 0
    /// QUIC: the destination connection id of the first packet, from which the keys are made.
    var firstID: [UInt8] = []
    var started: Double
    /// How many packets had a part of it.
    var pieces = 0
    /// No more of it can come: the capture cut a packet, or the sender has ended.
    var isEnded = false
  }

  struct Finished: Sendable {
    var kind: FlowName.Kind
    /// Hashes, which need less room than names may.
    var names: Set<Int>
    var time: Double
  }

  struct AnswerKey: Hashable, Sendable {
    var namespace: Place?
    var address: IPAddress
  }

  let limits: Limits
  var beginnings: BoundedTable<Key, Beginning>
  var finished: BoundedTable<Key, Finished>
  /// What was asked for lately, by the addresses that were answered.
  var asked: BoundedTable<AnswerKey, [String]>
  var keptBytes = 0
  var names: [FlowName] = []
  var answers: [NameAnswer] = []
  /// Of the latest answers, to know copies of the same packet on several interfaces.
  var recent: [NameAnswer] = []
  /// How many beginnings, names and answers found no room since the start.
  public internal(set) var dropped: UInt64 = 0

  public init(limits: Limits = Limits()) {
    self.limits = limits
    beginnings = BoundedTable(limit: limits.flows)
    finished = BoundedTable(limit: 4 * limits.flows)
    asked = BoundedTable(limit: 2 * limits.flows)
  }

  /// Reads one frame. `time` is in seconds since 1970; `wireLength` is how long the frame was before the capture cut it.
  public mutating func take(
    _ frame: RawSpan, link: LinkType, wireLength: Int? = nil, time: Double, namespace: Place? = nil
  ) {
    take(
      frame, Dissector.dissect(frame, link: link, wireLength: wireLength), time: time, namespace: namespace)
  }

  /// The same for a frame whose headers were read already.
  public mutating func take(
    _ frame: RawSpan, _ packet: DissectedPacket, time: Double, namespace: Place? = nil
  ) {
    expire(time)
    guard let layer = limits.followsTunnels ? packet.innermost : packet.outer, layer.hasPorts else { return }
    let key = Key(namespace: namespace, flow: layer.flow)
    if let tcp = layer.tcp {
      takeTCP(frame, layer, tcp, key, time)
    } else if layer.flow.transport == .udp, !layer.payload.isEmpty {
      takeUDP(frame, layer, key, time)
    }
  }

  /// What was found since the last time; names that are not known yet may come later.
  public mutating func drain() -> (names: [FlowName], answers: [NameAnswer]) {
    defer {
      names.removeAll(keepingCapacity: true)
      answers.removeAll(keepingCapacity: true)
    }
    return (names, answers)
  }

  /// Ends all waiting: what is there of each beginning is taken, and the reason told where that isn't enough. `drain` has
  /// the results.
  public mutating func finish() {
    while let (key, beginning) = beginnings.oldest { end(key, at: beginning.started) }
  }

  // MARK: Bounds

  private mutating func expire(_ time: Double) {
    // Also where a clock went back, and where the time is no number.
    while let (key, beginning) = beginnings.oldest, !(abs(time - beginning.started) <= limits.patience) {
      end(key, at: beginning.started)
    }
  }

  /// Begins to read a flow; older ones give way.
  mutating func begin(_ beginning: Beginning, _ key: Key) {
    forget(key)
    if let evicted = beginnings.insert(beginning, for: key) {
      keptBytes -= evicted.value.assembly.size
      dropped += 1
    }
  }

  mutating func forget(_ key: Key) {
    if let old = beginnings.remove(key) { keptBytes -= old.assembly.size }
  }

  /// Adds a piece to a beginning that is there.
  mutating func add(_ piece: [UInt8], at offset: Int, to key: Key) {
    let grown = beginnings.update(key) { beginning in
      let before = beginning.assembly.size
      beginning.assembly.add(piece, at: offset)
      beginning.pieces += 1
      return beginning.assembly.size - before
    }
    keptBytes += grown ?? 0
    while keptBytes > limits.bytes, let oldest = beginnings.oldest {
      forget(oldest.key)
      dropped += 1
    }
  }

  // MARK: Results

  /// Tells what a flow asked for, unless it was told already.
  mutating func tell(_ key: Key, _ kind: FlowName.Kind, _ name: String?, reason: String? = nil, time: Double) {
    forget(key)
    let hash = name.hashValue
    if let known = finished[key], known.kind == kind {
      guard !known.names.contains(hash), known.names.count < 16 else { return }
      _ = finished.update(key) { $0.names.insert(hash) }
    } else {
      finished.insert(Finished(kind: kind, names: [hash], time: time), for: key)
    }
    guard names.count < limits.results else {
      dropped += 1
      return
    }
    names.append(
      FlowName(namespace: key.namespace, flow: key.flow, name: name, kind: kind, time: time, reason: reason))
  }

  mutating func tell(_ answer: NameAnswer) {
    // A longer one is no name that a handshake could have.
    for address in answer.addresses where answer.question.utf8.count <= 255 {
      let key = AnswerKey(namespace: answer.namespace, address: address)
      var questions = asked[key] ?? []
      questions.removeAll { $0 == answer.question }
      questions.append(answer.question)
      asked.insert(questions.suffix(4), for: key)
    }
    let isCopy = recent.contains { other in
      var same = other
      same.time = answer.time
      return same == answer && abs(other.time - answer.time) < 1
    }
    guard !isCopy else { return }
    recent.append(answer)
    if recent.count > 16 { recent.removeFirst() }
    guard answers.count < limits.results else {
      dropped += 1
      return
    }
    answers.append(answer)
  }

  /// Tells the server name of a handshake.
  ///
  /// A client that offers an encrypted ClientHello looks the same whether it means it or only keeps others company (RFC 9849,
  /// section 6.2). In the first case its outer name is one that it never looked up; in the second it is the name.
  mutating func tell(_ key: Key, _ kind: FlowName.Kind, _ hello: ClientHello, time: Double) {
    let name = hello.serverName
    let isAsked =
      name.map { name in
        asked[AnswerKey(namespace: key.namespace, address: key.flow.destination.address)]?.contains(name) ?? false
      } ?? false
    switch (name, hello.isEncrypted, hello.isCut) {
    case (let name?, false, false): tell(key, kind, name, time: time)
    case (let name?, _, _) where isAsked: tell(key, kind, name, time: time)
    case (let name?, true, _):
      tell(key, kind, nil, reason: "encrypted (ECH): the outer name is \(name)", time: time)
    case (let name?, false, true):
      tell(key, kind, nil, reason: "cut off after the name \(name), which may be an outer one (ECH)", time: time)
    case (nil, _, true): tell(key, kind, nil, reason: "cut off before the server's name", time: time)
    case (nil, true, _): tell(key, kind, nil, reason: "encrypted (ECH), without an outer name", time: time)
    case (nil, false, false):
      tell(
        key, kind, nil,
        reason: hello.isUnreadable ? "the server's name is not text" : "the handshake names no server", time: time)
    }
  }
}
