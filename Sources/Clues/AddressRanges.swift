/// Ranges of integers, flattened into pieces that do not overlap, and found by binary search.
struct AddressRanges<Value: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  /// From `first` to `last`, both included.
  struct Range {
    var first: Value
    var last: Value
    var set: Int
  }

  /// Where each piece starts, ascending, and its set; -1 for none. A piece ends where the next starts.
  private var starts: [Value] = []
  private var sets: [Int32] = []

  /// Ranges either hold each other or are apart, as prefixes are; the inner one decides, and of equal ones the first.
  init(_ ranges: [Range]) {
    // Outer ranges before inner ones, and the one that decides last.
    let ordered = ranges.sorted { ($0.first, $1.last, $1.set) < ($1.first, $0.last, $0.set) }
    var open: [Range] = []
    for range in ordered {
      close(&open, before: range.first)
      open.append(range)
      begin(range.first, range.set)
    }
    close(&open, before: nil)
  }

  func set(of value: Value) -> Int? {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= value { low = middle + 1 } else { high = middle }
    }
    guard low > 0, sets[low - 1] >= 0 else { return nil }
    return Int(sets[low - 1])
  }

  /// Ends the ranges that end before `next` (all of them if it is nil); what is around each goes on after it.
  private mutating func close(_ open: inout [Range], before next: Value?) {
    while let inner = open.last, next.map({ inner.last < $0 }) ?? true {
      open.removeLast()
      if inner.last < Value.max { begin(inner.last + 1, open.last?.set ?? -1) }
    }
  }

  private mutating func begin(_ start: Value, _ set: Int) {
    if starts.last == start {
      sets[sets.count - 1] = Int32(truncatingIfNeeded: set)
    } else {
      starts.append(start)
      sets.append(Int32(truncatingIfNeeded: set))
    }
  }
}
