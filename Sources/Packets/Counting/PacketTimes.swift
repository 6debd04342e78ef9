/// Packets by time, in constant memory: if they cover more time, the step becomes longer.
struct PacketTimes: Sendable {
  private static let limit = 4096
  private(set) var counts: [PacketCount] = []
  /// Seconds from one element to the next.
  private(set) var step = 1.0
  /// The start of the first element, in steps since 1970.
  private var base = 0.0

  mutating func add(_ time: Double, _ length: Int) {
    guard time.isFinite, abs(time) < 1e11 else { return }
    if counts.isEmpty { base = (time / step).rounded(.down) }
    while true {
      let place = (time / step).rounded(.down) - base
      if place >= 0, place < Double(Self.limit) {
        let index = Int(place)
        while counts.count <= index { counts.append(PacketCount()) }
        counts[index].add(length)
        return
      }
      if place < 0, -place + Double(counts.count) <= Double(Self.limit) {
        counts.insert(contentsOf: [PacketCount](repeating: PacketCount(), count: Int(-place)), at: 0)
        base += place
      } else {
        widen()
      }
    }
  }

  private mutating func widen() {
    let old = counts
    let start = base
    step *= 2
    base = (start / 2).rounded(.down)
    counts = []
    for (index, count) in old.enumerated() {
      let place = Int(((start + Double(index)) / 2).rounded(.down) - base)
      while counts.count <= place { counts.append(PacketCount()) }
      counts[place] += count
    }
  }

  /// Each step with packets: its start in seconds since 1970.
  var all: [(time: Double, count: PacketCount)] {
    counts.enumerated().filter { $0.element.packets > 0 }.map { ((base + Double($0.offset)) * step, $0.element) }
  }
}
