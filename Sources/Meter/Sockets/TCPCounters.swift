internal import Flows
internal import Netlink

/// What a TCP connection moved, estimated from the kernel's counters.
struct TCPCounters {
  /// Retransmits included on the way out; what came in twice is not, for the kernel doesn't count it.
  var traffic = Traffic()
  var payloadIn: UInt64 = 0
  var payloadOut: UInt64 = 0

  var isZero: Bool { traffic.isZero && payloadIn == 0 && payloadOut == 0 }

  /// Adds what moved between two looks at one connection; `earlier` is nil for one that began after the first look.
  mutating func add(_ now: TCPStatistics, since earlier: TCPStatistics?, isV4: Bool) {
    func delta(_ value: (TCPStatistics) -> UInt64?) -> UInt64 {
      let (new, old) = (value(now) ?? 0, earlier.flatMap(value) ?? 0)
      return new >= old ? new - old : 0
    }
    func segments(_ value: (TCPStatistics) -> UInt32?) -> UInt64 {
      // Counters of 32 bits wrap within minutes on a fast link.
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

  /// The kernel counts a received FIN as one byte.
  mutating func removeFinish() {
    guard payloadIn > 0, traffic.bytesIn > 0 else { return }
    payloadIn -= 1
    traffic.bytesIn -= 1
  }
}

extension TCPStatistics {
  /// Every byte once; before Linux 4.19 only what was acknowledged, SYN and FIN included.
  var payloadSent: UInt64? {
    guard let bytesSent, let bytesRetransmitted else { return bytesAcked }
    return bytesSent >= bytesRetransmitted ? bytesSent - bytesRetransmitted : 0
  }

  /// How many of SYN and FIN the other end acknowledged; nil if the kernel doesn't tell.
  var acknowledgedMarks: UInt64? {
    guard let bytesAcked, bytesSent != nil, let payloadSent, bytesAcked >= payloadSent else { return nil }
    return bytesAcked - payloadSent
  }
}
