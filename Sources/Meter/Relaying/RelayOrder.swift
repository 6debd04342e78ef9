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
}

/// A socket for each order, by its index; -1: none.
struct RelayVotes {
  private var indices: (Int32, Int32, Int32, Int32) = (-1, -1, -1, -1)

  subscript(order: RelayOrder) -> Int? {
    get {
      let index =
        switch order {
        case .last: indices.0
        case .queue: indices.1
        case .stack: indices.2
        case .firstSend: indices.3
        }
      return index < 0 ? nil : Int(index)
    }
    set {
      let index = Int32(newValue ?? -1)
      switch order {
      case .last: indices.0 = index
      case .queue: indices.1 = index
      case .stack: indices.2 = index
      case .firstSend: indices.3 = index
      }
    }
  }

  func contains(_ socket: Int) -> Bool {
    let index = Int32(socket)
    return indices.0 == index || indices.1 == index || indices.2 == index || indices.3 == index
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
