/// A prefix table for one address family. It cuts the prefixes into pieces that do not overlap; a lookup uses the
/// address's leading bits as an index and then searches a few pieces.
struct AddressPieces<Address: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  /// A prefix: `first` and all addresses that differ from it in the last `hostBits` bits only.
  struct Range {
    var first: Address
    var last: Address
    var value: Int32
    /// Of equal prefixes, the one with the lowest rank wins.
    var rank: Int

    init(first: Address, hostBits: Int, value: Int32, rank: Int) {
      self.first = first
      last = hostBits >= Address.bitWidth ? .max : first | ((1 << Address(hostBits)) &- 1)
      self.value = value
      self.rank = rank
    }
  }

  /// The first address of each piece, in ascending order from 0, and the value of the piece (-1: no prefix). A piece
  /// ends where the next one starts.
  private var starts: [Address] = [0]
  private var values: [Int32] = [-1]
  /// For each value of the leading bits: the position of the piece that holds the first such address. The last entry is
  /// the position of the last piece.
  private var index: [Int32] = []
  private let shift: Int

  /// - Parameter indexBits: how many leading bits the index may use at most. Few ranges need fewer, which makes the
  ///   table faster to build.
  init(_ ranges: [Range], indexBits mostBits: Int) {
    let indexBits = min(mostBits, Int.bitWidth - ranges.count.leadingZeroBitCount + 4)
    shift = Address.bitWidth - indexBits
    // Outer ranges before inner ones, and of equal ones the one that wins last. Prefixes are either nested or disjoint.
    let ordered = ranges.sorted { ($0.first, $1.last, $1.rank) < ($1.first, $0.last, $0.rank) }
    var open: [Range] = []
    for range in ordered {
      close(&open, before: range.first)
      open.append(range)
      begin(range.first, range.value)
    }
    close(&open, before: nil)
    guard starts.count > 1 || values[0] >= 0 else { return }
    index.reserveCapacity((1 << indexBits) + 1)
    var piece = 0
    for leading in 0..<(1 << indexBits) {
      let first = Address(leading) << Address(shift)
      while piece + 1 < starts.count, starts[piece + 1] <= first { piece += 1 }
      index.append(Int32(piece))
    }
    index.append(Int32(starts.count - 1))
  }

  @inline(__always) subscript(address: Address) -> Int? {
    guard !index.isEmpty else { return nil }
    let leading = Int(truncatingIfNeeded: address >> Address(truncatingIfNeeded: shift))
    var (low, high) = (Int(index[leading]), Int(index[leading + 1]))
    // The last piece that starts at or before the address.
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= address { low = middle } else { high = middle - 1 }
    }
    let value = values[low]
    return value < 0 ? nil : Int(value)
  }

  /// Ends the open ranges that end before `next` (all of them if `next` is nil). Behind each, the range around it
  /// continues.
  private mutating func close(_ open: inout [Range], before next: Address?) {
    while let inner = open.last, next.map({ inner.last < $0 }) ?? true {
      open.removeLast()
      if inner.last < Address.max { begin(inner.last + 1, open.last?.value ?? -1) }
    }
  }

  private mutating func begin(_ start: Address, _ value: Int32) {
    if starts[starts.count - 1] == start {
      values[values.count - 1] = value
    } else if values[values.count - 1] != value {
      starts.append(start)
      values.append(value)
    }
  }
}
