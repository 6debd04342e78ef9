/// Splits events where their pace changes, such as from every 60 s to every second.
enum GapStretches {
  private static let most = 8

  /// The stretches of equal pace, in order; one stretch if the pace is always the same, or changes all the time.
  static func split(_ times: [Double]) -> [ArraySlice<Double>] {
    let whole = [times[...]]
    guard times.count >= 64 else { return whole }
    let size = max(16, times.count / 512)
    var paces: [(first: Int, last: Int, pace: Double)] = []
    var start = 0
    while start + size < times.count {
      let end = min(start + size, times.count - 1)
      let pace = pace(times, start, end)
      if let last = paces.last, isSame(last.pace, pace) {
        let (old, new) = (Double(last.last - last.first), Double(end - start))
        paces[paces.count - 1].last = end
        paces[paces.count - 1].pace = (last.pace * old + pace * new) / (old + new)
      } else {
        paces.append((start, end, pace))
      }
      start = end
    }
    // A block that contains a change has neither pace.
    paces = paces.enumerated().filter { index, one in
      one.last - one.first > size || index == 0 || index == paces.count - 1
    }.map(\.element)
    var merged: [(first: Int, last: Int, pace: Double)] = []
    for one in paces {
      if let last = merged.last, isSame(last.pace, one.pace) {
        merged[merged.count - 1].last = one.last
      } else {
        merged.append(one)
      }
    }
    guard merged.count > 1, merged.count <= most else { return whole }
    var cuts = [0]
    for (left, right) in zip(merged, merged.dropFirst()) {
      cuts.append(
        cut(
          times, from: max(left.last - size, left.first), to: min(right.first + size, right.last), left.pace, right.pace
        ))
    }
    cuts.append(times.count)
    guard zip(cuts, cuts.dropFirst()).allSatisfy({ $1 - $0 >= 8 }) else { return whole }
    return zip(cuts, cuts.dropFirst()).map { times[$0..<$1] }
  }

  /// The mean of the gaps without the longest tenth, because a pause is no change.
  private static func pace(_ times: [Double], _ start: Int, _ end: Int) -> Double {
    let gaps = (start..<end).map { times[$0 + 1] - times[$0] }.sorted()
    let kept = gaps.prefix(max(1, gaps.count - gaps.count / 10 - 1))
    return max(1e-3, kept.reduce(0, +) / Double(kept.count))
  }

  private static func isSame(_ one: Double, _ other: Double) -> Bool { max(one, other) < 1.35 * min(one, other) }

  /// The event with which the second pace begins: gaps before it are nearer to the first pace, gaps after it nearer to
  /// the second.
  private static func cut(_ times: [Double], from: Int, to: Int, _ left: Double, _ right: Double) -> Int {
    let middle = (left * right).squareRoot()
    var (best, most, sum) = (from, 0, 0)
    for index in from..<max(from, min(to, times.count - 1)) {
      let gap = times[index + 1] - times[index]
      sum += (gap < middle) == (left < right) ? 1 : -1
      if sum > most { (best, most) = (index + 1, sum) }
    }
    return min(best, times.count - 1)
  }
}
