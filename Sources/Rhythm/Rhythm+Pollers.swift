extension Rhythm {
  /// The pollers in `times`, separated where the pace changes and where several run at once. The one that ends last
  /// comes first; of those that end together, the one with most events. Empty if there are none, or if they can't be
  /// separated.
  ///
  /// In addition to `periods` it finds changes of the period (every 60 s, then every second), several pollers with
  /// different periods, a perfectly regular poller with few events, and hourly or daily jobs.
  public static func pollers(in times: [Double], resolution: Double) -> [Period] {
    let stretches = GapStretches.split(times)
    if stretches.count > 1 {
      let found = stretches.map { even(Array($0), resolution) }
      let covered = found.joined().reduce(0) { $0 + $1.count }
      if covered * 10 >= times.count * 7, found.last?.isEmpty == false {
        return found.joined().sorted { ($0.last, Double($0.count)) > ($1.last, Double($1.count)) }
      }
    }
    return even(times, resolution)
  }

  /// The pollers among events of constant pace.
  private static func even(_ times: [Double], _ resolution: Double) -> [Period] {
    // Two clockworks together may look like a third one, which is in none of their places.
    let combs = PollerCombs.several(times, resolution: resolution)
    if !combs.isEmpty { return combs }
    if let clockwork = Clockwork.period(times, resolution: resolution) { return [clockwork] }
    var found = periods(in: times, resolution: resolution)
    if let best = found.first, explains(best, times, resolution) {
      // A further period must not be a remainder of the first one.
      found = [best] + found.dropFirst().filter { explains($0, times, resolution) && !isMultiple($0, of: best) }
      return found
    }
    return PollerCombs.periods(times, resolution: resolution)
  }

  /// Whether the slower of two periods may be made of the faster one's events. If the faster one misses hardly any, the
  /// slower one has its own.
  private static func isMultiple(_ one: Period, of other: Period) -> Bool {
    if other.missed * 2 < one.count { return false }
    let ratio = one.seconds / other.seconds
    return ratio > 0.9 && abs(ratio - ratio.rounded()) < 0.05 * ratio && one.count * 3 < other.count
  }

  /// Whether a period that is hardly longer than the time stamps' resolution is real: then no gap differs by more than
  /// one stamp, except by whole missing periods. Two mixed pollers have all kinds of gaps.
  private static func explains(_ period: Period, _ times: [Double], _ resolution: Double) -> Bool {
    guard resolution > 0, period.pollers == 1, period.seconds > 1.2 * resolution, period.seconds < 6 * resolution,
      times.count > 1, period.count * 2 > times.count
    else { return true }
    let slack = resolution + 3 * period.jitter * period.seconds + 1e-6
    var fitting = 0
    for (one, other) in zip(times, times.dropFirst()) {
      let whole = max(1, ((other - one) / period.seconds).rounded())
      // Only the first whole multiple counts, because a mix has gaps of every multiple.
      if whole <= 1, abs(other - one - period.seconds) < slack { fitting += 1 }
    }
    return fitting * 10 >= (times.count - 1) * 6
  }
}
