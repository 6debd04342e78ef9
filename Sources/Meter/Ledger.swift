public import Flows

/// The account of each interface: total = sockets + forwarded + children + non-IP + unknown.
///
/// Interfaces count packets in different units. Hardware counts packets on the wire; virtual devices count each of the
/// kernel's segmentation-offload packets (up to 64 kB) as one. Every flow has both sums. For each interface and
/// direction the ledger uses the unit whose packet count is nearer to the interface's own.
///
/// The sum is checked and never filled up: what is missing is the unknown part, what is too much is the excess, and
/// both have a reason.
public struct Ledger: Sendable {
  private var parts: [Key: Parts] = [:]
  private let interfaces: [InterfaceCounters]
  /// Whether sockets' packets are segments, which an interface may have counted merged.
  private let countsSegments: Bool

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

    func bytes(onWire: Bool) -> UInt64 { onWire ? wireBytes : wireBytes - min(wireBytes, surplusBytes) }
    func packets(onWire: Bool) -> UInt64 { onWire ? wirePackets : wirePackets - min(wirePackets, surplusPackets) }
  }

  private struct Directions {
    var inward = Amount()
    var outward = Amount()
  }

  private struct Parts {
    var sockets = Directions()
    var forwarded = Directions()
    var nonIP = Directions()
    /// Packets taken from other interfaces for shaping.
    var detoured = Directions()
    /// All ICMP that was received, and how much of it belongs to sockets or forwarded flows.
    var icmp = Amount()
    var icmpAccounted = Amount()
    var drops: [String: Amount] = [:]
    /// The part of the outgoing `sockets` that the kernel sent without a socket.
    var kernel = Amount()
    /// What sockets sent and the interface never transmitted, by reason.
    var unsent: [String: Amount] = [:]
  }

  public init(interfaces: [InterfaceCounters], reading: MeterReading) {
    self.interfaces = interfaces
    countsSegments = reading.countsSegments
    let copies = DatagramCopies(reading.sockets)
    for (index, row) in reading.sockets.enumerated() {
      let isICMP = row.transport == .icmp || row.transport == .icmp6
      if row.inInterface != 0, !copies.contains(index) {
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
    // Packets that leave through a bridge, a bond or a VLAN are seen again at the interface below; they came in once.
    let stacked = Self.stacked(interfaces)
    let uppers = Self.uppers(interfaces)
    let passages = Set(reading.forwarded.map(Passage.init))
    let detours = Set(interfaces.filter(\.isDetour).map { Key(namespace: $0.namespace, index: $0.index) })
    let ends: Set<Leg> = detours.isEmpty ? [] : Set(reading.sockets.compactMap(\.leg))
    let there = Set(interfaces.map { Key(namespace: $0.namespace, index: $0.index) })
    let repeated = RepeatedPassages(reading.forwarded) { there.contains(Key(namespace: $0, index: $1)) }
    for (index, row) in reading.forwarded.enumerated() {
      // The packet comes back to the interface from which it was taken, and is counted there.
      let aside = Key(namespace: row.namespace, index: row.outInterface)
      if detours.contains(aside) {
        parts[aside, default: Parts()].detoured.inward.add(row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
        parts[aside, default: Parts()].detoured.outward.add(
          row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
        continue
      }
      if detours.contains(Key(namespace: row.namespace, index: row.inInterface)),
        ends.contains(Leg(row.flow.unordered, at: row.namespace))
      {
        continue
      }
      let isSeenAbove =
        repeated.contains(index)
        || (uppers[Key(namespace: row.namespace, index: row.outInterface)] ?? []).contains { upper in
          var above = Passage(row)
          above.outInterface = upper
          return passages.contains(above)
        }
      if !isSeenAbove {
        parts[Key(namespace: row.namespace, index: row.inInterface), default: Parts()].forwarded.inward.add(
          row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
      }
      // A VLAN's packets are counted at the VLAN, which its parent carries as a whole.
      let isCarried = (stacked[Key(namespace: row.namespace, index: row.outInterface)] ?? []).contains { upper in
        var above = Passage(row)
        above.outInterface = upper
        return passages.contains(above)
      }
      if !isCarried {
        parts[Key(namespace: row.namespace, index: row.outInterface), default: Parts()].forwarded.outward.add(
          row.bytes, row.packets, row.surplusBytes, row.surplusPackets)
      }
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
      // The kernel is the owner of packets that it sends by itself.
      case .kernel:
        parts[key, default: Parts()].sockets.outward.add(row.bytes, row.packets)
        parts[key, default: Parts()].kernel.add(row.bytes, row.packets)
      case .unsent(let reason):
        parts[key, default: Parts()].unsent[reason, default: Amount()].add(row.bytes, row.packets)
      case .dropped(let reason):
        parts[key, default: Parts()].drops[reason, default: Amount()].add(row.bytes, row.packets)
      }
    }
  }

  /// One direction of a flow through a namespace.
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

  /// For each interface, those of the same namespace on top of it.
  private static func stacked(_ interfaces: [InterfaceCounters]) -> [Key: [UInt32]] {
    let pairs = interfaces.filter { !$0.uppers.isEmpty }.map { interface in
      (
        Key(namespace: interface.namespace, index: interface.index),
        interface.uppers.filter { $0.namespace == interface.namespace }.map(\.index)
      )
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// For each interface, those that send through it: its bridge or bond, and its VLANs.
  private static func uppers(_ interfaces: [InterfaceCounters]) -> [Key: [UInt32]] {
    let pairs = interfaces.map { interface in
      (
        Key(namespace: interface.namespace, index: interface.index),
        interface.uppers.filter { $0.namespace == interface.namespace }.map(\.index)
          + (interface.master.map { [$0] } ?? [])
      )
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// One entry per interface, busiest first; idle ones are left out.
  public func entries() -> [LedgerEntry] {
    let totals = Dictionary(
      interfaces.map { (Key(namespace: $0.namespace, index: $0.index), network($0)) },
      uniquingKeysWith: { first, _ in first })
    return interfaces.filter { !$0.counted.isZero }.map { entry(of: $0, totals) }
      .sorted { ($0.total.bytes, $1.interface) > ($1.total.bytes, $0.interface) }
  }

  /// The interface's own count without link headers.
  private func network(_ interface: InterfaceCounters) -> Traffic {
    var total = interface.counted
    total.bytesIn -= min(total.bytesIn, total.packetsIn &* interface.receivedLinkHeader)
    total.bytesOut -= min(total.bytesOut, total.packetsOut &* interface.linkHeader)
    return total
  }

  private func entry(of interface: InterfaceCounters, _ totals: [Key: Traffic]) -> LedgerEntry {
    let key = Key(namespace: interface.namespace, index: interface.index)
    var parts = self.parts[key] ?? Parts()
    var kernel = Traffic(bytesOut: parts.kernel.wireBytes, packetsOut: parts.kernel.wirePackets)
    // ICMP that belongs to no socket and no forwarded flow was answered by the kernel itself.
    let byKernel = parts.icmp.wireBytes > parts.icmpAccounted.wireBytes
    if byKernel {
      kernel.bytesIn = parts.icmp.wireBytes - parts.icmpAccounted.wireBytes
      kernel.packetsIn = parts.icmp.wirePackets - min(parts.icmpAccounted.wirePackets, parts.icmp.wirePackets)
      parts.sockets.inward.add(kernel.bytesIn, kernel.packetsIn)
    }
    let total = network(interface)
    let (inwardAbove, outwardAbove) = above(interface, totals)
    let master = interface.master.flatMap { totals[Key(namespace: interface.namespace, index: $0)] }
    func directions(without local: Side) -> (inward: Split, outward: Split) {
      (
        split(
          Side(total.bytesIn, total.packetsIn), parts.sockets.inward, parts.forwarded.inward, parts.nonIP.inward,
          above: inwardAbove.without(local), master: master.map { Side($0.bytesIn, $0.packetsIn) },
          mayBeCarried: Amount(), detoured: parts.detoured.inward),
        split(
          Side(total.bytesOut, total.packetsOut), parts.sockets.outward, parts.forwarded.outward, parts.nonIP.outward,
          above: outwardAbove.without(local), master: master.map { Side($0.bytesOut, $0.packetsOut) },
          mayBeCarried: parts.kernel, detoured: parts.detoured.outward)
      )
    }
    var (inward, outward) = directions(without: Side())
    // What the interfaces above exchange with each other is too much in both directions, by as much.
    let local = inward.surplus.atMost(outward.surplus)
    if !local.isZero, interface.uppers.count(where: \.reachesSiblings) > 1 {
      (inward, outward) = directions(without: local)
    }
    func both(_ field: KeyPath<Split, Side>) -> Traffic {
      Traffic(
        bytesIn: inward[keyPath: field].bytes, bytesOut: outward[keyPath: field].bytes,
        packetsIn: inward[keyPath: field].packets, packetsOut: outward[keyPath: field].packets)
    }
    var entry = LedgerEntry(
      namespace: interface.namespace, namespaceName: interface.namespaceName, interface: interface.name, total: total,
      sockets: both(\.sockets), forwarded: both(\.forwarded), children: both(\.children), nonIP: both(\.nonIP),
      unknown: both(\.unknown))
    let excess = both(\.excess)
    entry.excess = excess.isZero ? nil : excess
    let headers = both(\.headers)
    entry.headers = headers.isZero ? nil : headers
    // Packets of the interfaces above are counted there.
    kernel.bytesOut = min(kernel.bytesOut, entry.sockets.bytesOut)
    kernel.packetsOut = min(kernel.packetsOut, entry.sockets.packetsOut)
    entry.kernel = kernel.isZero ? nil : kernel
    // A copy that nobody wanted is dropped too, though the packet itself arrived (answers to a ping): what is dropped and not
    // missing explains nothing.
    let missing = parts.drops.filter { $0.value.wireBytes <= entry.unknown.bytesIn / 10 * 11 + 1500 }
    if entry.unknown.bytesIn > 0 {
      entry.reasons = Self.sentences(missing, "received and dropped by the kernel")
      let dropped = missing.values.reduce(into: Amount()) { $0.add($1.wireBytes, $1.wirePackets) }
      if dropped.wireBytes > 0 {
        entry.dropped = Traffic(
          bytesIn: min(dropped.wireBytes, entry.unknown.bytesIn),
          packetsIn: min(dropped.wirePackets, entry.unknown.packetsIn))
      }
    }
    let unsent = Self.sentences(parts.unsent, "of this host's own never left")
    entry.notes = unsent.isEmpty ? nil : unsent
    entry.reasons += LedgerCheck.reasons(entry)
    if interface.hidesReceived, entry.unknown.bytesIn > 0, !entry.reasons.isEmpty {
      entry.reasons.append("the program behind it takes what it receives before that can be counted by flow")
    }
    let unknown = entry.unknown
    if !entry.reasons.isEmpty, interface.padding > 0, unknown.bytesIn <= interface.padding &* total.packetsIn,
      unknown.bytesOut <= interface.padding &* total.packetsOut
    {
      entry.reasons.append("the interface fills up its packets by up to \(interface.padding) bytes, which it counts")
    }
    return entry
  }

  private static func sentences(_ amounts: [String: Amount], _ what: String) -> [String] {
    amounts.sorted { $0.value.wireBytes > $1.value.wireBytes }.prefix(3).map {
      "\($0.value.wireBytes) bytes in \($0.value.wirePackets) packets \(what): \(DropReason.words($0.key))"
    }
  }

  /// What the interfaces on top of one carried in one direction: as they counted it, and as it is on the wire with the
  /// headers that encapsulate each packet.
  private struct Above {
    var own = Side()
    var onWire = Side()
    var ownHeaders = Side()
    var wireHeaders = Side()

    /// Without what did not pass the interface below.
    func without(_ local: Side) -> Above {
      var result = self
      result.own = own.less(local)
      result.onWire = onWire.less(local)
      return result
    }

    mutating func add(_ counted: Side, surplus: Side, header: UInt64) {
      let wire = Side(counted.bytes + surplus.bytes, counted.packets + surplus.packets)
      own += Side(counted.bytes &+ counted.packets &* header, counted.packets)
      onWire += Side(wire.bytes &+ wire.packets &* header, wire.packets)
      ownHeaders += Side(counted.packets &* header)
      wireHeaders += Side(wire.packets &* header)
    }
  }

  private func above(_ interface: InterfaceCounters, _ totals: [Key: Traffic]) -> (inward: Above, outward: Above) {
    var (inward, outward) = (Above(), Above())
    for upper in interface.uppers {
      let key = Key(namespace: upper.namespace, index: upper.index)
      guard let total = totals[key] else { continue }
      let parts = self.parts[key] ?? Parts()
      let received = Side(total.bytesIn, total.packetsIn)
      inward.add(received, surplus: Self.surplus(received, parts, \.inward), header: upper.header)
      let sent = Side(total.bytesOut, total.packetsOut)
      outward.add(sent, surplus: Self.surplus(sent, parts, \.outward), header: upper.header)
    }
    return (inward, outward)
  }

  /// How much more than the interface's own count the bytes are on the wire, if it counts the kernel's own packets.
  private static func surplus(_ counted: Side, _ parts: Parts, _ side: KeyPath<Directions, Amount>) -> Side {
    let amounts = [parts.sockets[keyPath: side], parts.forwarded[keyPath: side]]
    let wire = amounts.reduce(0) { $0 + $1.packets(onWire: true) }
    let own = amounts.reduce(0) { $0 + $1.packets(onWire: false) }
    func distance(_ packets: UInt64) -> UInt64 { max(packets, counted.packets) - min(packets, counted.packets) }
    guard distance(own) < distance(wire) else { return Side() }
    return Side(amounts.reduce(0) { $0 + $1.surplusBytes }, amounts.reduce(0) { $0 + $1.surplusPackets })
  }

  /// Bytes and packets in one direction.
  private struct Side {
    var bytes: UInt64 = 0
    var packets: UInt64 = 0

    init(_ bytes: UInt64 = 0, _ packets: UInt64 = 0) {
      self.bytes = bytes
      self.packets = packets
    }

    var isZero: Bool { bytes == 0 && packets == 0 }

    static func += (left: inout Side, right: Side) {
      left.bytes += right.bytes
      left.packets += right.packets
    }

    /// The difference to `other`, at least 0.
    func less(_ other: Side) -> Side {
      Side(bytes - min(bytes, other.bytes), packets - min(packets, other.packets))
    }

    func atMost(_ other: Side) -> Side { Side(min(bytes, other.bytes), min(packets, other.packets)) }
  }

  private struct Split {
    var sockets: Side
    var forwarded: Side
    var children: Side
    var nonIP: Side
    var unknown = Side()
    var excess = Side()
    /// The same, though it is little.
    var surplus = Side()
    /// The part of `children` that is headers.
    var headers = Side()

    /// The bytes of IP and TCP headers with timestamps, over IPv6.
    private static let segmentHeader: UInt64 = 72

    /// Takes back the headers of segments that the interface counted as one packet: as many as it has packets less.
    mutating func mergeSegments(_ total: Side) {
      var all = Side()
      for part in [sockets, forwarded, children, nonIP] { all += part }
      let more = all.less(total)
      let merged = min(more.packets, sockets.packets)
      sockets = sockets.less(Side(min(more.bytes, merged &* Self.segmentHeader), merged))
    }
  }

  /// - Parameters:
  ///   - master: the traffic of the bridge or bond that the interface is a port of; up to that much of the rest may
  ///     belong to it.
  ///   - mayBeCarried: what the kernel sent without a socket, which may be encapsulated packets of an interface above.
  private func split(
    _ total: Side, _ sockets: Amount, _ forwarded: Amount, _ nonIP: Amount, above: Above, master: Side?,
    mayBeCarried: Amount, detoured: Amount
  ) -> Split {
    func known(_ onWire: Bool) -> UInt64 {
      [sockets, forwarded, nonIP, detoured].reduce((onWire ? above.onWire : above.own).packets) {
        $0 + $1.packets(onWire: onWire)
      }
    }
    func distance(_ onWire: Bool) -> UInt64 {
      max(total.packets, known(onWire)) - min(total.packets, known(onWire))
    }
    let onWire = distance(true) <= distance(false)
    let upper = onWire ? above.onWire : above.own
    func amount(_ part: Amount) -> Side { Side(part.bytes(onWire: onWire), part.packets(onWire: onWire)) }
    var result = Split(
      sockets: amount(sockets), forwarded: amount(forwarded), children: upper, nonIP: amount(nonIP))
    result.headers = onWire ? above.wireHeaders : above.ownHeaders
    // Some packets that were taken aside may be dropped there.
    result.children += amount(detoured).atMost(total)
    if countsSegments { result.mergeSegments(total) }
    var explained = Side()
    for part in [result.sockets, result.forwarded, result.children, result.nonIP] { explained += part }
    if !upper.isZero {
      // Encapsulated packets of forwarded flows leave without a socket; they belong to the upper interface and not to
      // the kernel.
      let twice = explained.less(total).atMost(amount(mayBeCarried))
      result.sockets = result.sockets.less(twice)
      explained = explained.less(twice)
    }
    let rest = total.less(explained)
    // A port carries at most what its bridge or bond sends and receives; the master's own entry splits it.
    let carried = rest.atMost(master ?? Side())
    result.children += carried
    result.unknown = rest.less(carried)
    let excess = explained.less(total)
    result.surplus = excess
    // The meter's counters are read a moment after the interface's own.
    if LedgerCheck.isTooMuch(excess.bytes, of: total.bytes) { result.excess = excess }
    return result
  }
}
