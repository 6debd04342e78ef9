internal import Capture
internal import Flows
internal import LinuxSystem
internal import Questions
internal import Synchronization

/// Captures packets in this host's network namespaces. A thread of its own reads them into a bounded queue, and
/// another one looks for new namespaces.
final class LocalCapture: Sendable {
  /// What waits to be fetched at most; further packets are lost and counted.
  private static let room = 256 << 20
  /// The memory that the kernel may fill, in KiB: in few namespaces, and in many.
  private static let rings = (few: 16_384, many: 2048)

  private struct Piece {
    var packets: [PacketBatch.Packet] = []
    var bytes: [UInt8] = []
    /// By source: how many of its packets are here.
    var counts: [UInt64] = []
    /// The source of the packet before, because the next one is often from the same.
    var latest: (key: Key, number: Int)?
    var isFull: Bool { packets.count >= PacketBatch.limit.packets || bytes.count >= PacketBatch.limit.bytes / 2 }
  }

  private struct Key: Hashable {
    var place: Place
    var index: UInt32
  }

  private struct State {
    var rings: [Place: PacketCapture] = [:]
    var refusals: [Place: String] = [:]
    var waiting: [Piece] = []
    var waitingBytes = 0
    var sources: [PacketBatch.Source] = []
    var numbers: [Key: Int] = [:]
    var unfit: Set<Key> = []
    var lost: UInt64 = 0
    var notes: [String] = []
    var isEnding = false
    var hasEnded = false
  }

  private let question: CaptureQuestion
  private let filter: [FilterInstruction]
  private let frames: CaptureFrames
  private let state = Mutex(State())

  /// Starts to capture.
  ///
  /// - Throws: if nothing can be captured.
  init(_ question: CaptureQuestion, link: LinkType) throws {
    self.question = question
    filter = question.filter.map {
      FilterInstruction(code: $0.code, jumpTrue: $0.jumpTrue, jumpFalse: $0.jumpFalse, value: $0.value)
    }
    frames = CaptureFrames(link: link, length: question.snap)
    try lookAround()
    // To find namespaces takes longer than a ring may wait.
    let isStarted = Companion.start({ [self] in work() })
    guard isStarted, !question.places.isEmpty || Companion.start({ [self] in search() }) else {
      end()
      throw LocalRefusal(.failed, "a thread could not be started")
    }
  }

  /// Where it captures, and where it can't.
  var start: CaptureStart {
    state.withLock { state in
      defer { state.notes = [] }
      return CaptureStart(link: frames.link.rawValue, places: state.rings.keys.sorted(), notes: state.notes)
    }
  }

  /// Ends the capture; nobody will fetch the rest.
  func end() { state.withLock { $0.isEnding = true } }

  // MARK: The threads

  private func search() {
    while !state.withLock({ $0.isEnding }) {
      _ = Readiness.wait(readable: [], seconds: 0.5)
      do { try lookAround() } catch { note("\(error)") }
    }
  }

  /// Notes a reason once until it is fetched.
  private func note(_ text: String) {
    state.withLock { state in if !state.notes.contains(text) { state.notes.append(text) } }
  }

  private func work() {
    while true {
      let (rings, isEnding) = state.withLock { (Array($0.rings), $0.isEnding) }
      if isEnding { break }
      _ = Readiness.wait(readable: rings.map(\.value.descriptor), seconds: 0.1)
      read(rings)
    }
    let rings = state.withLock { Array($0.rings) }
    for ring in rings {
      do throws(SystemError) { try ring.value.stop() } catch { state.withLock { $0.notes.append("\(error)") } }
    }
    // A block that is not full comes only then.
    _ = Readiness.wait(readable: [], seconds: 2 * PacketCapture.patience + 0.01)
    read(rings)
    state.withLock { state in
      state.rings = [:]
      state.hasEnded = true
    }
  }

  private func read(_ rings: [(key: Place, value: PacketCapture)]) {
    for (place, ring) in rings {
      var piece = Piece()
      ring.read { packet, raw in
        if piece.isFull { hand(&piece) }
        take(packet, raw, place, into: &piece)
      }
      hand(&piece)
      let drops = ring.takeDrops()
      if drops > 0 { state.withLock { $0.lost &+= drops } }
    }
  }

  private func take(_ packet: LivePacket, _ raw: UnsafeRawBufferPointer, _ place: Place, into piece: inout Piece) {
    let key = Key(place: place, index: packet.interface)
    guard frames.takes(packet.hardwareType) else {
      state.withLock { state in
        if state.unfit.insert(key).inserted {
          state.notes.append(
            "interface \(packet.interface) is of another kind than those at the start; it is not captured")
        }
      }
      return
    }
    let number: Int
    if let latest = piece.latest, latest.key == key { number = latest.number } else { number = self.number(key) }
    piece.latest = (key, number)
    if piece.counts.count <= number {
      piece.counts += [UInt64](repeating: 0, count: number + 1 - piece.counts.count)
    }
    piece.counts[number] += 1
    let before = piece.bytes.count
    let wire = frames.append(packet, raw, to: &piece.bytes)
    piece.packets.append(
      PacketBatch.Packet(
        time: packet.time, source: number, isOutgoing: packet.kind == 4, wire: wire,
        length: piece.bytes.count - before))
  }

  private func number(_ key: Key) -> Int {
    state.withLock { state in
      if let known = state.numbers[key] { return known }
      let number = state.sources.count
      state.numbers[key] = number
      state.sources.append(
        PacketBatch.Source(place: key.place, index: key.index, name: nil, placeName: "", received: 0))
      return number
    }
  }

  private func hand(_ piece: inout Piece) {
    guard !piece.packets.isEmpty else { return }
    let whole = piece
    piece = Piece()
    state.withLock { state in
      guard state.waitingBytes + whole.bytes.count <= Self.room else {
        state.lost &+= UInt64(whole.packets.count)
        return
      }
      for (number, count) in whole.counts.enumerated() { state.sources[number].received &+= count }
      state.waitingBytes += whole.bytes.count
      state.waiting.append(whole)
    }
  }

  // MARK: Namespaces

  /// Opens rings in new namespaces, and closes those of namespaces that are gone: a ring would keep them alive.
  private func lookAround() throws {
    let all = try NamespaceCatalog().namespaces
    let wanted = question.places.isEmpty ? all : all.filter { question.places.contains($0.id) }
    let present = Set(all.map(\.id))
    let gone = state.withLock { state in state.rings.filter { !present.contains($0.key) } }
    read(Array(gone))
    var denial: (any Error)?
    for place in gone.keys { state.withLock { $0.rings[place] = nil } }
    let kibibytes = wanted.count <= 8 ? Self.rings.few : Self.rings.many
    for namespace in wanted {
      guard state.withLock({ $0.rings[namespace.id] == nil && $0.refusals[namespace.id] == nil }) else { continue }
      do {
        let ring = try open(namespace, kibibytes)
        state.withLock { state in if !state.isEnding { state.rings[namespace.id] = ring } }
      } catch {
        denial = denial ?? error
        let errno = (error as? SystemError)?.errno
        let needed: Capabilities = namespace.isOwn ? .CAP_NET_RAW : [.CAP_NET_RAW, .CAP_SYS_ADMIN]
        let lacking = errno?.isDenial == true ? needed.subtracting(.effective()) : []
        let reason = "\(error)" + (lacking.isEmpty ? "" : " (\(lacking))")
        state.withLock { state in
          state.refusals[namespace.id] = reason
          state.notes.append("packets of network namespace \(namespace.id.namespace) are not captured: \(reason)")
        }
      }
    }
    guard state.withLock({ $0.rings.isEmpty }) else { return }
    if let denial { throw denial }
    if question.places.isEmpty { return }
    throw LocalRefusal(.failed, "the network namespace is gone")
  }

  private func open(_ namespace: NetworkNamespace, _ kibibytes: Int) throws -> PacketCapture {
    let (filter, frames, index) = (filter, frames, question.interface ?? 0)
    let open: @Sendable () throws -> PacketCapture = {
      try PacketCapture(filter: filter, snap: frames.snap, interface: index, kibibytes: kibibytes)
    }
    return try namespace.isOwn ? open() : inNetworkNamespace(namespace.path, open)
  }

  // MARK: Fetching

  /// The packets that wait. If there are none, waits for some, at most `seconds`.
  ///
  /// - Parameters:
  ///   - name: fills in the names of new sources.
  ///   - mustStop: asked often; true ends the wait.
  func next(
    within seconds: Double, isLast: Bool, name: (inout PacketBatch.Source) -> Void, mustStop: () -> Bool
  ) -> PacketBatch {
    if isLast { end() }
    let end = MonotonicClock.seconds + (isLast ? max(seconds, 5) : seconds)
    while true {
      let (piece, isOver) = state.withLock { state -> (Piece?, Bool) in
        guard !state.waiting.isEmpty else { return (nil, state.hasEnded) }
        var whole = Piece()
        var count = 0
        for piece in state.waiting {
          let isFirst = count == 0
          guard isFirst || whole.packets.count + piece.packets.count <= PacketBatch.limit.packets,
            isFirst || whole.bytes.count + piece.bytes.count <= PacketBatch.limit.bytes
          else { break }
          whole.packets += piece.packets
          whole.bytes += piece.bytes
          count += 1
        }
        state.waiting.removeFirst(count)
        state.waitingBytes -= whole.bytes.count
        return (whole, false)
      }
      let left = end - MonotonicClock.seconds
      if piece != nil || isOver || left <= 0 || (!isLast && mustStop()) { return batch(piece, name) }
      _ = Readiness.wait(readable: [], seconds: min(0.02, left))
    }
  }

  private func batch(_ piece: Piece?, _ name: (inout PacketBatch.Source) -> Void) -> PacketBatch {
    var unnamed = state.withLock { state in
      state.sources.enumerated().filter { $0.element.placeName.isEmpty }.map { ($0.offset, $0.element) }
    }
    // It asks the kernel, while the thread goes on.
    for index in unnamed.indices { name(&unnamed[index].1) }
    return state.withLock { state in
      for (number, source) in unnamed {
        state.sources[number].name = source.name
        state.sources[number].placeName = source.placeName
      }
      defer { state.notes = [] }
      return PacketBatch(
        packets: piece?.packets ?? [], bytes: piece?.bytes ?? [], sources: state.sources, lost: state.lost,
        isWhole: state.hasEnded && state.waiting.isEmpty, notes: state.notes)
    }
  }
}
