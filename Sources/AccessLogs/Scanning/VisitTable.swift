internal import CScan
internal import LinuxSystem

/// The counts of a pair of numbers, such as a client and a path, in one cache line.
struct VisitCounts {
  var key: UInt64
  var requests: UInt64 = 0
  /// The time of the last request that was added, in milliseconds since the epoch.
  var last: Int64 = 0
  /// The time of the first request, in seconds since the epoch.
  var first: UInt32 = .max
  var recent: UInt32 = 0
  var before: UInt32 = 0
  var missed: UInt32 = 0
  /// The chain of its times, and how many times are in it.
  fileprivate(set) var head = TimesPool.none
  fileprivate(set) var tail = TimesPool.none
  fileprivate(set) var stored: UInt32 = 0
  fileprivate(set) var pieces: UInt32 = 0
  /// The number of the last user agent.
  var agent: UInt32 = .max
  /// Requests with a status of 400 or more.
  var errors: UInt32 = 0

  var left: Int { Int(key >> 32) }
  var right: Int { Int(key & 0xFFFF_FFFF) }

  init(key: UInt64) { self.key = key }

  static func key(_ left: Int, _ right: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: left) << 32 | UInt64(UInt32(truncatingIfNeeded: right))
  }
}

/// A bounded number of pairs, each with its counts and the times of its latest requests, like `KeyTable`.
struct VisitTable: ~Copyable {
  /// The number of requests from which times are kept, because most pairs are seen only once or twice.
  static let worthKeeping = 2
  let limit: Int
  /// How many pieces of times a pair has at most; beyond that the oldest is dropped.
  let piecesEach: UInt32
  private(set) var count = 0
  private(set) var forgotten: UInt32 = 0
  /// How many requests' times did not fit.
  private(set) var untimed = 0
  private var slots: HashSlots
  private var entries: UnsafeMutablePointer<VisitCounts>
  private var capacity = 1024
  private var times: TimesPool

  init(limit: Int, times: Int, timesEach: Int) {
    self.limit = limit
    piecesEach = UInt32(max(2, timesEach / TimesPool.perPiece))
    slots = HashSlots(capacity: capacity)
    entries = LargeMemory.allocate(VisitCounts.self, capacity)
    self.times = TimesPool(limit: max(2, times / TimesPool.perPiece))
  }

  deinit { LargeMemory.free(entries, capacity) }

  func isFull(adding more: Int) -> Bool { count + more > limit }

  subscript(id: Int) -> VisitCounts { entries[id] }

  @inline(__always)
  static func hash(_ key: UInt64) -> UInt64 { LineBytes.fold(key ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB) }

  @inline(__always)
  func prefetch(_ hash: UInt64) { slots.prefetch(hash) }

  @inline(__always)
  func prefetchEntry(_ hash: UInt64) {
    let place = slots.first(hash)
    if place >= 0 { hw_prefetch(entries + place) }
  }

  /// Prefetches the position where the next time will be stored.
  @inline(__always)
  func prefetchTimes(_ hash: UInt64) {
    let place = slots.first(hash)
    if place >= 0 { times.prefetch(entries[place].tail) }
  }

  /// Counts a request of the pair `key`.
  @inline(__always)
  mutating func add(_ key: UInt64, _ hash: UInt64, _ record: borrowing LogRecord, _ share: PeriodShare, agent: UInt32) {
    let found = slots.find(hash) { entries[$0].key == key }
    let id = found.place >= 0 ? found.place : add(key, hash, slot: found.slot)
    let entry = entries + id
    entry.pointee.recent &+= share.recent
    entry.pointee.before &+= share.before
    guard share.inWindow == 1 else { return }
    let requests = entry.pointee.requests
    entry.pointee.requests = requests &+ 1
    let seconds = UInt32(truncatingIfNeeded: max(0, min(record.milliseconds / 1000, Int64(UInt32.max))))
    if seconds < entry.pointee.first { entry.pointee.first = seconds }
    entry.pointee.agent = agent
    if record.status >= 400 { entry.pointee.errors &+= 1 }
    if requests >= Self.worthKeeping {
      // After a gap that is too long to be stored, the times before it are dropped.
      if Int64(Int32(clamping: record.milliseconds &- entry.pointee.last)) != record.milliseconds &- entry.pointee.last
      {
        forgetTimes(entry)
      } else {
        keepTime(entry, record.milliseconds)
      }
    }
    entry.pointee.last = record.milliseconds
  }

  @inline(__always)
  private mutating func keepTime(_ entry: UnsafeMutablePointer<VisitCounts>, _ time: Int64) {
    let place = Int(entry.pointee.stored) % TimesPool.perPiece
    if place == 0 || entry.pointee.tail == TimesPool.none { guard extend(entry) else { return } }
    times[entry.pointee.tail, place] = Int32(clamping: time &- entry.pointee.last)
    entry.pointee.stored &+= 1
  }

  @inline(never)
  private mutating func forgetTimes(_ entry: UnsafeMutablePointer<VisitCounts>) {
    times.release(entry.pointee.head)
    entry.pointee.head = TimesPool.none
    entry.pointee.tail = TimesPool.none
    entry.pointee.stored = 0
    entry.pointee.pieces = 0
  }

  /// Adds a piece for times, or reuses the oldest one if there are enough.
  @inline(never)
  private mutating func extend(_ entry: UnsafeMutablePointer<VisitCounts>) -> Bool {
    var piece = TimesPool.none
    if entry.pointee.pieces < piecesEach { piece = times.take() }
    if piece == TimesPool.none {
      guard entry.pointee.pieces >= 2 else {
        // With only one piece, the times in it are dropped, because they are from before a gap.
        entry.pointee.stored = 0
        if entry.pointee.pieces == 0 { untimed += 1 }
        return entry.pointee.pieces == 1
      }
      piece = entry.pointee.head
      entry.pointee.head = times.next(piece)
      times.chain(piece, to: TimesPool.none)
      entry.pointee.stored -= UInt32(TimesPool.perPiece)
    } else {
      entry.pointee.pieces += 1
    }
    if entry.pointee.tail != TimesPool.none { times.chain(entry.pointee.tail, to: piece) }
    if entry.pointee.head == TimesPool.none { entry.pointee.head = piece }
    entry.pointee.tail = piece
    return true
  }

  private mutating func add(_ key: UInt64, _ hash: UInt64, slot: Int) -> Int {
    if count == capacity {
      entries = LargeMemory.grow(entries, from: capacity, to: capacity * 2)
      capacity *= 2
    }
    var entry = VisitCounts(key: key)
    entry.missed = forgotten
    (entries + count).initialize(to: entry)
    count += 1
    if slots.isFull(count) { index() } else { slots.set(slot, hash, count - 1) }
    return count - 1
  }

  private mutating func index() {
    slots.removeAll(capacity: max(capacity, count + 1))
    for id in 0..<count { slots.add(Self.hash(entries[id].key), id) }
  }

  /// The stored times in seconds since the epoch, sorted: those in the last `piecesEach` pieces.
  func times(_ id: Int) -> [Double] {
    let entry = entries[id]
    var steps: [Int32] = []
    var piece = entry.head
    while piece != TimesPool.none, steps.count < Int(entry.stored) {
      for index in 0..<min(TimesPool.perPiece, Int(entry.stored) - steps.count) { steps.append(times[piece, index]) }
      piece = times.next(piece)
    }
    guard !steps.isEmpty else { return entry.requests > 0 ? [Double(entry.last) / 1000] : [] }
    var time = entry.last
    var result = [Double(time) / 1000]
    for step in steps.reversed() {
      time -= Int64(step)
      result.append(Double(time) / 1000)
    }
    return result.sorted()
  }

  /// Drops the half with the fewest requests if `half`, and renumbers the other pairs. Pairs with a dropped number are
  /// dropped as well.
  mutating func forget(half: Bool, left: [Int32]? = nil, right: [Int32]? = nil) {
    let threshold = half ? median() : -1
    var kept = 0
    for id in 0..<count {
      var entry = entries[id]
      let newLeft = left.map { Int($0[entry.left]) } ?? entry.left
      let newRight = right.map { Int($0[entry.right]) } ?? entry.right
      let seen = entry.requests + UInt64(entry.before)
      guard newLeft >= 0, newRight >= 0, Int64(clamping: seen) > threshold else {
        forgotten = max(forgotten, UInt32(clamping: seen) &+ min(entry.missed, .max >> 1))
        times.release(entry.head)
        continue
      }
      entry.key = VisitCounts.key(newLeft, newRight)
      entries[kept] = entry
      kept += 1
    }
    count = kept
    index()
  }

  private func median() -> Int64 {
    var counts = [Int](repeating: 0, count: 4096)
    for id in 0..<count { counts[min(4095, Int(clamping: entries[id].requests + UInt64(entries[id].before)))] += 1 }
    var sum = 0
    for (value, number) in counts.enumerated() {
      sum += number
      if sum * 2 >= count { return value == 4095 ? .max : Int64(value) }
    }
    return .max
  }
}
