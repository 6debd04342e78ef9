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
    /// The interfaces by which the initiator's packets come in and go out.
    var inInterface: UInt32 = 0
    var outInterface: UInt32 = 0
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
    for row in rows {
      let key = Leg(row.flow, at: row.namespace)
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
      let isOriginal: Bool
      let key: Leg
      if let entry {
        isOriginal = row.flow == entry.translated
        key = Leg(entry.original, at: row.namespace)
        joined[key, default: Joined(namespace: row.namespace, original: entry.original, translated: entry.translated)]
          .add(row, isOriginal: isOriginal)
      } else {
        let (initiatorFirst, isInferred) = Self.initiator(of: row, distinct[Leg(row.flow.reversed, at: row.namespace)])
        isOriginal = row.flow == initiatorFirst
        key = Leg(initiatorFirst, at: row.namespace)
        joined[
          key,
          default: Joined(
            namespace: row.namespace, original: initiatorFirst, translated: initiatorFirst, isInferred: isInferred)
        ].add(row, isOriginal: isOriginal)
      }
    }
    return Array(joined.values)
  }

  /// The flow from its initiator, as far as the packets show: the end that sends although nothing comes back, or that
  /// was seen first, or that has the higher port.
  private static func initiator(of row: ForwardedTraffic, _ back: ForwardedTraffic?) -> (Flow, isInferred: Bool) {
    guard let back, back.packets > 0 else { return (row.flow, true) }
    if let first = row.firstSeen, let other = back.firstSeen {
      return (first <= other ? row.flow : back.flow, false)
    }
    let (source, destination) = (row.flow.source, row.flow.destination)
    // With equal ports, both directions must still give the same tuple.
    if source.port == destination.port { return (row.flow.unordered, true) }
    return (source.port > destination.port ? row.flow : back.flow, true)
  }
}

extension ForwardedFlows.Joined {
  fileprivate mutating func add(_ row: ForwardedTraffic, isOriginal: Bool) {
    if isOriginal {
      traffic += Traffic(bytesOut: row.bytes, packetsOut: row.packets)
      (inInterface, outInterface) = (row.inInterface, row.outInterface)
    } else {
      traffic += Traffic(bytesIn: row.bytes, packetsIn: row.packets)
      if inInterface == 0 { (inInterface, outInterface) = (row.outInterface, row.inInterface) }
    }
  }
}
