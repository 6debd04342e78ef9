public import Flows

/// Reads the names that flows ask for from their first packets, and DNS servers' answers.
///
/// Packets must be passed in the order of their capture. TLS and QUIC handshakes and HTTP/1 requests are assembled from
/// any number of packets in any order. A flow's name is reported once (for HTTP/1 each new name of a connection).
/// Memory is bounded by `Limits`: the oldest beginnings are dropped, and counted.
public struct NameReader: Sendable {
  public struct Limits: Hashable, Sendable {
    /// At most how many flows wait for the rest of a message in which the name may be.
    public var flows = 2048
    /// At most how many bytes of such incomplete messages are kept.
    public var bytes = 4 << 20
    /// How many names, and how many answers, may wait for `drain`.
    public var results = 8192
    /// How many seconds to wait for the rest of a message.
    public var patience = 20.0
    /// Whether to read the packets inside a tunnel instead of the tunnel's own. Set it to false for the traffic of one
    /// namespace, because the inner flow may end in another namespace.
    public var followsTunnels = true

    public init() {}
  }

  struct Key: Hashable, Sendable {
    var namespace: Place?
    /// The flow from the sender of the packet.
    var flow: Flow
  }

  /// The first bytes of one direction of a flow, as far as they have come.
  struct Opening: Sendable {
    enum Content: Sendable { case unknown, tls, http, dns, quic }
    var content: Content
    var assembly = ByteAssembly(limit: 32_768)
    /// TCP's sequence number of the first byte.
    var base: UInt32 = 0
    /// QUIC: the destination connection id of the first packet, from which the keys are derived.
    var firstID: [UInt8] = []
    var started: Double
    /// How many packets had a part of it.
    var pieces = 0
    /// Whether no more of it can arrive, because the capture truncated a packet or the sender has finished.
    var isEnded = false
  }

  struct Finished: Sendable {
    var kind: FlowName.Kind
    /// Hashes of the names, which need less memory.
    var names: Set<Int>
    var time: Double
  }

  struct AnswerKey: Hashable, Sendable {
    var namespace: Place?
    var address: IPAddress
  }

  let limits: Limits
  var beginnings: BoundedTable<Key, Opening>
  var finished: BoundedTable<Key, Finished>
  /// Recently asked names, by the addresses in the answers.
  var asked: BoundedTable<AnswerKey, [String]>
  var keptBytes = 0
  var names: [FlowName] = []
  var answers: [NameAnswer] = []
  /// The latest answers, to recognise copies of the same packet on several interfaces.
  var recent: [NameAnswer] = []
  /// How many beginnings, names and answers were dropped since the start because there was no room.
  public internal(set) var dropped: UInt64 = 0

  public init(limits: Limits = Limits()) {
    self.limits = limits
    beginnings = BoundedTable(limit: limits.flows)
    finished = BoundedTable(limit: 4 * limits.flows)
    asked = BoundedTable(limit: 2 * limits.flows)
  }

  /// Reads one frame.
  ///
  /// - Parameters:
  ///   - time: seconds since 1970.
  ///   - wireLength: the frame's length before the capture truncated it.
  public mutating func take(
    _ frame: RawSpan, link: LinkType, wireLength: Int? = nil, time: Double, namespace: Place? = nil
  ) {
    take(
      frame, Dissector.dissect(frame, link: link, wireLength: wireLength), time: time, namespace: namespace)
  }

  /// Takes a frame whose headers were already read; `packet` is what they say.
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

  /// The names and answers since the last call. Names that are not complete yet may follow later.
  public mutating func drain() -> (names: [FlowName], answers: [NameAnswer]) {
    defer {
      names.removeAll(keepingCapacity: true)
      answers.removeAll(keepingCapacity: true)
    }
    return (names, answers)
  }

  /// Ends all waiting: the bytes of each beginning are used as they are, with a reason where they are not enough.
  /// `drain` returns the results.
  public mutating func finish() {
    while let (key, beginning) = beginnings.oldest { end(key, at: beginning.started) }
  }

  // MARK: Bounds

  private mutating func expire(_ time: Double) {
    // This also handles a clock that went backward, and a time that is not a number.
    while let (key, beginning) = beginnings.oldest, !(abs(time - beginning.started) <= limits.patience) {
      end(key, at: beginning.started)
    }
  }

  /// Begins to read a flow; older ones are dropped if necessary.
  mutating func begin(_ beginning: Opening, _ key: Key) {
    forget(key)
    if let evicted = beginnings.insert(beginning, for: key) {
      keptBytes -= evicted.value.assembly.size
      dropped += 1
    }
  }

  mutating func forget(_ key: Key) {
    if let old = beginnings.remove(key) { keptBytes -= old.assembly.size }
  }

  /// Adds a piece to an existing beginning.
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

  /// Reports the name of a flow, unless it was already reported.
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
    // A longer name can't be in a handshake.
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

  /// Reports the server name of a handshake.
  ///
  /// A client that offers an encrypted ClientHello looks the same whether it uses one or only pretends to (RFC 9849,
  /// section 6.2). In the first case the outer name is one that the client never looked up; in the second it is the
  /// name.
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
