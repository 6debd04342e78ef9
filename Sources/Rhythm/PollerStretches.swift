/// Finds stretches of events at a poller's distance, if time stamps are too coarse to link events one by one.
enum PollerStretches {
  /// The period, and the events that are in no stretch.
  static func explain(_ times: [Double], _ poller: PollerCandidate) -> (period: Period, rest: [Double]) {
    let order = poller.order
    var end = -1
    var rest: [Double] = []
    var (count, first, last, covered) = (0, 0.0, 0.0, 0.0)
    for index in times.indices {
      if index + order < times.count, abs(times[index + order] - times[index] - poller.gap) <= poller.reach {
        if count == 0 { first = times[index] }
        covered += times[index + order] - (index <= end ? times[end] : times[index])
        end = index + order
      }
      if index <= end {
        count += 1
        last = times[index]
      } else {
        rest.append(times[index])
      }
    }
    let missed = Int(((last - first - covered) / poller.seconds).rounded())
    return (
      Period(
        seconds: poller.seconds, jitter: poller.deviation / Double(order).squareRoot() / poller.seconds,
        confidence: poller.confidence, count: count, pollers: 1, first: first, last: last, missed: max(0, missed),
        histogram: poller.histogram(times)), rest
    )
  }
}
