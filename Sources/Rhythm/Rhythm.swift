/// Finds regular events: what polls, how often and how steadily, and whether two sequences are the same events.
///
/// **What is looked for.** A poller's gaps (times from one event to the next) are nearly equal. People's gaps are
/// spread over many orders of magnitude: think times are heavy-tailed (log-normal to Pareto: Barford and Crovella,
/// *Generating representative web workloads*, SIGMETRICS 1998), and pages load in bursts. On a logarithmic scale
/// people's gaps therefore form a smooth hill, and a poller is a narrow peak on it.
///
/// **How it is tested.** For each order k, the gaps from every event to the k-th after it are counted in a histogram of
/// 1/64 octave. At each position the count in a narrow window is compared with the count in the bands on both sides,
/// which together are twice as wide. The null hypothesis is that the density of gaps in the window is at most 1.5 times
/// the density beside it. Under it the count in the window is binomial; its tail is bounded by Chernoff's inequality,
/// P(X >= xn) <= exp(-n D(x||p)) with D the Kullback-Leibler divergence (Hoeffding, JASA 58, 1963), where n is divided
/// by k because gaps of order k overlap. The bound holds for every smooth density of any shape: no distribution of
/// people's times is assumed. The windows become narrower as 1/sqrt(k), as the gaps of order k of any renewal process
/// do (central limit theorem), so a sum of irregular gaps is no peak. The level is divided by the number of tests
/// (Bonferroni).
///
/// **A peak is not yet a period.** A page whose script asks again after 5 s makes a peak at 5 s, too. So the same test
/// is applied to the gaps that *follow* a gap in the peak. Only if the period repeats do they have that peak as well,
/// with at least 3 of 10 gaps in it.
///
/// **Orders** find what single gaps do not show: n pollers of the same period P (the n-th event after each comes after
/// P), and pollers faster than the time stamps (0.5 s in whole seconds: the 12th event comes after 6 s).
///
/// **One poller after the other.** The events of the period are linked one to one, each to the event nearest to one
/// period later. The events in chains are removed, and the rest is searched again.
public enum Rhythm {
  /// The pollers in `times`, the one with most events first; empty if there is none.
  ///
  /// - Parameters:
  ///   - times: in seconds since 1970, ascending.
  ///   - resolution: what the time stamps are rounded down to, in seconds: 1 for whole seconds, 0 if they are exact.
  ///
  /// It finds periods from 0.4 s to 4,000 s with at least 25 visible gaps. Time is linear in the number of events.
  /// Memory is a few times that of `times`, of which at most 2 million are used, the last ones.
  public static func periods(in times: [Double], resolution: Double) -> [Period] {
    PollerSearch(times, resolution: resolution).periods()
  }

  /// How well `times` and `others` agree as the same events seen at two places.
  ///
  /// - Parameters:
  ///   - times: in seconds since 1970, ascending.
  ///   - others: the other sequence, in the same form.
  ///   - resolution: the coarser of the two sequences' time stamps, in seconds.
  ///   - tolerance: the largest difference between two times of one event after the lag, in seconds; not below the
  ///     resolution.
  ///   - maximalLag: the largest difference between the two clocks, in seconds.
  public static func agreement(
    of times: [Double], with others: [Double], resolution: Double, tolerance: Double, maximalLag: Double
  ) -> Agreement {
    SequenceComparison(
      times, others, tolerance: max(tolerance, resolution, 1e-6), maximalLag: max(0, maximalLag)
    ).agreement()
  }
}
