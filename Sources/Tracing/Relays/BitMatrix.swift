/// A growing table of bits with 64 columns per word; a row of 5,000 candidates takes 632 bytes.
struct BitMatrix {
  private(set) var rowCount = 0
  private(set) var stride: Int
  private(set) var words: [UInt64] = []

  init(columns: Int = 64) { stride = max(1, (columns + 63) / 64) }

  /// Grows the table; new bits are 0.
  mutating func grow(rows: Int, columns: Int) {
    let needed = (columns + 63) / 64
    if needed > stride {
      let wider = max(needed, stride * 2)
      var next = [UInt64](repeating: 0, count: rowCount * wider)
      for row in 0..<rowCount {
        for word in 0..<stride { next[row * wider + word] = words[row * stride + word] }
      }
      words = next
      stride = wider
    }
    if rows > rowCount {
      words += repeatElement(0, count: (rows - rowCount) * stride)
      rowCount = rows
    }
  }

  subscript(row: Int, column: Int) -> Bool {
    get { words[row * stride + column >> 6] & (1 << UInt64(column & 63)) != 0 }
    set {
      let bit = UInt64(1) << UInt64(column & 63)
      if newValue { words[row * stride + column >> 6] |= bit } else { words[row * stride + column >> 6] &= ~bit }
    }
  }

  /// The number of set bits in a row, only those of `mask` if there is one.
  func count(_ row: Int, in mask: [UInt64]? = nil) -> Int {
    var total = 0
    for word in 0..<stride {
      let value = words[row * stride + word] & (mask.map { word < $0.count ? $0[word] : 0 } ?? .max)
      total += value.nonzeroBitCount
    }
    return total
  }

  /// The first column that is set in `row` and in `mask`.
  func first(_ row: Int, in mask: [UInt64]) -> Int? {
    for word in 0..<min(stride, mask.count) {
      let value = words[row * stride + word] & mask[word]
      if value != 0 { return word << 6 + value.trailingZeroBitCount }
    }
    return nil
  }

  /// Removes the columns that are set in `row` from `mask`, and calls `body` with each of them.
  func take(_ row: Int, from mask: inout [UInt64], _ body: (Int) -> Void) {
    for word in 0..<min(stride, mask.count) {
      var value = words[row * stride + word] & mask[word]
      mask[word] &= ~value
      while value != 0 {
        body(word << 6 + value.trailingZeroBitCount)
        value &= value - 1
      }
    }
  }
}

extension [UInt64] {
  /// A row whose first `count` bits are set.
  static func ones(_ count: Int) -> [UInt64] {
    var result = [UInt64](repeating: .max, count: (count + 63) / 64)
    if count & 63 != 0 { result[result.count - 1] = 1 << UInt64(count & 63) - 1 }
    return result
  }

  mutating func insert(bit: Int) { self[bit >> 6] |= 1 << UInt64(bit & 63) }
  mutating func remove(bit: Int) { self[bit >> 6] &= ~(1 << UInt64(bit & 63)) }
  func contains(bit: Int) -> Bool { self[bit >> 6] & 1 << UInt64(bit & 63) != 0 }
}
