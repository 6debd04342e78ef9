internal import CTraffic
internal import Flows
internal import LinuxSystem
internal import Meter
internal import Synchronization

/// Runs one kind of traffic, from its first process to its figures.
struct KindRun {
  let kind: TrafficKind
  let command: [String]
  let ports: Range<UInt16>
  let meter: any TrafficMeter
  let fallback: (any TrafficMeter)?
  let slowness: Slowness

  /// Both ends' traffic, as the meter and as the fallback meter counted it.
  func measure(on wire: borrowing TestWire) throws -> (meter: [SelfTestSide], fallback: [SelfTestSide]) {
    var receiver: TrafficChild?
    if kind.hasReceiver { receiver = try kind.isLocal ? child("rx", wire.near) : child("rx", wire.far) }
    let sender = try child("tx", wire.near)
    _ = try meter.read()
    _ = try fallback?.read()
    try receiver?.go()
    try sender.go()
    try attend(sender)
    var sent = try sender.report(within: 2 * slowness.factor)
    var received = try receiver?.report(within: 2 * slowness.factor)
    if kind.isStream, let other = received {
      sent.network_in = other.network_out
      received?.network_in = sent.network_out
      sent.retransmitted += other.retransmitted
      received?.retransmitted = sent.retransmitted
    }
    // Both ends still hold their sockets now, so that a meter that knows only inodes can be checked.
    let rows = try meter.read().sockets
    let fallbackRows = try fallback?.read().sockets
    let inodes = needsInodes(rows + (fallbackRows ?? [])) ? try SocketInodeOwners() : nil

    let attribution = Attribution(kind, wire: (wire.nearID, wire.farID), ports: ports)
    let senderPID = sender.pid
    let receiverPID = receiver?.pid ?? 0
    func sides(_ rows: [SocketTraffic]) -> [SelfTestSide] {
      var sides = [attribution.side(.sender, pid: senderPID, report: sent, rows: rows, inodes: inodes)]
      if let received, kind.countsReceiver {
        sides.append(attribution.side(.receiver, pid: receiverPID, report: received, rows: rows, inodes: inodes))
      }
      return sides
    }
    return (sides(rows), fallbackRows.map(sides) ?? [])
  }

  private func child(_ role: String, _ namespace: borrowing NetworkNamespaceDescriptor) throws -> TrafficChild {
    try TrafficChild.start(
      command + [kind.token, role, String(ports.lowerBound)], in: namespace, within: 3 * slowness.factor)
  }

  /// Does the periodic work of both meters while the traffic runs; the fallback meter waits on a separate thread.
  private func attend(_ sender: borrowing TrafficChild) throws {
    let channel = sender.channel
    let isDone = Flag()
    let most = 3 * slowness.factor
    func follow() {
      defer { isDone.set() }
      let end = MonotonicClock.seconds + most
      while MonotonicClock.seconds < end, !Readiness.wait(readable: channel, seconds: 0) {
        meter.wait(seconds: 0.005) { false }
      }
    }
    if let fallback {
      try withCompanionThread({ fallback.wait(seconds: most + 0.5) { isDone.isSet } }, follow)
    } else {
      follow()
    }
    try sender.awaitDone(within: 0.1)
  }

  private func needsInodes(_ rows: [SocketTraffic]) -> Bool {
    rows.contains { if case .inode = $0.holder { true } else { false } }
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }
}
