internal import Questions

/// The precision with which two ages of one snapshot can be compared.
///
/// `tcpi_last_data_recv` and `tcpi_last_data_sent` count the kernel's ticks (1, 4 or 10 ms, CONFIG_HZ). On an
/// overloaded machine the clock of the ticks may stop and then jump.
struct KernelTicks {
  private var isTen = true
  private var isFour = true
  private var isThird = true
  private var samples = 0
  private var earlier = 0.0

  /// The length of a tick in milliseconds, rounded up; the longest possible value until the ages show a shorter one.
  var length: Int { samples < 64 || isTen ? 10 : isFour || isThird ? 4 : 1 }

  /// The difference in milliseconds up to which two ages show no order; nil if too little is known.
  mutating func tolerance(
    of snapshot: CounterSnapshot, _ inbound: [MirrorTrack], _ outbound: [MirrorTrack], snapshot number: Int
  ) -> Int? {
    let duration = snapshot.ended - snapshot.began
    defer { earlier = duration }
    var (least, most) = (Int.max, Int.min)
    var known = 0
    for tracks in [inbound, outbound] {
      for track in tracks where track.snapshot == number {
        learn(track.sinceReceived)
        learn(track.sinceSent)
        for aged in [track.aged.received, track.aged.sent] {
          guard let aged else { continue }
          (least, most) = (min(least, aged), max(most, aged))
          known += 1
        }
      }
    }
    guard known > 1 else { return nil }
    // Ages of idle sockets grew by the same amount, except for jumps of the clock.
    return 2 * length + Int(((duration + earlier) * 1000).rounded(.up)) + max(0, most - least - length)
  }

  private mutating func learn(_ age: Int) {
    guard age > 0 else { return }
    samples += 1
    if age % 10 != 0 { isTen = false }
    if age % 4 != 0 { isFour = false }
    // 300 ticks a second: 3, 6, 10, 13 …
    if age % 10 != 0, age % 10 != 3, age % 10 != 6 { isThird = false }
  }
}
