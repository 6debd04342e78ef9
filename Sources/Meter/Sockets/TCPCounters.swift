internal import Flows
internal import Netlink

/// What a TCP connection moved, estimated from the kernel's counters.
struct TCPCounters {
  /// Outgoing traffic includes retransmissions. Incoming traffic does not include duplicates, because the kernel
  /// doesn't count them.
  var traffic = Traffic()
  var payloadIn: UInt64 = 0
  var payloadOut: UInt64 = 0

  var isZero: Bool { traffic.isZero && payloadIn == 0 && payloadOut == 0 }

  /// Adds the traffic between two readings of one connection. `earlier` is nil for a connection that began after the
  /// first reading.
  mutating func add(_ now: TCPStatistics, since earlier: TCPStatistics?, isV4: Bool) {
    func delta(_ value: (TCPStatistics) -> UInt64?) -> UInt64 {
      let (new, old) = (value(now) ?? 0, earlier.flatMap(value) ?? 0)
      return new >= old ? new - old : 0
    }
    func segments(_ value: (TCPStatistics) -> UInt32?) -> UInt64 {
      // 32-bit counters wrap within minutes on a fast link.
      UInt64((value(now) ?? 0) &- (earlier.flatMap(value) ?? 0))
    }
    // IP and TCP without options; SYNs carry up to 20 bytes more.
    let header: UInt64 = (isV4 ? 20 : 40) + 20 + (now.hasTimestamps ? 12 : 0)
    let received = delta(\.bytesReceived)
    let (inward, outward) = (segments(\.segmentsIn), segments(\.segmentsOut))
    traffic += Traffic(
      bytesIn: received &+ inward &* header, bytesOut: delta { $0.bytesSent ?? $0.bytesAcked } &+ outward &* header,
      packetsIn: inward, packetsOut: outward)
    payloadIn &+= received
    payloadOut &+= delta(\.payloadSent)
  }

  /// Subtracts the byte that the kernel counts for a received FIN.
  mutating func removeFinish() {
    guard payloadIn > 0, traffic.bytesIn > 0 else { return }
    payloadIn -= 1
    traffic.bytesIn -= 1
  }
}

extension TCPStatistics {
  /// Payload bytes, each counted once; before Linux 4.19 only the acknowledged ones, SYN and FIN included.
  var payloadSent: UInt64? {
    guard let bytesSent, let bytesRetransmitted else { return bytesAcked }
    return bytesSent >= bytesRetransmitted ? bytesSent - bytesRetransmitted : 0
  }

  /// How many of SYN and FIN the other end acknowledged; nil if the kernel doesn't report it.
  var acknowledgedMarks: UInt64? {
    guard let bytesAcked, bytesSent != nil, let payloadSent, bytesAcked >= payloadSent else { return nil }
    return bytesAcked - payloadSent
  }
}
