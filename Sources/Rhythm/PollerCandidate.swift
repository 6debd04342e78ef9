/// What a peak says of a poller.
struct PollerCandidate {
  /// The period, in seconds.
  var seconds: Double
  /// How many pollers have it, as the peak's order says.
  var pollers: Int
  /// How far from a period later an event may lie, as a share.
  var tolerance: Double
  var surprise: Double

  init(peak: GapPeak, resolution: Double) {
    surprise = peak.surprise
    let each = peak.center / Double(peak.order)
    if peak.order > 1, each >= 2.5 * resolution {
      seconds = peak.center
      pollers = peak.order
    } else {
      seconds = each
      pollers = 1
    }
    tolerance = 0.3
  }
}
