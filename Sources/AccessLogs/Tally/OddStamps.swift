/// Requests whose times come from a wrong clock: 1970, 2038, the future.
struct OddStamps {
  private(set) var count: UInt64 = 0
  /// Milliseconds since the epoch.
  private(set) var first = Int64.max
  private(set) var last = Int64.min

  mutating func add(_ time: Int64) {
    count += 1
    first = min(first, time)
    last = max(last, time)
  }
}

extension TimeSeries {
  /// The period with the bulk of the requests, in seconds since the epoch, if others are so far away that their clock
  /// must be wrong: by more than 30 days and four times the length of the bulk, and less than a fifth of the requests.
  /// Nil if there are no such requests.
  func bulk() -> ClosedRange<Int64>? {
    var clusters: [(first: Int64, last: Int64, requests: UInt64)] = []
    for (day, step) in days.sorted(by: { $0.key < $1.key }) {
      if let last = clusters.last, day - last.last <= 30 {
        clusters[clusters.count - 1].last = day
        clusters[clusters.count - 1].requests += step.requests
      } else {
        clusters.append((day, day, step.requests))
      }
    }
    guard clusters.count > 1, let main = clusters.max(by: { $0.requests < $1.requests }) else { return nil }
    let reach = max(30, 4 * (main.last - main.first + 1))
    let kept = clusters.filter { cluster in
      let gap = max(main.first - cluster.last, cluster.first - main.last)
      return gap <= reach || cluster.requests * 5 >= main.requests
    }
    guard kept.count < clusters.count, let first = kept.map(\.first).min(), let last = kept.map(\.last).max() else {
      return nil
    }
    return first * 86400...(last + 1) * 86400
  }
}
