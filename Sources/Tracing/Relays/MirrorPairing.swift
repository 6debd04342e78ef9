public import Questions

/// Pairs the inbound and outbound connections of a relay by their byte counters: what one received, the other has sent,
/// in both directions.
///
/// It compares the bytes that the relay's process has read and written, not those on the wire. Bytes under way in the
/// network therefore make no difference; only bytes that the relay holds do. Every snapshot rules out impossible pairs
/// (`MirrorTrack.mayPair`). A pair is claimed when no other is possible and both connections were seen idle with equal
/// counters, or passing on a long stream. A relay that changes the bytes (TLS, compression, HTTP headers) has no such
/// pairs, and none are claimed.
public struct MirrorPairing {
  public let rules: MirrorRules
  /// How many connections are compared on each side at most.
  public static let limit = 32768

  private var inbound = Side()
  private var outbound = Side()
  /// Which inbound may pair with which outbound connection; and the same, transposed.
  private var rows = BitMatrix()
  private var columns = BitMatrix()
  /// Which pairs were seen to agree.
  private var agreed = BitMatrix()
  private var count = 0
  private var ticks = KernelTicks()
  private var matching: [Int] = []
  /// Pairs without another candidate now that had one before, with the number of times they have agreed since.
  private var candidacies: [Int: Candidacy] = [:]

  private struct Candidacy {
    var column: Int
    var sums: PairSums
    var agreements = 0
  }
  private var leftOut = 0
  private var notes: [String] = []

  private struct Side {
    var tracks: [MirrorTrack] = []
    var sockets: [SocketCounters] = []
    var index: [UInt64: Int] = [:]

    mutating func add(
      _ socket: SocketCounters, _ snapshot: Int, _ position: Int, _ time: CounterSnapshot, trustsAges: Bool,
      _ rules: MirrorRules
    ) -> Bool {
      if let known = index[socket.cookie] {
        tracks[known].update(
          socket, snapshot: snapshot, position: position, from: time.began, to: time.ended, rules)
        sockets[known] = socket
      } else {
        guard tracks.count < MirrorPairing.limit else { return false }
        index[socket.cookie] = tracks.count
        tracks.append(
          MirrorTrack(
            socket, snapshot: snapshot, position: position, to: time.ended, trustsAges: trustsAges, rules))
        sockets.append(socket)
      }
      return true
    }
  }

  public init(rules: MirrorRules = MirrorRules()) { self.rules = rules }

  /// Adds the next snapshot.
  public mutating func add(_ snapshot: CounterSnapshot) {
    let (oldRows, oldColumns) = (inbound.tracks.count, outbound.tracks.count)
    leftOut = 0
    let trustsAges = count == 0 && snapshot.sockets.allSatisfy { $0.unread == 0 }
    for (position, socket) in snapshot.sockets.enumerated() {
      let isTaken =
        socket.role == .inbound
        ? inbound.add(socket, count, position, snapshot, trustsAges: trustsAges, rules)
        : outbound.add(socket, count, position, snapshot, trustsAges: trustsAges, rules)
      if !isTaken { leftOut += 1 }
    }
    for note in snapshot.notes where !notes.contains(note) { notes.append(note) }
    let tolerance = ticks.tolerance(of: snapshot, inbound.tracks, outbound.tracks, snapshot: count)
    rows.grow(rows: inbound.tracks.count, columns: outbound.tracks.count)
    agreed.grow(rows: inbound.tracks.count, columns: outbound.tracks.count)
    columns.grow(rows: outbound.tracks.count, columns: inbound.tracks.count)
    open(oldRows, oldColumns, tolerance)
    refuse(oldRows, oldColumns, tolerance)
    count += 1
  }

  /// Adds the possible pairs of new connections. Among settled connections only equal counters can be partners; a table
  /// finds those, so thousands of idle connections are not compared with each other.
  private mutating func open(_ oldRows: Int, _ oldColumns: Int, _ tolerance: Int?) {
    guard oldRows < inbound.tracks.count || oldColumns < outbound.tracks.count else { return }
    var equals: [PairSums: [Int]] = [:]
    var moving: [Int] = []
    for (column, track) in outbound.tracks.enumerated() {
      if track.isSettled, track.snapshot == count {
        equals[PairSums(asked: track.writtenAtLeast, answered: track.received), default: []].append(column)
      } else {
        moving.append(column)
      }
    }
    for (row, track) in inbound.tracks.enumerated() {
      let isNew = row >= oldRows
      func consider(_ column: Int) {
        guard isNew || column >= oldColumns, isPossible(row, column, tolerance) else { return }
        rows[row, column] = true
        columns[column, row] = true
        if track.agrees(outbound.tracks[column]), track.snapshot == count { agreed[row, column] = true }
      }
      if track.isSettled, track.snapshot == count {
        let sums = PairSums(asked: track.received &+ rules.prefix, answered: track.writtenAtLeast)
        for column in equals[sums] ?? [] where isNew || column >= oldColumns {
          // Idle and equal: only the process could contradict.
          let pid = outbound.tracks[column].pid
          guard track.pid == pid || track.pid == 0 || pid == 0 else { continue }
          rows[row, column] = true
          columns[column, row] = true
          if track.hasMoved { agreed[row, column] = true }
        }
        for column in moving { consider(column) }
      } else {
        for column in isNew ? 0..<outbound.tracks.count : oldColumns..<outbound.tracks.count { consider(column) }
      }
    }
  }

  private func isPossible(_ row: Int, _ column: Int, _ tolerance: Int?) -> Bool {
    if inbound.tracks[row].snapshot == count, outbound.tracks[column].snapshot == count {
      return inbound.tracks[row].mayPair(outbound.tracks[column], rules, tolerance: tolerance)
    }
    let (one, other) = (inbound.tracks[row], outbound.tracks[column])
    // A connection that is gone keeps its data. Two that never existed together are no pair; a single snapshot may miss
    // a socket.
    return one.snapshot + 2 > other.first && other.snapshot + 2 > one.first
      && (one.pid == other.pid || one.pid == 0 || other.pid == 0)
  }

  /// Checks pairs again if one of the two connections changed lately.
  private mutating func refuse(_ oldRows: Int, _ oldColumns: Int, _ tolerance: Int?) {
    var changed = [UInt64](repeating: 0, count: rows.stride)
    for column in 0..<oldColumns where outbound.tracks[column].changed >= count - 1 { changed.insert(bit: column) }
    for row in 0..<oldRows {
      let track = inbound.tracks[row]
      guard track.snapshot == count else { continue }
      let isChanged = track.changed >= count - 1
      for word in 0..<rows.stride {
        var bits = rows.words[row * rows.stride + word]
        if !isChanged { bits &= changed[word] }
        while bits != 0 {
          let column = word << 6 + bits.trailingZeroBitCount
          bits &= bits - 1
          let other = outbound.tracks[column]
          guard other.snapshot == count else { continue }
          if !track.mayPair(other, rules, tolerance: tolerance) {
            rows[row, column] = false
            columns[column, row] = false
          } else if track.agrees(other) {
            agreed[row, column] = true
          }
        }
      }
    }
  }

  /// Whether the newest snapshot differs from the one before.
  public var isMoving: Bool {
    [inbound, outbound].contains { $0.tracks.contains { $0.changed == count - 1 && !$0.isSettled } }
  }

  /// Whether the snapshots so far allow these two sockets, given by their cookies, to be the two sides of one
  /// connection.
  public func isOpen(inbound cookie: UInt64, outbound other: UInt64) -> Bool {
    guard let row = inbound.index[cookie], let column = outbound.index[other] else { return false }
    return rows[row, column]
  }

  /// The result of the snapshots so far.
  public mutating func outcome() -> MirrorOutcome {
    let forced = ForcedPairs(rows: rows, columns: columns, earlier: matching)
    matching = forced.matching
    var outcome = MirrorOutcome(snapshots: count, notes: notes)
    var paired = Set<Int>()
    var alike: [PairSums: Int] = [:]
    for track in inbound.tracks {
      alike[PairSums(asked: track.received, answered: track.writtenAtLeast), default: 0] += 1
    }
    for (row, verdict) in forced.verdicts.enumerated() {
      let link = link(row, verdict, alike)
      if let cookie = link.outbound?.cookie, let column = outbound.index[cookie] { paired.insert(column) }
      outcome.links.append(link)
    }
    outcome.unpaired = outbound.sockets.indices.filter { !paired.contains($0) }.map { outbound.sockets[$0] }
    if leftOut > 0 {
      outcome.notes.append("\(leftOut) connections were left out: at most \(Self.limit) on each side are compared")
    }
    let moving = outcome.links.filter { $0.inbound.received + $0.inbound.writtenAtMost > 0 }
    if !moving.isEmpty, !outbound.tracks.isEmpty, moving.allSatisfy({ $0.basis == .none }) {
      outcome.notes.append("no two connections have the same byte counts: this relay changes the bytes it passes on")
    }
    return outcome
  }

  /// Whether enough was seen of the pair to claim it; also counts how often it agreed.
  private mutating func isConfirmed(_ row: Int, _ column: Int, _ alike: [PairSums: Int]) -> Bool {
    let (one, other) = (inbound.tracks[row], outbound.tracks[column])
    if one.flowsAlong(other) { return true }
    guard agreed[row, column] else { return false }
    let sums = PairSums(asked: one.received, answered: one.writtenAtLeast)
    var candidacy = candidacies[row] ?? Candidacy(column: column, sums: sums)
    if candidacy.column != column { candidacy = Candidacy(column: column, sums: sums) }
    defer { candidacies[row] = candidacy }
    if candidacy.agreements >= rules.confirmations { return true }
    guard one.agrees(other), one.snapshot == other.snapshot else { return false }
    // Sums that no other connection has are no coincidence, unless many connections share few sums.
    if alike[sums] == 1, alike.count * 2 >= inbound.tracks.count {
      candidacy.agreements = rules.confirmations
      return true
    }
    if sums != candidacy.sums {
      candidacy.sums = sums
      candidacy.agreements += 1
    }
    return candidacy.agreements >= rules.confirmations
  }

  private mutating func link(_ row: Int, _ verdict: ForcedPairs.Verdict, _ alike: [PairSums: Int]) -> MirrorLink {
    let socket = inbound.sockets[row]
    let hasMoved = inbound.tracks[row].hasMoved
    var (column, basis, candidates) = (nil as Int?, MirrorLink.Basis.several, 1)
    switch verdict {
    case .unique(let only): (column, basis) = (only, .unique)
    case .eliminated(let forced, let fitting):
      (column, basis, candidates) = rules.allHavePartners ? (forced, .elimination, 1) : (nil, .several, fitting)
    case .several(let fitting): candidates = fitting
    case .none:
      let reason =
        outbound.tracks.isEmpty
        ? "the process has no outbound connections"
        : "no outbound connection has the same byte counts: the relay changes bytes, or answers by itself"
      return MirrorLink(inbound: socket, basis: .none, candidates: 0, reason: reason)
    }
    guard let column else {
      let reason =
        hasMoved
        ? "\(candidates) connections have moved the same bytes at the same times"
        : "\(candidates) connections have moved nothing"
      return MirrorLink(inbound: socket, basis: .several, candidates: candidates, reason: reason)
    }
    if isConfirmed(row, column, alike) {
      return MirrorLink(inbound: socket, outbound: outbound.sockets[column], basis: basis, candidates: 1)
    }
    let reason =
      hasMoved
      ? "one connection matches, but too few bytes have moved to rule out chance"
      : "no bytes have moved that could be compared"
    return MirrorLink(inbound: socket, basis: .unconfirmed, candidates: 1, reason: reason)
  }
}

/// The bytes that a pair has moved, named from the inbound side.
private struct PairSums: Hashable {
  var asked: UInt64
  var answered: UInt64
}
