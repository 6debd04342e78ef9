internal import CScan
internal import LinuxSystem

/// The counts of one key (a site, client, path or agent), in one cache line.
struct KeyCounts {
  /// The position of the key's bytes in the table's text.
  fileprivate var offset: UInt32 = 0
  fileprivate var length: UInt16 = 0
  fileprivate(set) var flags: UInt16 = 0
  /// The key's owner: the site of a path.
  fileprivate(set) var owner: UInt32 = 0
  /// An upper bound for requests that were not counted because the key had been dropped for lack of room.
  var missed: UInt32 = 0
  var requests: UInt64 = 0
  var bytes: UInt64 = 0
  /// The time of the first request, in seconds since the epoch.
  var first: UInt32 = .max
  var last: UInt32 = 0
  /// Requests in the recent period, and in the period of equal length before it.
  var recent: UInt32 = 0
  var before: UInt32 = 0
  var redirected: UInt32 = 0
  var refused: UInt32 = 0
  var failed: UInt32 = 0
  /// Requests with another status, or none.
  var unusual: UInt32 = 0

  var isClaimed: Bool { flags & Self.claimed != 0 }
  var isNamedByFile: Bool { flags & Self.namedByFile != 0 }
  static let claimed: UInt16 = 1
  static let namedByFile: UInt16 = 2
  /// Flags that the client came through several edges. The upper bits have the last edge's number, counted from 1.
  private static let severalEdges: UInt16 = 4
  static let mostEdges = 4096

  /// Records that a client's request came through the edge with this number.
  mutating func passed(edge: Int) {
    let place = UInt16(truncatingIfNeeded: edge &+ 1)
    let before = flags >> 3
    if before != 0, before != place { flags |= Self.severalEdges }
    flags = flags & 7 | place << 3
  }

  /// The last edge that forwarded for a client; nil if there was none.
  var edge: Int? { flags >> 3 == 0 ? nil : Int(flags >> 3) - 1 }
  var hasSeveralEdges: Bool { flags & Self.severalEdges != 0 }

  @inline(__always)
  mutating func add(_ record: borrowing LogRecord, _ share: PeriodShare, seconds: UInt32) {
    requests &+= UInt64(share.inWindow)
    recent &+= share.recent
    before &+= share.before
    guard share.inWindow == 1 else { return }
    bytes &+= UInt64(truncatingIfNeeded: max(0, record.bytes))
    if seconds < first { first = seconds }
    if seconds > last { last = seconds }
    let status = record.status
    if status >= 200, status < 300 { return }
    switch status {
    case 300..<400: redirected &+= 1
    case 400..<500: refused &+= 1
    case 500..<600: failed &+= 1
    default: unusual &+= 1
    }
  }
}

/// The periods in which a request counts: 0 or 1 each.
struct PeriodShare {
  var inWindow: UInt32 = 0
  var recent: UInt32 = 0
  var before: UInt32 = 0
}

/// A bounded number of keys, each with its counts.
///
/// Beyond `limit` the less frequent half of the keys is dropped in one pass (batched Space-Saving: Anderson and others,
/// "A High-Performance Algorithm for Identifying Frequent Items in Data Streams", 2017). A frequent key is never
/// dropped. A key that returns has an upper bound for its missing requests in `missed`.
struct KeyTable: ~Copyable {
  /// The longest key in bytes; longer ones are truncated.
  static let keyLength = 256
  let limit: Int
  let seed: UInt64
  private(set) var count = 0
  /// The highest count of a dropped key.
  private(set) var forgotten: UInt32 = 0
  private var slots: HashSlots
  private var entries: UnsafeMutablePointer<KeyCounts>
  private var capacity: Int
  private var text: UnsafeMutablePointer<UInt8>
  private var textCount = 0
  private var textCapacity: Int

  init(limit: Int, seed: UInt64) {
    self.limit = limit
    self.seed = seed
    capacity = 1024
    slots = HashSlots(capacity: capacity)
    entries = LargeMemory.allocate(KeyCounts.self, capacity)
    textCapacity = 32768
    text = LargeMemory.allocate(UInt8.self, textCapacity + LineBytes.padding)
  }

  deinit {
    LargeMemory.free(entries, capacity)
    LargeMemory.free(text, textCapacity + LineBytes.padding)
  }

  var isApproximate: Bool { forgotten > 0 }

  /// Whether `more` further keys may exceed the room.
  func isFull(adding more: Int) -> Bool { count + more > limit }

  @inline(__always)
  subscript(id: Int) -> KeyCounts {
    get { entries[id] }
    _modify { yield &entries[id] }
  }

  /// The bytes of a key.
  func key(_ id: Int) -> [UInt8] {
    let entry = entries[id]
    return Array(UnsafeBufferPointer(start: text + Int(entry.offset), count: Int(entry.length)))
  }

  @inline(__always)
  func hash(_ line: LineBytes, _ field: Field, owner: Int) -> UInt64 {
    line.hash(field, seed: seed ^ UInt64(truncatingIfNeeded: owner) &* 0x8EBC_6AF0_9C88_C6E3)
  }

  /// Prefetches what a search for `hash` will read first.
  @inline(__always)
  func prefetch(_ hash: UInt64) { slots.prefetch(hash) }

  /// Prefetches the entry that `prefetch` leads to.
  @inline(__always)
  func prefetchEntry(_ hash: UInt64) {
    let place = slots.first(hash)
    if place >= 0 { hw_prefetch(entries + place) }
  }

  /// Prefetches the text that `prefetchEntry` leads to.
  @inline(__always)
  func prefetchText(_ hash: UInt64) {
    let place = slots.first(hash)
    if place >= 0 { hw_prefetch(text + Int(entries[place].offset)) }
  }

  /// The number of the key, which is added if it is new. `field` must not be longer than `keyLength`.
  @inline(__always)
  mutating func id(_ line: LineBytes, _ field: Field, owner: Int, hash: UInt64, flags: UInt16) -> Int {
    let found = slots.find(hash) { place in
      let entry = entries + place
      guard Int(entry.pointee.length) == field.count, entry.pointee.owner == UInt32(truncatingIfNeeded: owner) else {
        return false
      }
      let key = LineBytes(UnsafePointer(text + Int(entry.pointee.offset)), count: Int(entry.pointee.length))
      return key.isEqual(to: line, field)
    }
    return found.place >= 0 ? found.place : add(line, field, owner, hash, flags, slot: found.slot)
  }

  @inline(never)
  private mutating func add(
    _ line: LineBytes, _ field: Field, _ owner: Int, _ hash: UInt64, _ flags: UInt16, slot: Int
  ) -> Int {
    if count == capacity { grow() }
    while textCount + field.count > textCapacity { growText() }
    var entry = KeyCounts()
    entry.offset = UInt32(textCount)
    entry.length = UInt16(field.count)
    entry.owner = UInt32(truncatingIfNeeded: owner)
    entry.flags = flags
    entry.missed = forgotten
    for index in 0..<field.count { text[textCount + index] = line[field.start + index] }
    textCount += field.count
    (entries + count).initialize(to: entry)
    count += 1
    if slots.isFull(count) { index() } else { slots.set(slot, hash, count - 1) }
    return count - 1
  }

  /// Builds the index again.
  private mutating func index() {
    slots.removeAll(capacity: max(capacity, count + 1))
    for id in 0..<count {
      let entry = entries[id]
      let line = LineBytes(UnsafePointer(text + Int(entry.offset)), count: Int(entry.length))
      slots.add(hash(line, Field(0, line.count), owner: Int(entry.owner)), id)
    }
  }

  private mutating func grow() {
    entries = LargeMemory.grow(entries, from: capacity, to: capacity * 2)
    capacity *= 2
  }

  private mutating func growText() {
    text = LargeMemory.grow(text, from: textCapacity + LineBytes.padding, to: textCapacity * 2 + LineBytes.padding)
    textCapacity *= 2
  }

  /// Drops at least half of the keys, those with the fewest requests, and keys whose owner was dropped. Returns the new
  /// number of each key, or -1.
  ///
  /// - Parameter owners: the new numbers of the keys' owners.
  mutating func forget(half: Bool, owners: [Int32]? = nil) -> [Int32] {
    let threshold = half ? median() : -1
    var becomes = [Int32](repeating: -1, count: count)
    var kept = 0
    // Texts are in the order of their keys, so each moves toward the front.
    textCount = 0
    for id in 0..<count {
      var entry = entries[id]
      if let owners {
        let owner = owners[Int(entry.owner)]
        if owner >= 0 { entry.owner = UInt32(owner) } else { entry.requests = 0 }
        if owner < 0 { continue }
      }
      let seen = entry.requests + UInt64(entry.before)
      guard Int64(clamping: seen) > threshold else {
        forgotten = max(forgotten, UInt32(clamping: seen) &+ min(entry.missed, .max >> 1))
        continue
      }
      (text + textCount).update(from: text + Int(entry.offset), count: Int(entry.length))
      entry.offset = UInt32(textCount)
      textCount += Int(entry.length)
      entries[kept] = entry
      becomes[id] = Int32(kept)
      kept += 1
    }
    count = kept
    index()
    return becomes
  }

  /// A number of requests that half of the keys don't exceed.
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
