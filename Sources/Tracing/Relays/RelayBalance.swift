internal import Flows

/// What is left of each flow of a relay when those that certainly belong together have their bytes.
///
/// A flow's own counters are exact, so clients whose requests are known have nothing left, and what a connection carried
/// beside them must be the others'.
struct RelayBalance: Sendable {
  private var left: [Leg: Double] = [:]
  private var amounts: [Leg: Double] = [:]

  /// - Parameter certain: each pair once; without bytes it is taken for all that both flows moved.
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
        // What is told was counted toward the server; headers, and the records of TLS, are others toward the client.
        let known = told[leg] ?? 0
        let slack = isInbound ? known * Self.overhead + Double(exchanges[leg] ?? 0) * Self.overheadEach : 0
        left[leg] = max(0, (amounts[leg] ?? 0) - known - slack)
      }
    }
    settleTwos(certain)
  }

  /// Where each has only the other and both have the same left, that is theirs too: an exchange that began before the
  /// window, or lasts beyond it. Nobody else has a part in it then.
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

  /// Whether so much is left that it is more than what headers and rounding make of a flow that is told.
  func hasLeft(_ flow: Flow, in place: Place) -> Bool {
    let leg = Leg(flow, at: place)
    return (left[leg] ?? 0) > max(Self.leastLeft, (amounts[leg] ?? 0) * Self.overhead)
  }

  private static let leastLeft = 64.0

  /// Application bytes of a flow; nil if it was not measured.
  func amount(of flow: Flow, in place: Place) -> Double? { amounts[Leg(flow, at: place)] }
}

extension FlowTraffic {
  /// Application bytes both ways: as system calls moved them, or else the packets' bytes less their headers.
  var amount: Double {
    let payload = (payloadIn ?? 0) + (payloadOut ?? 0)
    let packets = withoutHeaders.bytes
    return Double(payload * 2 < packets ? packets : payload)
  }
}

/// Whether what a process takes on one side is what it gives on the other.
struct RelaySteps {
  /// From servers, and to clients.
  private let down: (taken: Double, given: Double)
  /// From clients, and to servers.
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

  /// By the direction that most moved in: sizes agree but for headers, encryption and what came in before the window.
  var agree: Bool {
    let (taken, given) = down.taken + down.given >= up.taken + up.given ? down : up
    return max(taken, given) > 0 && min(taken, given) * 1.5 >= max(taken, given)
  }

  /// Each direction by itself, as what is copied as it is does.
  var agreeBothWays: Bool {
    [down, up].allSatisfy { min($0.taken, $0.given) * 1.1 + 256 >= max($0.taken, $0.given) }
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
