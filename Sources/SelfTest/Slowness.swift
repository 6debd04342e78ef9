internal import LinuxSystem

/// How much slower this machine is at the moment than usual, because it is emulated or busy.
struct Slowness {
  /// The factor for time limits; at least 1.
  let factor: Double

  /// How many seconds a machine of usual speed needs to start two processes, of which one sends the other 5 MB of
  /// datagrams.
  private static let usual = 0.06
  /// The largest factor.
  private static let most = 25.0

  /// Measures the factor with one kind of traffic without a meter, which needs what all kinds need: processes that
  /// start, and packets.
  static func measured(_ command: [String], in namespace: borrowing NetworkNamespaceDescriptor) throws -> Slowness {
    let begin = MonotonicClock.seconds
    do {
      let receiver = try TrafficChild.start(command + ["lo-udp", "rx", "19984"], in: namespace, within: 3 * most)
      let sender = try TrafficChild.start(command + ["lo-udp", "tx", "19984"], in: namespace, within: 3 * most)
      try receiver.go()
      try sender.go()
      try sender.awaitDone(within: 3 * most)
    } catch is TrafficChild.Refusal {
      // Each kind reports the problem again.
      return Slowness(factor: 1)
    }
    return Slowness(factor: min(max((MonotonicClock.seconds - begin) / usual, 1), most))
  }
}
