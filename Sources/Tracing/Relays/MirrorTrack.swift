internal import Questions

/// One connection as the newest snapshots show it; flat, since every pair of two is looked at.
struct MirrorTrack {
  let pid: Int32
  /// In which snapshot it was seen first and last.
  let first: Int
  var snapshot: Int
  /// When in that snapshot: sockets with a smaller number were read earlier.
  var position: Int
  var received: UInt64
  var readAtMost: UInt64
  var writtenAtLeast: UInt64
  var writtenAtMost: UInt64
  var isUnsent: Bool
  var sinceReceived: Int
  var sinceSent: Int
  /// Of the snapshot before: lower bounds of what holds later.
  var earlierRead: UInt64 = 0
  var earlierWritten: UInt64 = 0
  /// At the first snapshot, for what moved since.
  let firstReceived: UInt64
  let firstWritten: UInt64
  /// Since when (seconds, monotonic) nothing changed and nothing waits.
  var quietSince: Double?
  /// It has been quiet for so long that the relay must have passed on everything.
  var isSettled = false
  /// The snapshot in which something about it changed last.
  var changed: Int

  /// - Parameter trustsAges: whether ages alone may show that nothing is held.
  init(
    _ socket: SocketCounters, snapshot: Int, position: Int, to ended: Double, trustsAges: Bool, _ rules: MirrorRules
  ) {
    pid = socket.pid
    first = snapshot
    self.snapshot = snapshot
    self.position = position
    (received, readAtMost) = (socket.received, socket.readAtMost)
    (writtenAtLeast, writtenAtMost) = (socket.writtenAtLeast, socket.writtenAtMost)
    isUnsent = socket.unsent != 0
    (sinceReceived, sinceSent) = (Int(socket.sinceReceived), Int(socket.sinceSent))
    (firstReceived, firstWritten) = (received, writtenAtLeast)
    changed = snapshot
    if isQuiet {
      quietSince = ended
      // Others have to be seen quiet: a process that was held up may have read an old byte just now.
      isSettled = trustsAges && Double(min(sinceReceived, sinceSent)) / 1000 >= rules.longSettling
    }
  }

  /// Nothing waits to be read or sent, and what was written is known exactly.
  private var isQuiet: Bool { readAtMost == received && !isUnsent && writtenAtLeast == writtenAtMost }

  /// The changes in the ages of what did not move since the snapshot before, in milliseconds.
  private(set) var aged: (received: Int?, sent: Int?) = (nil, nil)

  mutating func update(
    _ socket: SocketCounters, snapshot: Int, position: Int, from began: Double, to ended: Double, _ rules: MirrorRules
  ) {
    let same =
      received == socket.received && readAtMost == socket.readAtMost && writtenAtLeast == socket.writtenAtLeast
      && writtenAtMost == socket.writtenAtMost && isUnsent == (socket.unsent != 0)
    aged.received = received == socket.received ? Int(socket.sinceReceived) - sinceReceived : nil
    aged.sent =
      writtenAtMost == socket.writtenAtMost && socket.sinceSent >= sinceSent ? Int(socket.sinceSent) - sinceSent : nil
    earlierRead = readAtMost
    earlierWritten = writtenAtLeast
    self.snapshot = snapshot
    self.position = position
    (received, readAtMost) = (socket.received, socket.readAtMost)
    writtenAtLeast = max(socket.writtenAtLeast, earlierWritten)
    writtenAtMost = socket.writtenAtMost
    isUnsent = socket.unsent != 0
    (sinceReceived, sinceSent) = (Int(socket.sinceReceived), Int(socket.sinceSent))
    if !same { changed = snapshot }
    guard isQuiet else {
      (quietSince, isSettled) = (nil, false)
      return
    }
    if !same || quietSince == nil { (quietSince, isSettled) = (ended, false) }
    if !isSettled, let quietSince, began - quietSince >= rules.settling {
      isSettled = true
      changed = snapshot
    }
  }

  var hasMoved: Bool { received != 0 || writtenAtMost != 0 }
}

extension MirrorTrack {
  /// Whether this inbound connection and `other`, an outbound one, can be two sides of one relayed connection. Both were
  /// in the newest snapshot.
  ///
  /// What a relay has written on one side it has read on the other before, at every moment. Sockets are read one after
  /// the other and counters only grow, so what was written on a socket that was read first must not exceed what was read
  /// from the one read later. Nothing here can refuse the two sides of a relay that keeps to `rules`.
  ///
  /// - Parameter tolerance: milliseconds by which the ages of two sockets may differ without saying anything; nil if
  ///   they are not to be compared.
  func mayPair(_ other: MirrorTrack, _ rules: MirrorRules, tolerance: Int?) -> Bool {
    if pid != other.pid, pid != 0, other.pid != 0 { return false }
    let isFirst = position < other.position
    let read = readAtMost &+ rules.prefix
    if (isFirst ? other.earlierWritten : other.writtenAtLeast) > read { return false }
    if (isFirst ? writtenAtLeast : earlierWritten) > other.readAtMost { return false }
    if isSettled, other.isSettled {
      return read == other.writtenAtLeast && writtenAtLeast == other.readAtMost
    }
    // What it holds: read on one side, looked at first, and not written on the other, looked at later.
    if (isFirst ? readAtMost : earlierRead) > other.writtenAtMost &+ rules.held { return false }
    if (isFirst ? other.earlierRead : other.readAtMost) > writtenAtMost &+ rules.held { return false }
    guard let tolerance else { return true }
    // All of it was sent on before the last of it came?
    if !other.isUnsent, received != 0, other.writtenAtLeast >= received &+ rules.prefix,
      other.sinceSent > sinceReceived + tolerance
    {
      return false
    }
    if !isUnsent, other.received != 0, writtenAtLeast >= other.received, sinceSent > other.sinceReceived + tolerance {
      return false
    }
    return true
  }

  /// Whether both were quiet and agree, so that they not only may but do look like two sides.
  func agrees(_ other: MirrorTrack) -> Bool { isSettled && other.isSettled && hasMoved }

  /// Whether so much passed through both, and so nearly the same, that a stream that never rests is told.
  func flowsAlong(_ other: MirrorTrack) -> Bool {
    func near(_ read: UInt64, _ written: UInt64) -> Bool {
      read >= 256 << 10 && max(read, written) - min(read, written) <= read / 16
    }
    return near(received - firstReceived, other.writtenAtLeast - other.firstWritten)
      || near(other.received - other.firstReceived, writtenAtLeast - firstWritten)
  }
}
