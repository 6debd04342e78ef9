public import Flows

/// What the byte sums of a measured window show for one inbound flow of a relay.
public struct TrafficLink: Hashable, Sendable {
  public enum Basis: Hashable, Sendable {
    /// The payload is equal in both directions, and no other flow's is.
    case payload
    /// The packets' bytes without headers are nearly equal in both directions, and no other flow's are. Weaker than
    /// `payload`.
    case packets
    /// Several outbound flows fit.
    case several
    case none
  }

  public var inbound: FlowTraffic
  public var outbound: FlowTraffic?
  public var basis: Basis
  public var candidates: Int
}

/// Pairs the flows of a relay by their bytes in a window, for connections that closed before their counters could be
/// read.
///
/// The sums are exact for connections that began and ended in the window. For others the relay may have held bytes at
/// either end of the window; those find no partner. It is fast: payload is looked up in a table of sums, packets in
/// sorted order.
public enum TrafficPairing {
  /// - Parameter rows: the flows of one relay, with any role and transport; flows that only pass are ignored.
  public static func pair(_ rows: [FlowTraffic]) -> [TrafficLink] {
    let inbound = rows.filter { $0.role == .responder }
    let outbound = rows.filter { $0.role == .initiator }
    var asked: [Key: Int] = [:]
    for row in inbound { if let key = Key(row)?.mirrored { asked[key, default: 0] += 1 } }
    var answers: [Key: [Int]] = [:]
    for (index, row) in outbound.enumerated() { if let key = Key(row) { answers[key, default: []].append(index) } }
    var links: [TrafficLink] = []
    var taken: Set<Int> = []
    var open: [Int] = []
    for row in inbound {
      let key = Key(row)?.mirrored
      let found = key.flatMap { answers[$0] } ?? []
      if found.isEmpty { open.append(links.count) }
      let isUnique = found.count == 1 && key.map { asked[$0] == 1 } == true
      if isUnique { taken.insert(found[0]) }
      links.append(
        TrafficLink(
          inbound: row, outbound: isUnique ? outbound[found[0]] : nil,
          basis: isUnique ? .payload : found.isEmpty ? .none : .several,
          candidates: isUnique ? 1 : max(found.count, found.isEmpty ? 0 : key.flatMap { asked[$0] } ?? 0)))
    }
    near(&links, open, outbound, except: taken)
    revokeSwapped(&links, outbound)
    revokeChanged(&links, outbound)
    return links
  }

  /// How many bytes a connection may have had under way at the window's ends, so that only one side's sums include
  /// them.
  private static let underway: UInt64 = 256 << 10

  /// Removes pairs that may be swapped. Two connections with similar sums may each look like the other's partner. If a
  /// pair's inbound flow also nearly fits an unpaired outbound flow, and its outbound flow nearly fits an unpaired
  /// inbound one, those may be the true pairs: with bytes under way at an end of the window, or with a proxy's
  /// handshake on one side.
  private static func revokeSwapped(_ links: inout [TrafficLink], _ outbound: [FlowTraffic]) {
    let paired = Set(links.compactMap { $0.outbound.map { Leg($0.flow, at: $0.namespace) } })
    let freeOut = outbound.filter { !paired.contains(Leg($0.flow, at: $0.namespace)) && !$0.withoutHeaders.isZero }
    let freeIn = links.filter { $0.outbound == nil && !$0.inbound.withoutHeaders.isZero }.map(\.inbound)
    guard !freeOut.isEmpty, !freeIn.isEmpty else { return }
    // With so many left over, some are close to nearly everything.
    let areMany = links.count * (freeOut.count + freeIn.count) > 8_000_000
    for index in links.indices {
      guard let other = links[index].outbound else { continue }
      if areMany {
        (links[index].outbound, links[index].basis, links[index].candidates) = (nil, .several, freeOut.count + 1)
        continue
      }
      let outs = freeOut.count { isNear(links[index].inbound, $0) }
      guard outs > 0, freeIn.contains(where: { isNear($0, other) }) else { continue }
      links[index].outbound = nil
      links[index].basis = .several
      links[index].candidates = outs + 1
    }
  }

  static func isNear(_ inbound: FlowTraffic, _ outbound: FlowTraffic) -> Bool {
    guard inbound.flow.transport == outbound.flow.transport else { return false }
    let (one, other) = (inbound.withoutHeaders, outbound.withoutHeaders)
    func near(_ a: UInt64, _ b: UInt64) -> Bool { max(a, b) - min(a, b) <= max(underway, max(a, b) / 4) }
    return near(one.bytesIn, other.bytesOut) && near(one.bytesOut, other.bytesIn)
  }

  private struct Key: Hashable {
    var transport: Transport
    var sums: PayloadSums

    init?(_ row: FlowTraffic) {
      guard let sums = PayloadSums(row) else { return nil }
      (transport, self.sums) = (row.transport, sums)
    }

    var mirrored: Key {
      var result = self
      result.sums = sums.mirrored
      return result
    }
  }

  /// The weaker kind, for the remaining flows: candidates are neighbours when sorted by received bytes.
  private static func near(
    _ links: inout [TrafficLink], _ open: [Int], _ outbound: [FlowTraffic], except taken: Set<Int>
  ) {
    let sorted = outbound.indices.filter { !taken.contains($0) }
      .map { (bytes: outbound[$0].withoutHeaders.bytesOut, index: $0) }.sorted { $0.bytes < $1.bytes }
    var found: [Int: [Int]] = [:]
    var claims: [Int: Int] = [:]
    for position in open {
      let row = links[position].inbound
      let bytes = row.withoutHeaders.bytesIn
      let slack = 160 + bytes / 500
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle].bytes + slack < bytes { low = middle + 1 } else { high = middle }
      }
      for candidate in sorted[low...].prefix(while: { $0.bytes <= bytes + slack }) {
        let other = outbound[candidate.index]
        guard other.transport == row.transport, MirroredTraffic.mirrorsPackets(row, other) else { continue }
        found[position, default: []].append(candidate.index)
        claims[candidate.index, default: 0] += 1
      }
    }
    for (position, candidates) in found {
      let isUnique = candidates.count == 1 && claims[candidates[0]] == 1
      links[position].basis = isUnique ? .packets : .several
      links[position].outbound = isUnique ? outbound[candidates[0]] : nil
      links[position].candidates = isUnique ? 1 : max(candidates.count, candidates.map { claims[$0] ?? 0 }.max() ?? 0)
    }
  }
}

extension FlowTraffic {
  fileprivate var transport: Transport { flow.transport }
}
