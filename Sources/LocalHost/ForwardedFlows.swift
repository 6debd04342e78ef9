internal import Flows
internal import Meter
internal import Questions

/// Joins the two directions of forwarded flows, which a translation gives different tuples, by their
/// connection-tracking entry.
struct ForwardedFlows {
  struct Joined {
    var namespace: Place
    /// From the initiator, before translation.
    var original: Flow
    /// As the responder sees it; equal to `original` without translation.
    var translated: Flow
    /// "Out" is from the initiator.
    var traffic = Traffic()
    /// Where the initiator's packets come in and go out.
    var inInterface: UInt32 = 0
    var outInterface: UInt32 = 0
  }

  /// More flows than this are joined by their bare tuples: each look-up costs some microseconds.
  private static let lookUps = 8192

  static func join(
    _ rows: [ForwardedTraffic], isPort: (Place, UInt32) -> Bool,
    lookUp: (Flow, Place) -> Translation?
  ) -> [Joined] {
    // A bridge and its port both show what leaves through them: the bridge's row is the flow.
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
      // What leaves in one direction is the other direction's tuple before translation, reversed.
      let entry = index < lookUps ? lookUp(row.flow, row.namespace) : nil
      let isOriginal: Bool
      let key: Leg
      if let entry {
        isOriginal = row.flow == entry.translated
        key = Leg(entry.original, at: row.namespace)
        joined[key, default: Joined(namespace: row.namespace, original: entry.original, translated: entry.translated)]
          .add(row, isOriginal: isOriginal)
      } else {
        let initiatorFirst = row.flow.source.port >= row.flow.destination.port ? row.flow : row.flow.reversed
        isOriginal = row.flow == initiatorFirst
        key = Leg(initiatorFirst, at: row.namespace)
        joined[key, default: Joined(namespace: row.namespace, original: initiatorFirst, translated: initiatorFirst)]
          .add(row, isOriginal: isOriginal)
      }
    }
    return Array(joined.values)
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
