/// In which order a program takes up what it has read: which accepted connection a connection that it makes or uses
/// again belongs to, told from the reads before.
///
/// None holds for every program, and no program says which one holds for it: that is found out by what comes back
/// (see `CausalPairing`).
enum RelayOrder: Int, CaseIterable {
  /// The last read is the cause: each piece of work is brought to its end before the next read (nginx, a thread or a
  /// process per connection).
  case last
  /// First come, first served: many reads, then the work for each in the same order (HAProxy).
  case queue
  /// Many reads, then the work for each, the last one first.
  case stack
  /// Connects before anything was read; the read just before the first send is the cause (TCP relays).
  case firstSend
  /// Whatever thread does it: what was received into a buffer is sent on from that buffer, as long as it was (TCP relays
  /// that hand their data over to other threads).
  case buffer
  /// Told by the answer, which goes out at once where it belongs, as long as it came in, to the client whose request was as
  /// long as what had gone out (relays that pass bytes on unchanged, in whatever order they take up their work).
  case answer
}

/// A socket for each order, by its index.
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
