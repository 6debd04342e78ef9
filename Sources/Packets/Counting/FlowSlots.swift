internal import Flows

/// Finds the row of a flow, in either direction: a hash table with linear probing, which has row numbers and no keys.
struct FlowSlots: Sendable {
  /// Row numbers plus one; 0 is free.
  private var slots: [UInt32]
  private let seed: UInt64

  /// - Parameter limit: how many rows there can be.
  init(limit: Int, seed: UInt64 = .random(in: 1 ... .max)) {
    var count = 1024
    while count < 2 * limit { count *= 2 }
    slots = [UInt32](repeating: 0, count: count)
    self.seed = seed
  }

  /// The row of `flow`, or where it belongs.
  func find(_ flow: Flow, in rows: [PacketRow]) -> (row: Int?, slot: Int) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash(flow)) & mask
    while slots[slot] != 0 {
      let row = Int(slots[slot]) - 1
      if rows[row].isOf(flow) { return (row, slot) }
      slot = (slot + 1) & mask
    }
    return (nil, slot)
  }

  mutating func put(_ row: Int, at slot: Int) { slots[slot] = UInt32(row + 1) }

  mutating func clear() { for index in slots.indices { slots[index] = 0 } }

  /// Equal for a flow and its reverse. The seed makes collisions unpredictable: others choose the flows.
  private func hash(_ flow: Flow) -> UInt64 {
    var value = end(flow.source) &+ end(flow.destination) ^ UInt64(flow.transport.number) &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 32) &* 0xD6E8_FEB8_6659_FD93
    return value ^ value >> 32
  }

  private func end(_ end: Endpoint) -> UInt64 {
    let address = end.address.integer
    var value = UInt64(truncatingIfNeeded: address) ^ seed
    value = (value ^ value >> 29) &* 0xBF58_476D_1CE4_E5B9
    value ^= UInt64(truncatingIfNeeded: address >> 64) &+ UInt64(end.port) &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ value >> 32) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 29
  }
}
