import Flows
import Questions
import TestNumbers

/// A relay whose connections' counters are known at every moment, and looked at as a kernel would show them: one socket
/// after the other, ages in ticks.
///
/// One process with one loop: what it reads it writes a little later, with stalls; what arrives while it is busy waits.
struct SimulatedRelay {
  struct Plan {
    var pairs = 50
    /// Bytes asked and answered, from this many on.
    var asked = 100...100
    var answered = 1000...1000
    /// Seconds between an answer and the next request.
    var think = 0.1...0.5
    /// Seconds that an answer takes.
    var service = 0.001...0.02
    /// Seconds that the relay holds bytes.
    var hold = 0.00001...0.0001
    /// One in so many passes of the loop is held up between reading and writing for up to `stall` seconds; 0 for none.
    var stallOneIn = 2000
    var stall = 0.02
    /// What the relay adds to every message on the outbound side, as TLS would.
    var overhead: UInt64 = 0
    /// When the traffic ends.
    var until = 10.0
    var tick = 0.004
    /// Inbound connections that the relay answers itself, outbound ones of its own; both look like the others.
    var strangers = 0
  }

  /// One side's counters as steps in time.
  private struct Side {
    var arrived: [(time: Double, bytes: UInt64)] = []
    var read: [(time: Double, bytes: UInt64)] = []
    var written: [(time: Double, bytes: UInt64)] = []

    static func at(_ time: Double, _ steps: [(time: Double, bytes: UInt64)]) -> (sum: UInt64, last: Double) {
      var low = 0
      var high = steps.count
      while low < high {
        let middle = (low + high) / 2
        if steps[middle].time <= time { low = middle + 1 } else { high = middle }
      }
      return low == 0 ? (0, 0) : (steps[low - 1].bytes, steps[low - 1].time)
    }

    mutating func add(_ path: WritableKeyPath<Side, [(time: Double, bytes: UInt64)]>, _ time: Double, _ bytes: UInt64) {
      self[keyPath: path].append((time, (self[keyPath: path].last?.bytes ?? 0) + bytes))
    }
  }

  let plan: Plan
  /// Inbound `n` has cookie `2n + 2`, its partner `2n + 3`.
  private var sides: [(cookie: UInt64, role: SocketCounters.Role, side: Side)] = []

  init(_ plan: Plan, seed: Int) {
    self.plan = plan
    var chance = SeededNumbers(UInt64(seed))
    var inbound = [Side](repeating: Side(), count: plan.pairs + plan.strangers)
    var outbound = inbound
    // (time, connection, whether an answer comes)
    var events: [(time: Double, pair: Int, isAnswer: Bool, bytes: UInt64)] = []
    for pair in inbound.indices {
      let bytes = UInt64(Int.random(in: plan.asked, using: &chance))
      events.append((1 + .random(in: 0...plan.think.upperBound, using: &chance), pair, false, bytes))
    }
    var loop = 0.0
    while let index = events.indices.min(by: { events[$0].time < events[$1].time }) {
      let event = events.remove(at: index)
      let isStranger = event.pair >= plan.pairs
      // The loop is at one connection at a time.
      let read = max(event.time + 0.00002, loop)
      var write = read + .random(in: plan.hold, using: &chance)
      if plan.stallOneIn > 0, Int.random(in: 0..<plan.stallOneIn, using: &chance) == 0 {
        write += .random(in: 0...plan.stall, using: &chance)
      }
      loop = write
      if event.isAnswer {
        if !isStranger || event.pair % 2 == 0 {
          outbound[event.pair].add(\.arrived, event.time, event.bytes + plan.overhead)
          outbound[event.pair].add(\.read, read, event.bytes + plan.overhead)
        }
        if !isStranger || event.pair % 2 == 1 { inbound[event.pair].add(\.written, write, event.bytes) }
        let next = write + .random(in: plan.think, using: &chance)
        let bytes = UInt64(Int.random(in: plan.asked, using: &chance))
        if next < plan.until { events.append((next, event.pair, false, bytes)) }
      } else {
        if !isStranger || event.pair % 2 == 1 {
          inbound[event.pair].add(\.arrived, event.time, event.bytes)
          inbound[event.pair].add(\.read, read, event.bytes)
        }
        if !isStranger || event.pair % 2 == 0 {
          outbound[event.pair].add(\.written, write, event.bytes + plan.overhead)
        }
        let bytes = UInt64(Int.random(in: plan.answered, using: &chance))
        events.append((write + .random(in: plan.service, using: &chance), event.pair, true, bytes))
      }
    }
    for pair in inbound.indices {
      let isStranger = pair >= plan.pairs
      if !isStranger || pair % 2 == 1 { sides.append((UInt64(2 * pair + 2), .inbound, inbound[pair])) }
      if !isStranger || pair % 2 == 0 { sides.append((UInt64(2 * pair + 3), .outbound, outbound[pair])) }
    }
    // A kernel's table is in no order that means anything.
    sides.shuffle(using: &chance)
  }

  func isStranger(_ cookie: UInt64) -> Bool { Int(cookie / 2) - 1 >= plan.pairs }

  /// The counters from `time` on, two microseconds for each socket.
  func snapshot(at time: Double) -> CounterSnapshot {
    var now = time
    var sockets: [SocketCounters] = []
    sockets.reserveCapacity(sides.count)
    let flow = Flow(.tcp, from: Endpoint(.anyV4, 1), to: Endpoint(.anyV4, 2))
    func age(_ event: Double) -> UInt32 {
      let ticks = (now / plan.tick).rounded(.down) - (event / plan.tick).rounded(.down)
      return UInt32(ticks * plan.tick * 1000)
    }
    for (cookie, role, side) in sides {
      let arrived = Side.at(now, side.arrived)
      let written = Side.at(now, side.written)
      sockets.append(
        SocketCounters(
          cookie: cookie, namespace: Place(namespace: 1), flow: flow, role: role, pid: 1, received: arrived.sum,
          unread: arrived.sum - Side.at(now, side.read).sum, writtenAtLeast: written.sum,
          sinceReceived: age(arrived.last), sinceSent: age(written.last)))
      now += 0.000002
    }
    return CounterSnapshot(began: time, ended: now, sockets: sockets)
  }
}
