internal import Flows

/// Flows that a program translates between IPv6 and IPv4 (NAT64, 464XLAT: tayga and others).
///
/// The kernel passes each half by itself: one into the program's device, the other out of it. They belong together if they have
/// the same ports, the IPv6 destination has the IPv4 one inside (RFC 6052), as many packets passed, and no others do so.
enum FamilyTranslations {
  private struct Key: Hashable {
    let namespace: Place
    let device: String
    let transport: Transport
    let ports: [UInt16]
    let destination: UInt32
  }

  /// The rows, where the half behind the program has the tuple of the half in front of it.
  static func joined(_ rows: [FlowTraffic]) -> [FlowTraffic] {
    var before: [Key: [Int]] = [:]
    var after: [Key: [Int]] = [:]
    for (index, row) in rows.enumerated() where row.flow.transport.hasPorts && row.role != .shared {
      if let device = row.role == .forwarded ? row.outInterface : row.interface {
        for key in keys(row, device, row.flow) { before[key, default: []].append(index) }
      }
      if row.role == .forwarded, let device = row.interface {
        for key in keys(row, device, row.flow) { after[key, default: []].append(index) }
      }
    }
    var result = rows
    for (key, seconds) in after {
      for second in seconds {
        let isV4 = rows[second].flow.destination.address.isV4
        let firsts = (before[key] ?? []).filter { rows[$0].flow.destination.address.isV4 != isV4 }
        let rivals = seconds.filter { rows[$0].flow.destination.address.isV4 == isV4 }
        guard firsts.count == 1, rivals.count == 1, areAlike(rows[firsts[0]].traffic, rows[second].traffic) else {
          continue
        }
        result[second].before = rows[firsts[0]].flow
      }
    }
    return result
  }

  /// By the IPv4 address that the destination is or may have inside.
  private static func keys(_ row: FlowTraffic, _ device: String, _ flow: Flow) -> [Key] {
    addresses(in: flow.destination.address).map {
      Key(
        namespace: row.namespace, device: device, transport: flow.transport,
        ports: [flow.source.port, flow.destination.port], destination: $0)
    }
  }

  /// Where RFC 6052 (2.2) puts an IPv4 address, by the length of the prefix: behind 96, 64, 56, 48, 40 or 32 bits, around the
  /// eight bits from the 64th on.
  private static func addresses(in address: IPAddress) -> Set<UInt32> {
    switch address {
    case .v4(let value): return [value]
    case .v6(let value):
      let without = ((value >> 64) << 56) | (value & ((1 << 56) - 1))
      return Set(
        [UInt32(truncatingIfNeeded: value)]
          + [32, 40, 48, 56, 64].map { UInt32(truncatingIfNeeded: without >> UInt128(120 - $0 - 32)) })
    }
  }

  private static func areAlike(_ one: Traffic, _ other: Traffic) -> Bool {
    func isNear(_ one: UInt64, _ other: UInt64) -> Bool {
      max(one, other) - min(one, other) <= 8 + max(one, other) / 10
    }
    return isNear(one.packetsOut, other.packetsOut) && isNear(one.packetsIn, other.packetsIn)
  }
}
