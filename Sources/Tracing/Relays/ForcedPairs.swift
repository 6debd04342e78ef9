/// Finds the pairs of rows and columns that are forced, given the possible partners of each.
///
/// A connected component with one row and one column is a forced pair. In a larger component with as many rows as
/// columns, every member is assumed to have its partner in the component. A pair is then forced if it is part of every
/// perfect matching, that is, if no alternating cycle contains it (J.-C. Régin, "A filtering algorithm for constraints
/// of difference in CSPs", 1994). If the two sides differ in number, no pair is forced.
struct ForcedPairs {
  enum Verdict: Hashable {
    /// Each is the other's only possible partner.
    case unique(Int)
    /// Part of every way to give all of them partners; `of` is the number of partners that fit on their own.
    case eliminated(Int, of: Int)
    /// There are this many possible partners.
    case several(Int)
    case none
  }

  private(set) var verdicts: [Verdict]
  /// A maximum matching; the next call starts from it.
  private(set) var matching: [Int]
  private let rows: BitMatrix
  private let columns: BitMatrix
  private let columnCount: Int
  private var holder: [Int]

  /// - Parameters:
  ///   - columns: the same table, transposed.
  ///   - earlier: the `matching` of an earlier call with at most as many rows.
  init(rows: BitMatrix, columns: BitMatrix, earlier: [Int] = []) {
    self.rows = rows
    self.columns = columns
    columnCount = columns.rowCount
    verdicts = [Verdict](repeating: .none, count: rows.rowCount)
    matching = [Int](repeating: -1, count: rows.rowCount)
    holder = [Int](repeating: -1, count: columnCount)
    for (row, column) in earlier.enumerated() where column >= 0 && rows[row, column] {
      matching[row] = column
      holder[column] = row
    }
    var unseenRows = [UInt64].ones(rows.rowCount)
    var unseenColumns = [UInt64].ones(columnCount)
    for row in 0..<rows.rowCount where unseenRows.contains(bit: row) {
      unseenRows.remove(bit: row)
      var (members, partners) = ([row], [Int]())
      var next = 0
      while next < members.count {
        let before = partners.count
        rows.take(members[next], from: &unseenColumns) { partners.append($0) }
        for column in partners[before...] { columns.take(column, from: &unseenRows) { members.append($0) } }
        next += 1
      }
      settle(members, partners)
    }
  }

  private mutating func settle(_ members: [Int], _ partners: [Int]) {
    if members.count == 1, partners.count == 1 {
      matching[members[0]] = partners[0]
      holder[partners[0]] = members[0]
      verdicts[members[0]] = .unique(partners[0])
      return
    }
    for row in members where !partners.isEmpty { verdicts[row] = .several(rows.count(row)) }
    guard members.count == partners.count, !partners.isEmpty else { return }
    var free = [UInt64](repeating: 0, count: (columnCount + 63) / 64)
    for column in partners where holder[column] < 0 { free.insert(bit: column) }
    for row in members where matching[row] < 0 {
      guard augment(row, &free) else { return }
    }
    for group in cycles(members) {
      if group.count == 1 {
        verdicts[group[0]] = .eliminated(matching[group[0]], of: rows.count(group[0]))
      } else {
        var inside = [UInt64](repeating: 0, count: free.count)
        for row in group { inside.insert(bit: matching[row]) }
        for row in group { verdicts[row] = .several(rows.count(row, in: inside)) }
      }
    }
  }

  /// Gives `row` a partner, changing the partners of other rows if necessary.
  private mutating func augment(_ row: Int, _ free: inout [UInt64]) -> Bool {
    var unseen = [UInt64].ones(columnCount)
    var origin: [Int: Int] = [:]
    var queue = [row]
    var next = 0
    while next < queue.count {
      let current = queue[next]
      next += 1
      if let found = rows.first(current, in: free) {
        free.remove(bit: found)
        var (column, owner) = (found, current)
        while true {
          let given = matching[owner]
          matching[owner] = column
          holder[column] = owner
          guard given >= 0, let previous = origin[given] else { return true }
          (column, owner) = (given, previous)
        }
      }
      rows.take(current, from: &unseen) { column in
        origin[column] = current
        queue.append(holder[column])
      }
    }
    return false
  }

  /// The strongly connected components of the relation "could take the partner of", by Kosaraju's algorithm.
  private func cycles(_ members: [Int]) -> [[Int]] {
    var unseenColumns = [UInt64](repeating: 0, count: (columnCount + 63) / 64)
    var unseenRows = [UInt64](repeating: 0, count: (rows.rowCount + 63) / 64)
    for row in members {
      unseenColumns.insert(bit: matching[row])
      unseenRows.insert(bit: row)
    }
    var finished: [Int] = []
    for start in members where unseenColumns.contains(bit: matching[start]) {
      unseenColumns.remove(bit: matching[start])
      var stack = [start]
      while let top = stack.last {
        if let column = rows.first(top, in: unseenColumns) {
          unseenColumns.remove(bit: column)
          stack.append(holder[column])
        } else {
          finished.append(top)
          stack.removeLast()
        }
      }
    }
    var groups: [[Int]] = []
    for start in finished.reversed() where unseenRows.contains(bit: start) {
      unseenRows.remove(bit: start)
      var group = [start]
      var next = 0
      while next < group.count {
        columns.take(matching[group[next]], from: &unseenRows) { group.append($0) }
        next += 1
      }
      groups.append(group)
    }
    return groups
  }
}
