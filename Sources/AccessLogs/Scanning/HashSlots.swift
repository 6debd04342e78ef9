internal import CScan
internal import LinuxSystem

/// An open-addressing index from hashes to positions in a list. A slot has 32 bits of the hash and the position in one
/// word, so most different keys are distinguished without comparing them.
///
/// It uses pointers for the reason given at `LineBytes`. The number of slots is a power of two, at least twice that of
/// the keys.
struct HashSlots: ~Copyable {
  private var slots: UnsafeMutablePointer<UInt64>
  private var mask: Int

  init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    slots = LargeMemory.allocate(UInt64.self, size)
    mask = size - 1
  }

  deinit { LargeMemory.free(slots, mask + 1) }

  /// Removes all keys and makes room for `capacity` keys.
  mutating func removeAll(capacity: Int) {
    if capacity * 2 > mask + 1 {
      self = HashSlots(capacity: capacity)
    } else {
      slots.update(repeating: 0, count: mask + 1)
    }
  }

  /// Whether more than `count` keys need more slots.
  @inline(__always)
  func isFull(_ count: Int) -> Bool { count &* 2 > mask }

  /// Prefetches the slot where the search for `hash` begins.
  @inline(__always)
  func prefetch(_ hash: UInt64) { hw_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask)) }

  /// The position in the slot where the search for `hash` begins; negative if the slot is empty.
  @inline(__always)
  func first(_ hash: UInt64) -> Int { Int(slots[Int(truncatingIfNeeded: hash) & mask] & 0xFFFF_FFFF) &- 1 }

  /// The position of a key; -1 and the slot for it if it is missing. `isKey` compares the candidates.
  @inline(__always)
  func find(_ hash: UInt64, _ isKey: (Int) -> Bool) -> (place: Int, slot: Int) {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let content = slots[slot]
      if content == 0 { return (-1, slot) }
      if content >> 32 == hash >> 32 {
        let place = Int(content & 0xFFFF_FFFF) &- 1
        if isKey(place) { return (place, slot) }
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(__always)
  mutating func set(_ slot: Int, _ hash: UInt64, _ place: Int) {
    slots[slot] = (hash >> 32) << 32 | UInt64(truncatingIfNeeded: place &+ 1)
  }

  /// Adds a key that is known to be missing.
  mutating func add(_ hash: UInt64, _ place: Int) {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 { slot = (slot &+ 1) & mask }
    set(slot, hash, place)
  }
}
