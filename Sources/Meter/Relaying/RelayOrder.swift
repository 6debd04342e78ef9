/// An order in which a program may handle what it has read. It says which accepted connection a made (or reused)
/// connection belongs to, from the reads before.
///
/// No order holds for every program, and no program says which one it uses. The answers show it (see `CausalPairing`).
enum RelayOrder: Int, CaseIterable {
  /// The last read is the cause: each piece of work is finished before the next read (nginx, or one thread or process
  /// per connection).
  case last
  /// First come, first served: many reads, then the work for each in the same order (HAProxy).
  case queue
  /// Many reads, then the work for each in reverse order.
  case stack
  /// The program connects before it reads anything; the read just before the first send is the cause (TCP relays).
  case firstSend
  /// Data that was received into a buffer is sent on from that buffer with the same length, by any thread (TCP relays
  /// that hand their data to other threads).
  case buffer
  /// The answer shows it: it goes out at once with the length in which it arrived, to the client whose request was as
  /// long as what had been sent (relays that pass bytes on unchanged, in any order of work).
  case answer
}

/// One socket per order, by the order's index.
struct RelayVotes {
  private var indices = InlineArray<6, Int32>(repeating: -1)

  subscript(order: RelayOrder) -> Int? {
    get {
      let index = indices[order.rawValue]
      return index < 0 ? nil : Int(index)
    }
    set { indices[order.rawValue] = Int32(newValue ?? -1) }
  }

  func contains(_ socket: Int) -> Bool {
    RelayOrder.allCases.contains { indices[$0.rawValue] == Int32(socket) }
  }
}

/// A set of orders.
struct RelayOrders: OptionSet {
  let rawValue: UInt8
  init(rawValue: UInt8) { self.rawValue = rawValue }
  init(_ order: RelayOrder) { rawValue = 1 << UInt8(order.rawValue) }

  func contains(_ order: RelayOrder) -> Bool { contains(RelayOrders(order)) }
  mutating func insert(_ order: RelayOrder) { insert(RelayOrders(order)) }
}
