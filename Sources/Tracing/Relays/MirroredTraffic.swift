internal import Flows

/// Decides whether two flows of a measured window mirror each other.
enum MirroredTraffic {
  /// The flows of `others` that mirror `row`: by payload if any does, else by the packets' bytes.
  ///
  /// Another flow with nearly the same bytes doesn't make an exact pair ambiguous.
  static func partners(of row: FlowTraffic, among others: [FlowTraffic]) -> [FlowTraffic] {
    let exact = others.filter { mirrorsPayload(row, $0) }
    return exact.isEmpty ? others.filter { mirrorsPackets(row, $0) } : exact
  }

  /// Whether what one flow received is what the other sent, in both directions, if the kernel reported payload for
  /// both.
  static func mirrorsPayload(_ left: FlowTraffic, _ right: FlowTraffic) -> Bool {
    guard let sums = PayloadSums(left), let other = PayloadSums(right) else { return false }
    return sums == other.mirrored
  }

  /// Whether what one flow received is nearly what the other sent, in both directions, by the packets' bytes without
  /// headers. It is for relays that splice, because no system call reports the bytes that they move. Handshake options
  /// and a few retransmissions may differ.
  static func mirrorsPackets(_ left: FlowTraffic, _ right: FlowTraffic) -> Bool {
    let (one, other) = (left.withoutHeaders, right.withoutHeaders)
    guard one.bytes > 256, left.isSpliced || right.isSpliced else { return false }
    func near(_ a: UInt64, _ b: UInt64) -> Bool { max(a, b) - min(a, b) <= 128 + max(a, b) / 1000 }
    return near(one.bytesIn, other.bytesOut) && near(one.bytesOut, other.bytesIn)
  }
}

/// A flow's payload in both directions; it exists only if the kernel reported any.
struct PayloadSums: Hashable {
  var inward: UInt64
  var outward: UInt64

  init?(_ row: FlowTraffic) {
    guard let inward = row.payloadIn, let outward = row.payloadOut, inward != 0 || outward != 0 else { return nil }
    (self.inward, self.outward) = (inward, outward)
  }

  /// The same sums as the other side of a relay has them.
  var mirrored: PayloadSums {
    var result = self
    swap(&result.inward, &result.outward)
    return result
  }
}

extension FlowTraffic {
  /// Whether most of its bytes were moved by system calls whose length the kernel does not report (splice).
  fileprivate var isSpliced: Bool { ((payloadIn ?? 0) + (payloadOut ?? 0)) * 2 < withoutHeaders.bytes }

  /// Bytes without the headers of TCP with timestamps (20 + 12) or UDP (8) over IPv4 (20) or IPv6 (40).
  var withoutHeaders: Traffic {
    let header: UInt64 = (flow.source.address.isV4 ? 20 : 40) + (flow.transport == .tcp ? 32 : 8)
    var result = traffic
    result.bytesIn -= min(result.bytesIn, result.packetsIn &* header)
    result.bytesOut -= min(result.bytesOut, result.packetsOut &* header)
    return result
  }
}
