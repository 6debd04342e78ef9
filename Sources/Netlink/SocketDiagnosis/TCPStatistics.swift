/// The counters of a TCP connection (`struct tcp_info` of `<linux/tcp.h>`). A value is nil if the kernel's structure is
/// too short for it.
public struct TCPStatistics: Sendable, Hashable {
  /// Whether both ends agreed on timestamps, so that every segment has them (`TCPI_OPT_TIMESTAMPS`).
  public let hasTimestamps: Bool
  /// The smoothed round-trip time.
  public let rttMicroseconds: UInt32
  public let rttVarianceMicroseconds: UInt32
  /// Segments that were retransmitted since the start (`tcpi_total_retrans`).
  public let retransmits: UInt32
  /// In segments.
  public let congestionWindow: UInt32
  /// In bytes of payload.
  public let sendMaximumSegmentSize: UInt32
  /// Payload bytes that the other end has acknowledged, counting each SYN and FIN as one (Linux 4.1).
  public let bytesAcked: UInt64?
  /// Payload bytes received in order, counting a FIN as one (Linux 4.1).
  public let bytesReceived: UInt64?
  /// Segments sent and not yet acknowledged (`tcpi_unacked`).
  public let unacknowledgedSegments: UInt32
  /// Bytes written by the process and not yet sent once, a FIN counting as one (Linux 4.6).
  public let unsentBytes: UInt32?
  /// Payload bytes sent, including retransmissions (Linux 4.19).
  public let bytesSent: UInt64?
  /// Payload bytes that were retransmitted (Linux 4.19).
  public let bytesRetransmitted: UInt64?
  /// Segments received, bare acknowledgements included (Linux 4.2).
  public let segmentsIn: UInt32?
  /// Segments sent, bare acknowledgements included (Linux 4.2).
  public let segmentsOut: UInt32?
  /// Segments with payload (Linux 4.6).
  public let dataSegmentsIn: UInt32?
  public let dataSegmentsOut: UInt32?
  /// The lowest recent round-trip time (Linux 4.6).
  public let minimumRTTMicroseconds: UInt32?
  /// The most recently measured rate, in bytes per second (Linux 4.9).
  public let deliveryRate: UInt64?
  /// Milliseconds since payload was last sent, and since it was last received.
  public let millisecondsSinceSent: UInt32
  public let millisecondsSinceReceived: UInt32
}

extension TCPStatistics {
  /// Nil if the structure is shorter than that of any kernel since 2.6.
  init?(parsing info: RawSpan) {
    guard let rtt: UInt32 = info.integer(at: 68), let variance: UInt32 = info.integer(at: 72),
      let window: UInt32 = info.integer(at: 80), let retransmits: UInt32 = info.integer(at: 100),
      let segmentSize: UInt32 = info.integer(at: 16), let lastSent: UInt32 = info.integer(at: 44),
      let lastReceived: UInt32 = info.integer(at: 52), let options: UInt8 = info.integer(at: 5),
      let unacknowledged: UInt32 = info.integer(at: 24)
    else { return nil }
    hasTimestamps = options & TCPI_OPT_TIMESTAMPS != 0
    rttMicroseconds = rtt
    rttVarianceMicroseconds = variance
    self.retransmits = retransmits
    congestionWindow = window
    sendMaximumSegmentSize = segmentSize
    bytesAcked = info.integer(at: 120)
    bytesReceived = info.integer(at: 128)
    unacknowledgedSegments = unacknowledged
    unsentBytes = info.integer(at: 144)
    bytesSent = info.integer(at: 200)
    bytesRetransmitted = info.integer(at: 208)
    segmentsIn = info.integer(at: 140)
    segmentsOut = info.integer(at: 136)
    dataSegmentsIn = info.integer(at: 152)
    dataSegmentsOut = info.integer(at: 156)
    minimumRTTMicroseconds = info.integer(at: 148)
    deliveryRate = info.integer(at: 160)
    millisecondsSinceSent = lastSent
    millisecondsSinceReceived = lastReceived
  }
}
