public import Flows

/// The intervals of one minute, summed flow by flow and interface by interface.
public struct MinuteSum: Sendable {
  private struct FlowKey: Hashable {
    let flow: Flow
    let place: Place
    let cookie: UInt64?
    let role: FlowTraffic.Role
    let pid: Int32?
    let interface: String?
    let outInterface: String?
  }

  private struct InterfaceKey: Hashable {
    let place: Place
    let name: String
  }

  private var first: Interval?
  private var flows: [FlowKey: FlowTraffic] = [:]
  private var ledger: [InterfaceKey: LedgerEntry] = [:]
  private var notes: [String] = []
  /// For how long the minute was measured so far.
  public private(set) var seconds = 0.0

  public init() {}

  public var isEmpty: Bool { first == nil }

  public mutating func add(_ interval: Interval) {
    if first == nil { first = interval }
    seconds += interval.seconds.isFinite ? max(0, interval.seconds) : 0
    for row in interval.flows {
      let key = FlowKey(
        flow: row.flow, place: row.namespace, cookie: row.cookie, role: row.role, pid: row.owner.process?.pid,
        interface: row.interface, outInterface: row.outInterface)
      guard var known = flows[key] else {
        flows[key] = row
        continue
      }
      known.traffic += row.traffic
      known.translated = known.translated ?? row.translated
      known.below = row.below ?? known.below
      known.closed = known.closed || row.closed
      // The owner that was known last has the most facts.
      if row.owner.process != nil || known.owner.process == nil { known.owner = row.owner }
      flows[key] = known
    }
    for entry in interval.ledger {
      let key = InterfaceKey(place: entry.namespace, name: entry.interface)
      guard var known = ledger[key] else {
        ledger[key] = entry
        continue
      }
      known.total += entry.total
      known.sockets += entry.sockets
      known.forwarded += entry.forwarded
      known.children += entry.children
      known.nonIP += entry.nonIP
      known.unknown += entry.unknown
      if let headers = entry.headers { known.headers = (known.headers ?? Traffic()) + headers }
      if let kernel = entry.kernel { known.kernel = (known.kernel ?? Traffic()) + kernel }
      known.reasons = entry.reasons.isEmpty ? known.reasons : entry.reasons
      ledger[key] = known
    }
    for note in interval.notes where notes.count < 50 && !notes.contains(note) { notes.append(note) }
  }

  /// The minute as one interval; nil if nothing was measured.
  public var interval: Interval? {
    guard var interval = first else { return nil }
    interval.seconds = seconds
    interval.flows = Array(flows.values)
    interval.ledger = ledger.values.sorted { ($0.namespace, $0.interface) < ($1.namespace, $1.interface) }
    interval.notes = notes
    return interval
  }
}
