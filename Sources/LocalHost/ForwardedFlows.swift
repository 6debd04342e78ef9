internal import Flows
internal import Meter
internal import Questions

/// Joins the two directions of forwarded flows by their connection-tracking entry, because NAT gives them different
/// tuples.
struct ForwardedFlows {
  struct Joined {
    var namespace: Place
    /// The flow from the initiator, before translation.
    var original: Flow
    /// The flow as the responder sees it; equal to `original` without translation.
    var translated: Flow
    /// "Out" is the direction from the initiator.
    var traffic = Traffic()
    /// What found no room on its way out.
    var unsent = Traffic()
    /// The interfaces by which the initiator's packets come in and go out.
    var inInterface: UInt32 = 0
    var outInterface: UInt32 = 0
    /// All interfaces by which it came in or went out, several if it passed the namespace more than once (two bridges with a
    /// cable between them).
    var passed: Set<UInt32> = []
    /// Whether the initiator is concluded only from the direction of the bytes or from the ports.
    var isInferred = false
  }

  /// How many flows are looked up at most, because each lookup costs some microseconds. Further flows are joined by
  /// their tuples alone.
  private static let lookUps = 8192

  static func join(
    _ rows: [ForwardedTraffic], isPort: (Place, UInt32) -> Bool,
    lookUp: (Flow, Place) -> Translation?
  ) -> [Joined] {
    // A bridge and its port both count what leaves through them; the bridge's row is kept.
    var distinct: [Leg: ForwardedTraffic] = [:]
    var passed: [Leg: Set<UInt32>] = [:]
    for row in rows {
      let key = Leg(row.flow, at: row.namespace)
      passed[key, default: []].formUnion([row.inInterface, row.outInterface].filter { $0 != 0 })
      guard let other = distinct[key] else { distinct[key] = row; continue }
      let (rowIsPort, otherIsPort) = (
        isPort(row.namespace, row.outInterface), isPort(other.namespace, other.outInterface)
      )
      if rowIsPort == otherIsPort ? row.bytes > other.bytes : otherIsPort { distinct[key] = row }
    }
    var joined: [Leg: Joined] = [:]
    for (index, row) in distinct.values.sorted(by: { $0.bytes > $1.bytes }).enumerated() {
      // A packet that leaves in one direction has the reverse of the other direction's tuple before translation.
      let entry = index < lookUps ? lookUp(row.flow, row.namespace) : nil
      let all = passed[Leg(row.flow, at: row.namespace)] ?? []
      let isOriginal: Bool
      let key: Leg
      if let entry {
        isOriginal = row.flow == entry.translated
        key = Leg(entry.original, at: row.namespace)
        joined[key, default: Joined(namespace: row.namespace, original: entry.original, translated: entry.translated)]
          .add(row, isOriginal: isOriginal, passed: all)
      } else {
        let (initiatorFirst, isInferred) = Self.initiator(of: row, distinct[Leg(row.flow.reversed, at: row.namespace)])
        isOriginal = row.flow == initiatorFirst
        key = Leg(initiatorFirst, at: row.namespace)
        joined[
          key,
          default: Joined(
            namespace: row.namespace, original: initiatorFirst, translated: initiatorFirst, isInferred: isInferred)
        ].add(row, isOriginal: isOriginal, passed: all)
      }
    }
    return Array(joined.values)
  }

  /// The flow from its initiator, as far as the packets show: the end that sends although nothing comes back, or that
  /// was seen first, or that has the higher port.
  private static func initiator(of row: ForwardedTraffic, _ back: ForwardedTraffic?) -> (Flow, isInferred: Bool) {
    // That nothing is seen to come back to a macvtap's program says nothing.
    let mayComeBack = row.inInterface == 0
    guard mayComeBack || (back?.packets ?? 0) > 0 else { return (row.flow, true) }
    if let back, let first = row.firstSeen, let other = back.firstSeen {
      return (first <= other ? row.flow : back.flow, false)
    }
    let (source, destination) = (row.flow.source, row.flow.destination)
    // With equal ports, both directions must still give the same tuple.
    if source.port == destination.port { return (mayComeBack ? row.flow : row.flow.unordered, true) }
    return (source.port > destination.port ? row.flow : row.flow.reversed, true)
  }
}

extension ForwardedFlows.Joined {
  fileprivate mutating func add(_ row: ForwardedTraffic, isOriginal: Bool, passed all: Set<UInt32>) {
    passed.formUnion(all)
    // A macvtap's program sends from behind it; what it receives is not seen.
    let came = row.inInterface == 0 ? row.outInterface : row.inInterface
    let went = row.inInterface == 0 ? 0 : row.outInterface
    if isOriginal {
      traffic += Traffic(bytesOut: row.bytes, packetsOut: row.packets)
      unsent += Traffic(bytesOut: row.unsentBytes, packetsOut: row.unsentPackets)
      (inInterface, outInterface) = (came, went)
    } else {
      traffic += Traffic(bytesIn: row.bytes, packetsIn: row.packets)
      unsent += Traffic(bytesIn: row.unsentBytes, packetsIn: row.unsentPackets)
      if inInterface == 0, outInterface == 0 { (inInterface, outInterface) = (went, came) }
    }
  }
}
