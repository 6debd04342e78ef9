internal import LinuxSystem

/// How much slower this machine is than a usual one at the moment: emulated, or with much else to do.
struct Slowness {
  /// At least 1: what budgets are multiplied by.
  let factor: Double

  /// Two processes start and one sends the other 5 MB of datagrams, in so many seconds on a machine of usual speed.
  private static let usual = 0.06
  /// No machine is waited for longer.
  private static let most = 25.0

  /// By one kind of traffic without a meter, which takes what all of them take: processes that start, and packets.
  static func measured(_ command: [String], in namespace: borrowing NetworkNamespaceDescriptor) throws -> Slowness {
    let begin = MonotonicClock.seconds
    do {
      let receiver = try TrafficChild.start(command + ["lo-udp", "rx", "19984"], in: namespace, within: 3 * most)
      let sender = try TrafficChild.start(command + ["lo-udp", "tx", "19984"], in: namespace, within: 3 * most)
      try receiver.go()
      try sender.go()
      try sender.awaitDone(within: 3 * most)
    } catch is TrafficChild.Refusal {
      // Each kind says it once more of itself.
      return Slowness(factor: 1)
    }
    return Slowness(factor: min(max((MonotonicClock.seconds - begin) / usual, 1), most))
  }
}
