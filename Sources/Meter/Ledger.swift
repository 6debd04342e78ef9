public import Flows

/// Where each interface's bytes went: total = sockets + forwarded + children + non-IP + unknown.
///
/// Interfaces count packets in different units: hardware counts what is on the wire, virtual devices count the kernel's
/// segmentation-offload packets (up to 64 kB each) as one. Both sums are kept for every flow; per interface and direction
/// the unit whose packet count is nearer to the interface's own is taken.
public struct Ledger: Sendable {
  private var parts: [Key: Parts] = [:]
  private let interfaces: [InterfaceCounters]

  private struct Key: Hashable {
    let namespace: Place
    let index: UInt32
  }

  /// Bytes and packets in one direction, on the wire and in the kernel's own packets.
  private struct Amount {
    var wireBytes: UInt64 = 0
    var wirePackets: UInt64 = 0
    var surplusBytes: UInt64 = 0
    var surplusPackets: UInt64 = 0

    mutating func add(_ bytes: UInt64, _ packets: UInt64, _ surplusBytes: UInt64 = 0, _ surplusPackets: UInt64 = 0) {
      wireBytes &+= bytes
      wirePackets &+= packets
      self.surplusBytes &+= surplusBytes
      self.surplusPackets &+= surplusPackets
    }

    func bytes(onWire: Bool) -> UInt64 { onWire ? wireBytes : wireBytes &- surplusBytes }
    func packets(onWire: Bool) -> UInt64 { onWire ? wirePackets : wirePackets &- surplusPackets }
  }

  private struct Directions {
    var inward = Amount()
    var outward = Amount()
  }

  private struct Parts {
    var sockets = Directions()
    var forwarded = Directions()
    var nonIP = Directions()
    /// ICMP received in all, and how much of it sockets or forwarded flows account for.
    var icmp = Amount()
    var icmpAccounted = Amount()
    var drops: [String: Amount] = [:]
  }

  public init(interfaces: [InterfaceCounters], reading: MeterReading) {
    self.interfaces = interfaces
    for row in reading.sockets {
      let isICMP = row.transport == .icmp || row.transport == .icmp6
      if row.inInterface != 0 {
        parts[Key(namespace: row.namespace, index: row.inInterface), default: Parts()].sockets.inward.add(
          row.traffic.bytesIn, row.traffic.packetsIn, row.surplus.bytesIn, row.surplus.packetsIn)
        if isICMP {
          parts[Key(namespace: row.namespace, index: row.inInterface), default: Parts()].icmpAccounted.add(
            row.traffic.bytesIn, row.traffic.packetsIn)
        }
      }
      if row.outInterface != 0 {
        parts[Key(namespace: row.namespace, index: row.outInterface), default: Parts()].sockets.outward.add(
          row.traffic.bytesOut, row.traffic.packetsOut, row.surplus.bytesOut, row.surplus.packetsOut)
      }
    }
    // What leaves through a bridge, a bond or a VLAN is seen again at the interface below; it came in once.
    let uppers = Self.uppers(interfaces)
    let passages = Set(reading.forwarded.map(Passage.init))
    for row in reading.forwarded {
      let isSeenAbove = (uppers[Key(namespace: row.namespace, index: row.outInterface)] ?? []).contains { upper in
        var above = Passage(row)
        above.outInterface = upper
        return passages.contains(above)
      }
      if !isSeenAbove {
        parts[Key(namespace: row.namespace, index: row.inInterface), default: Parts()].forwarded.inward.add(
          row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
      }
      parts[Key(namespace: row.namespace, index: row.outInterface), default: Parts()].forwarded.outward.add(
        row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
      if !isSeenAbove, row.flow.transport == .icmp || row.flow.transport == .icmp6 {
        parts[Key(namespace: row.namespace, index: row.inInterface), default: Parts()].icmpAccounted.add(
          row.bytes, row.packets)
      }
    }
    for row in reading.leftovers {
      let key = Key(namespace: row.namespace, index: row.interface)
      switch row.kind {
      case .nonIP where row.isOutward: parts[key, default: Parts()].nonIP.outward.add(row.bytes, row.packets)
      case .nonIP: parts[key, default: Parts()].nonIP.inward.add(row.bytes, row.packets)
      case .icmp: parts[key, default: Parts()].icmp.add(row.bytes, row.packets)
      // The kernel is the owner of what it sends by itself.
      case .kernel: parts[key, default: Parts()].sockets.outward.add(row.bytes, row.packets)
      case .dropped(let reason):
        parts[key, default: Parts()].drops[reason, default: Amount()].add(row.bytes, row.packets)
      }
    }
  }

  /// One direction of a flow on its way through a namespace.
  private struct Passage: Hashable {
    let namespace: Place
    let flow: Flow
    let inInterface: UInt32
    var outInterface: UInt32

    init(_ row: ForwardedTraffic) {
      namespace = row.namespace
      flow = row.flow
      inInterface = row.inInterface
      outInterface = row.outInterface
    }
  }

  /// For each interface those that send through it: its bridge or bond, its VLANs.
  private static func uppers(_ interfaces: [InterfaceCounters]) -> [Key: [UInt32]] {
    let pairs = interfaces.map { interface in
      (
        Key(namespace: interface.namespace, index: interface.index),
        interface.uppers + (interface.master.map { [$0] } ?? [])
      )
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// A line per interface, busiest first; idle ones are left out.
  public func entries() -> [LedgerEntry] {
    let totals = Dictionary(
      interfaces.map { (Key(namespace: $0.namespace, index: $0.index), network($0)) },
      uniquingKeysWith: { first, _ in first })
    return interfaces.filter { !$0.counted.isZero }.map { entry(of: $0, totals) }
      .sorted { ($0.total.bytes, $1.interface) > ($1.total.bytes, $0.interface) }
  }

  /// The interface's own count without its link headers.
  private func network(_ interface: InterfaceCounters) -> Traffic {
    var total = interface.counted
    total.bytesIn -= min(total.bytesIn, total.packetsIn &* interface.linkHeader)
    total.bytesOut -= min(total.bytesOut, total.packetsOut &* interface.linkHeader)
    return total
  }

  private func entry(of interface: InterfaceCounters, _ totals: [Key: Traffic]) -> LedgerEntry {
    let key = Key(namespace: interface.namespace, index: interface.index)
    var parts = self.parts[key] ?? Parts()
    // ICMP that no socket and no forwarded flow accounts for was answered by the kernel itself.
    let byKernel = parts.icmp.wireBytes > parts.icmpAccounted.wireBytes
    if byKernel {
      parts.sockets.inward.add(
        parts.icmp.wireBytes - parts.icmpAccounted.wireBytes,
        parts.icmp.wirePackets - min(parts.icmpAccounted.wirePackets, parts.icmp.wirePackets))
    }
    let total = network(interface)
    let uppers = interface.uppers.compactMap { totals[Key(namespace: interface.namespace, index: $0)] }
      .reduce(Traffic(), +)
    let inward = split(
      total.bytesIn, total.packetsIn, parts.sockets.inward, parts.forwarded.inward, parts.nonIP.inward,
      upper: (uppers.bytesIn, uppers.packetsIn), isPort: interface.master != nil)
    let outward = split(
      total.bytesOut, total.packetsOut, parts.sockets.outward, parts.forwarded.outward, parts.nonIP.outward,
      upper: (uppers.bytesOut, uppers.packetsOut), isPort: interface.master != nil)
    func both(_ field: KeyPath<Split, (UInt64, UInt64)>) -> Traffic {
      Traffic(
        bytesIn: inward[keyPath: field].0, bytesOut: outward[keyPath: field].0, packetsIn: inward[keyPath: field].1,
        packetsOut: outward[keyPath: field].1)
    }
    var reasons: [String] = []
    if inward.unknown.0 > 0 {
      reasons = parts.drops.sorted { $0.value.wireBytes > $1.value.wireBytes }.prefix(3).map {
        "\($0.value.wireBytes) bytes in \($0.value.wirePackets) packets received and dropped by the kernel: \($0.key)"
      }
    }
    return LedgerEntry(
      namespace: interface.namespace, namespaceName: interface.namespaceName, interface: interface.name, total: total,
      sockets: both(\.sockets), forwarded: both(\.forwarded), children: both(\.children), nonIP: both(\.nonIP),
      unknown: both(\.unknown), reasons: reasons)
  }

  private struct Split {
    var sockets: (UInt64, UInt64)
    var forwarded: (UInt64, UInt64)
    var children: (UInt64, UInt64)
    var nonIP: (UInt64, UInt64)
    var unknown: (UInt64, UInt64)
  }

  private func split(
    _ bytes: UInt64, _ packets: UInt64, _ sockets: Amount, _ forwarded: Amount, _ nonIP: Amount,
    upper: (UInt64, UInt64), isPort: Bool
  ) -> Split {
    func known(_ onWire: Bool) -> UInt64 {
      [sockets, forwarded, nonIP].reduce(upper.1) { $0 + $1.packets(onWire: onWire) }
    }
    func distance(_ onWire: Bool) -> UInt64 { max(packets, known(onWire)) - min(packets, known(onWire)) }
    let onWire = distance(true) <= distance(false)
    func amount(_ part: Amount) -> (UInt64, UInt64) { (part.bytes(onWire: onWire), part.packets(onWire: onWire)) }
    var result = Split(
      sockets: amount(sockets), forwarded: amount(forwarded), children: upper, nonIP: amount(nonIP), unknown: (0, 0))
    let explained = (
      result.sockets.0 + result.forwarded.0 + result.children.0 + result.nonIP.0,
      result.sockets.1 + result.forwarded.1 + result.children.1 + result.nonIP.1
    )
    let rest = (bytes - min(bytes, explained.0), packets - min(packets, explained.1))
    // A port carries what its bridge or bond sends and receives; the master's own line splits it.
    if isPort {
      result.children.0 += rest.0
      result.children.1 += rest.1
    } else {
      result.unknown = rest
    }
    return result
  }
}
