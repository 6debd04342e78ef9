/// Links each event to the one a period later, one to one.
enum PollerLinks {
  /// How far from one period later the next event may be, as a share of the period.
  static let tolerance = 0.3

  /// The period, and the events that are in no chain.
  static func explain(_ times: [Double], _ candidate: PollerCandidate) -> (period: Period, rest: [Double]) {
    let resolution = candidate.resolution
    let slack = min(tolerance * candidate.seconds, 4 * candidate.deviation + 0.02 * candidate.seconds) + resolution
    var next = [Int32](repeating: -1, count: times.count)
    var isTaken = [Bool](repeating: false, count: times.count)
    var from = 0
    for index in times.indices {
      let due = times[index] + candidate.seconds
      while from < times.count, times[from] < due - slack { from += 1 }
      var best = -1
      var distance = Double.infinity
      var at = max(from, index + 1)
      while at < times.count, times[at] <= due + slack {
        let away = abs(times[at] - due)
        if !isTaken[at], away < distance { (best, distance) = (at, away) }
        if times[at] >= due, best >= 0 { break }
        at += 1
      }
      if best >= 0 {
        next[index] = Int32(best)
        isTaken[best] = true
      }
    }
    // The length of the chain that ends at each event.
    var length = [Int32](repeating: 1, count: times.count)
    for index in times.indices where next[index] >= 0 { length[Int(next[index])] = length[index] + 1 }
    // Going back, each event learns the length of its whole chain.
    for index in times.indices.reversed() where next[index] >= 0 { length[index] = length[Int(next[index])] }

    var (count, links, sum, squares) = (0, 0, 0.0, 0.0)
    var (first, last) = (0.0, 0.0)
    var rest: [Double] = []
    for index in times.indices {
      guard length[index] >= 4 else { rest.append(times[index]); continue }
      if count == 0 { first = times[index] }
      last = times[index]
      count += 1
      if next[index] >= 0 {
        let gap = times[Int(next[index])] - times[index]
        links += 1
        sum += gap
        squares += gap * gap
      }
    }
    let mean = links > 0 ? sum / Double(links) : candidate.seconds
    let variance = links > 1 ? max(0, squares / Double(links) - mean * mean - resolution * resolution / 6) : 0
    let expected = Int(((last - first) / mean * Double(candidate.pollers)).rounded()) + candidate.pollers
    return (
      Period(
        seconds: mean, jitter: variance.squareRoot() / mean, confidence: candidate.confidence, count: count,
        pollers: candidate.pollers, first: first, last: last, missed: max(0, expected - count),
        histogram: candidate.histogram(times)), rest
    )
  }
}
