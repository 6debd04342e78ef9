/// A dictionary with at most `limit` entries; the oldest entry is removed to make room.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    var serial: UInt64
    var value: Value
  }

  private var entries: [Key: Entry] = [:]
  /// The keys in the order of insertion; some were removed or inserted again.
  private var queue: [(serial: UInt64, key: Key)] = []
  private var head = 0
  private var serial: UInt64 = 0
  let limit: Int

  init(limit: Int) { self.limit = max(1, limit) }

  var count: Int { entries.count }
  subscript(key: Key) -> Value? { entries[key]?.value }

  /// Changes a value in place; its age stays the same.
  mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
    guard let index = entries.index(forKey: key) else { return nil }
    return body(&entries.values[index].value)
  }

  /// Adds an entry as the newest one. Returns the entry that was removed for it, if any.
  @discardableResult
  mutating func insert(_ value: Value, for key: Key) -> (key: Key, value: Value)? {
    let isNew = entries[key] == nil
    let evicted = isNew && entries.count >= limit ? removeOldest() : nil
    serial += 1
    entries[key] = Entry(serial: serial, value: value)
    queue.append((serial, key))
    if queue.count > 2 * limit + 64 { compact() }
    return evicted
  }

  @discardableResult
  mutating func remove(_ key: Key) -> Value? { entries.removeValue(forKey: key)?.value }

  var oldest: (key: Key, value: Value)? {
    mutating get {
      while head < queue.count {
        let (serial, key) = queue[head]
        if let entry = entries[key], entry.serial == serial { return (key, entry.value) }
        head += 1
      }
      return nil
    }
  }

  @discardableResult
  mutating func removeOldest() -> (key: Key, value: Value)? {
    guard let oldest else { return nil }
    entries.removeValue(forKey: oldest.key)
    head += 1
    return oldest
  }

  private mutating func compact() {
    queue = queue[head...].filter { entries[$0.key]?.serial == $0.serial }
    head = 0
  }
}
