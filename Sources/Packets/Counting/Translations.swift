internal import Flows

/// Finds out which rows are one connection, before and behind a translation.
struct Translations: Sendable {
  struct Pair: Hashable, Sendable {
    var first: Int
    var second: Int
  }

  /// The evidence for two rows.
  struct Votes: Sendable {
    var packets: UInt64 = 0
    /// How many packets of the forward direction of the first row were captured there before they were at the second.
    var firstCame: UInt64 = 0
    /// Whether the forward directions are the same.
    var isParallel: Bool
    /// Whether TCP's numbers were compared, which are 64 bits.
    var isSure: Bool
  }

  private static let limit = 50_000
  private(set) var votes: [Pair: Votes] = [:]

  /// Counts a packet that `earlier` had before `later`.
  mutating func count(
    _ earlier: (row: Int, flow: Flow, isForward: Bool), _ later: (row: Int, flow: Flow, isForward: Bool)
  ) {
    guard Self.mayBeOne(earlier.flow, later.flow, earlier.isForward == later.isForward) else { return }
    let isOrdered = earlier.row < later.row
    let key = Pair(first: min(earlier.row, later.row), second: max(earlier.row, later.row))
    if votes[key] == nil {
      guard votes.count < Self.limit else { return }
      votes[key] = Votes(isParallel: earlier.isForward == later.isForward, isSure: earlier.flow.transport == .tcp)
    }
    let isFirstsForward = isOrdered ? earlier.isForward : later.isForward
    votes[key]?.packets += 1
    // In the other direction the translated packet is captured first.
    if isOrdered == isFirstsForward { votes[key]?.firstCame += 1 }
  }

  /// Whether the flows have something in common. A relay's two connections have other numbers; flows that differ
  /// completely are different conversations.
  private static func mayBeOne(_ one: Flow, _ other: Flow, _ isParallel: Bool) -> Bool {
    let other = isParallel ? other : other.reversed
    // Nobody translates these.
    guard
      ![one.source, one.destination, other.source, other.destination].contains(where: {
        $0.address.isMulticastOrBroadcast || $0.address.isLinkLocal || $0.address.isUnspecified
      })
    else { return false }
    return one.transport == other.transport
      && (one.source == other.source || one.destination == other.destination || one.source.port == other.source.port
        || one.destination.port == other.destination.port)
  }

  /// Gives rows their new numbers; those without one are forgotten.
  mutating func renumber(_ numbers: [Int]) {
    var moved: [Pair: Votes] = [:]
    for (pair, vote) in votes where numbers[pair.first] >= 0 && numbers[pair.second] >= 0 {
      moved[Pair(first: numbers[pair.first], second: numbers[pair.second])] = vote
    }
    votes = moved
  }

  /// Gives the rows of one connection the same end that began: what is surer decides.
  func orient(_ rows: inout [PacketRow]) {
    for (pair, vote) in votes.sorted(by: { ($1.value.packets, $0.key.first) < ($0.value.packets, $1.key.first) }) {
      let (one, other) = (rows[pair.first], rows[pair.second])
      if other.beginning.isSurer(than: one.beginning) {
        rows[pair.first].isReversed = other.isReversed == vote.isParallel
        rows[pair.first].beginning = other.beginning
      } else {
        rows[pair.second].isReversed = one.isReversed == vote.isParallel
        rows[pair.second].beginning = one.beginning
      }
    }
  }

  /// The rows that are one connection with others, in groups: the rows before the translation come first.
  func groups(_ rows: [PacketRow]) -> [[Int]] {
    var leader: [Int: Int] = [:]
    func find(_ row: Int) -> Int {
      var row = row
      while let next = leader[row], next != row { row = next }
      return row
    }
    var isBefore: [Pair: Bool] = [:]
    for (pair, vote) in votes {
      let (one, other) = (rows[pair.first].flow, rows[pair.second].flow)
      let twin = vote.isParallel ? other : other.reversed
      let sharesEnd = one.source == twin.source || one.destination == twin.destination
      // Both ends may change at once (a hairpin), but not by chance.
      guard sharesEnd ? vote.isSure || vote.packets > 1 : vote.packets > 2 else { continue }
      isBefore[pair] = vote.firstCame * 2 >= vote.packets
      let (a, b) = (find(pair.first), find(pair.second))
      if a != b { leader[max(a, b)] = min(a, b) }
    }
    var groups: [Int: [Int]] = [:]
    for pair in isBefore.keys {
      let root = find(pair.first)
      for row in [pair.first, pair.second] where groups[root]?.contains(row) != true {
        groups[root, default: []].append(row)
      }
    }
    return groups.values.map { group in
      group.sorted { one, other in
        let key = Pair(first: min(one, other), second: max(one, other))
        guard let isFirstBefore = isBefore[key] else { return one < other }
        // "Before" is in the first row's forward direction, which the one that began may not have sent.
        let isForward = isFirstBefore != rows[key.first].isReversed
        return (key.first == one) == isForward
      }
    }.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
  }
}
