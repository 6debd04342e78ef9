internal import Flows

/// The bytes of each flow of a relay that remain after the certain pairs have taken theirs.
///
/// A flow's own counters are exact. Clients whose requests are all paired have nothing left, and the remaining bytes of
/// a connection must belong to the other clients.
struct RelayBalance: Sendable {
  private var left: [Leg: Double] = [:]
  private var amounts: [Leg: Double] = [:]

  /// - Parameter certain: the pairs, each once; a pair without bytes takes all bytes of both flows.
  init(inbound: [FlowTraffic], outbound: [FlowTraffic], certain: [RelayLink]) {
    var told: [Leg: Double] = [:]
    var exchanges: [Leg: Int] = [:]
    var whole: Set<Leg> = []
    for link in certain {
      for leg in [Leg(link.inbound, at: link.namespace), Leg(link.outbound, at: link.namespace)] {
        guard let bytes = link.bytes else {
          whole.insert(leg)
          continue
        }
        told[leg, default: 0] += Double(bytes)
        exchanges[leg, default: 0] += link.exchanges ?? 1
      }
    }
    for (rows, isInbound) in [(inbound, true), (outbound, false)] {
      for row in rows {
        let leg = Leg(isInbound ? row.flow.reversed : row.flow, at: row.namespace)
        let amount = row.amount
        amounts[leg, default: 0] += amount
        guard !whole.contains(leg) else {
          left[leg] = 0
          continue
        }
        // Known bytes were counted toward the server; toward the client, headers and TLS records differ.
        let known = told[leg] ?? 0
        let slack = isInbound ? known * Self.overhead + Double(exchanges[leg] ?? 0) * Self.overheadEach : 0
        left[leg] = max(0, (amounts[leg] ?? 0) - known - slack)
      }
    }
    settleTwos(certain)
  }

  /// Pairs two flows that have only each other as candidates and the same bytes left: their exchange began before the
  /// window or ends after it. No other flow has a part in it.
  private mutating func settleTwos(_ certain: [RelayLink]) {
    var partners: [Leg: Set<Leg>] = [:]
    for link in certain {
      let (one, other) = (Leg(link.inbound, at: link.namespace), Leg(link.outbound, at: link.namespace))
      partners[one, default: []].insert(other)
      partners[other, default: []].insert(one)
    }
    for link in certain {
      let (one, other) = (Leg(link.inbound, at: link.namespace), Leg(link.outbound, at: link.namespace))
      guard partners[one]?.count == 1, partners[other]?.count == 1, let here = left[one], let there = left[other],
        min(here, there) * 1.15 >= max(here, there)
      else { continue }
      (left[one], left[other]) = (0, 0)
    }
  }

  private static let overhead = 0.05
  private static let overheadEach = 300.0

  /// Application bytes of a flow, from initiator to responder, that belong to no certain pair.
  func left(of flow: Flow, in place: Place) -> Double { left[Leg(flow, at: place)] ?? 0 }

  /// Whether more bytes are left than headers and rounding can explain.
  func hasLeft(_ flow: Flow, in place: Place) -> Bool {
    let leg = Leg(flow, at: place)
    return (left[leg] ?? 0) > max(Self.leastLeft, (amounts[leg] ?? 0) * Self.overhead)
  }

  private static let leastLeft = 64.0

  /// Application bytes of a flow; nil if it was not measured.
  func amount(of flow: Flow, in place: Place) -> Double? { amounts[Leg(flow, at: place)] }
}

extension FlowTraffic {
  /// Application bytes both ways: as system calls reported them, or else the packets' bytes without headers.
  var amount: Double {
    let payload = (payloadIn ?? 0) + (payloadOut ?? 0)
    let packets = withoutHeaders.bytes
    return Double(payload * 2 < packets ? packets : payload)
  }
}

/// Whether the bytes that a process receives on one side equal those that it sends on the other.
struct RelaySteps {
  /// Bytes received from servers, and bytes sent to clients.
  private let down: (taken: Double, given: Double)
  /// Bytes received from clients, and bytes sent to servers.
  private let up: (taken: Double, given: Double)

  init(inbound: [FlowTraffic], outbound: [FlowTraffic]) {
    func sums(_ rows: [FlowTraffic]) -> (into: Double, out: Double) {
      rows.reduce((0, 0)) { sums, row in
        let payload = row.payload
        return (sums.0 + payload.into, sums.1 + payload.out)
      }
    }
    let (clients, servers) = (sums(inbound), sums(outbound))
    down = (servers.into, clients.out)
    up = (clients.into, servers.out)
  }

  /// Whether the direction with more bytes agrees, apart from headers, encryption and bytes received before the window.
  var agree: Bool {
    let (taken, given) = down.taken + down.given >= up.taken + up.given ? down : up
    return max(taken, given) > 0 && min(taken, given) * 1.5 >= max(taken, given)
  }

  /// Whether each direction agrees by itself, as if the data were copied unchanged.
  var agreeBothWays: Bool {
    let most = max(down.taken, down.given, up.taken, up.given)
    return [down, up].allSatisfy { direction in
      let (less, more) = (min(direction.taken, direction.given), max(direction.taken, direction.given))
      return less * 1.1 + 256 >= more || (more * 4 <= most && more - less <= most * 0.05)
    }
  }
}

extension FlowTraffic {
  fileprivate var payload: (into: Double, out: Double) {
    let bare = withoutHeaders
    let told = (payloadIn ?? 0) + (payloadOut ?? 0)
    guard told * 2 >= bare.bytes else { return (Double(bare.bytesIn), Double(bare.bytesOut)) }
    return (Double(payloadIn ?? 0), Double(payloadOut ?? 0))
  }
}
