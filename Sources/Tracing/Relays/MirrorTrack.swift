internal import Questions

/// One connection in the newest snapshots. It is a flat value because every two connections are compared.
struct MirrorTrack {
  let pid: Int32
  /// The first and the last snapshot that it was seen in.
  let first: Int
  var snapshot: Int
  /// Its position in that snapshot: sockets with smaller numbers were read earlier.
  var position: Int
  var received: UInt64
  var readAtMost: UInt64
  var writtenAtLeast: UInt64
  var writtenAtMost: UInt64
  var isUnsent: Bool
  var sinceReceived: Int
  var sinceSent: Int
  /// Values of the snapshot before; they are lower bounds for later ones.
  var earlierRead: UInt64 = 0
  var earlierWritten: UInt64 = 0
  /// Values at the first snapshot, to compute what has moved since.
  let firstReceived: UInt64
  let firstWritten: UInt64
  /// Since when (seconds, monotonic) nothing changed and nothing waits; nil if something does.
  var quietSince: Double?
  /// Whether it was idle for so long that the relay must have passed on everything.
  var isSettled = false
  /// The last snapshot in which something about it changed.
  var changed: Int

  /// - Parameter trustsAges: whether ages alone may show that the relay holds no bytes.
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
      // Others must be seen idle: a process that was delayed may have read an old byte just now.
      isSettled = trustsAges && Double(min(sinceReceived, sinceSent)) / 1000 >= rules.longSettling
    }
  }

  /// Whether nothing waits to be read or sent and the number of written bytes is exact.
  private var isQuiet: Bool { readAtMost == received && !isUnsent && writtenAtLeast == writtenAtMost }

  /// The change in age, in milliseconds, of each direction that did not move since the snapshot before; nil if it
  /// moved.
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
  /// Whether this inbound connection and `other`, an outbound one, can be the two sides of one relayed connection. Both
  /// are in the newest snapshot.
  ///
  /// At every moment, what a relay has written on one side it has read on the other before. Sockets are read one after
  /// the other and counters only grow, so the bytes written on a socket that was read first must not exceed the bytes
  /// read from a socket that was read later. This never rules out the two sides of a relay that keeps to `rules`.
  ///
  /// - Parameter tolerance: the difference in milliseconds up to which the ages of two sockets show nothing; nil if
  ///   ages are not to be compared.
  func mayPair(_ other: MirrorTrack, _ rules: MirrorRules, tolerance: Int?) -> Bool {
    if pid != other.pid, pid != 0, other.pid != 0 { return false }
    let isFirst = position < other.position
    let read = readAtMost &+ rules.prefix
    if (isFirst ? other.earlierWritten : other.writtenAtLeast) > read { return false }
    if (isFirst ? writtenAtLeast : earlierWritten) > other.readAtMost { return false }
    if isSettled, other.isSettled {
      return read == other.writtenAtLeast && writtenAtLeast == other.readAtMost
    }
    // The bytes that it holds: read on one side (seen first) and not written on the other (seen later).
    if (isFirst ? readAtMost : earlierRead) > other.writtenAtMost &+ rules.held { return false }
    if (isFirst ? other.earlierRead : other.readAtMost) > writtenAtMost &+ rules.held { return false }
    guard let tolerance else { return true }
    // Was everything sent on before the last byte arrived?
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

  /// Whether both were idle with equal counters, which is positive evidence for the pair.
  func agrees(_ other: MirrorTrack) -> Bool { isSettled && other.isSettled && hasMoved }

  /// Whether both passed so much data, and so nearly the same amount, that they are one stream that never pauses.
  func flowsAlong(_ other: MirrorTrack) -> Bool {
    func near(_ read: UInt64, _ written: UInt64) -> Bool {
      read >= 256 << 10 && max(read, written) - min(read, written) <= read / 16
    }
    return near(received - firstReceived, other.writtenAtLeast - other.firstWritten)
      || near(other.received - other.firstReceived, writtenAtLeast - firstWritten)
  }
}
