/// The latest requests, one by one; they show what happens now.
///
/// It holds the last two hours, or as much of them as there is room for. Logs are read one after the other, so the two
/// hours move as later ones are read.
struct RecentLog {
  struct Item {
    /// Milliseconds since the epoch.
    var time: Int64
    var site: UInt32
    var client: UInt32
    var path: UInt32
    var agent: UInt32
    var status: UInt16
  }

  static let limit = 1 << 18
  private(set) var items: [Item] = []
  private var newest = Int64.min
  private var horizon: Int64 = 7_200_000
  /// Requests before this time are not kept (any more).
  private(set) var floor = Int64.min

  @inline(__always)
  mutating func add(_ item: Item) {
    if item.time > newest {
      newest = item.time
      floor = newest - horizon
    }
    guard item.time >= floor else { return }
    items.append(item)
    if items.count >= Self.limit { makeRoom() }
  }

  @inline(never)
  private mutating func makeRoom() {
    items.removeAll { $0.time < floor }
    while items.count > Self.limit * 3 / 4, horizon > 1000 {
      horizon /= 2
      floor = newest - horizon
      items.removeAll { $0.time < floor }
    }
    // If a quarter of a million arrive within a second, the second half is enough.
    if items.count > Self.limit * 3 / 4 {
      items.removeFirst(items.count / 2)
      floor = items.map(\.time).min() ?? floor
    }
  }

  /// Replaces numbers by their new ones; requests with a dropped number are removed.
  mutating func renumber(_ field: WritableKeyPath<Item, UInt32>, _ becomes: [Int32]) {
    for index in items.indices where items[index][keyPath: field] != .max {
      let number = Int(items[index][keyPath: field])
      items[index][keyPath: field] = number < becomes.count && becomes[number] >= 0 ? UInt32(becomes[number]) : .max
    }
  }

  /// The requests, oldest first.
  func sorted() -> [Item] { items.filter { $0.time >= floor }.sorted { $0.time < $1.time } }
}
