internal import Flows

/// Counts once what several hosts of one machine counted: containers that may see all of its cgroups count what runs in each other.
struct SharedMachines {
  private struct Row: Hashable {
    let namespace: UInt64
    let flow: Flow
    let role: FlowTraffic.Role
    let cookie: UInt64?
  }

  private struct Interface: Hashable {
    let namespace: UInt64
    let name: String
  }

  /// A row, by the index of its part and its own.
  private struct Position {
    var part: Int
    var row: Int
  }

  /// Two parts, by their indices.
  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  private(set) var parts: [HostPart<Interval>]
  private(set) var notes: [String] = []

  init(_ parts: [HostPart<Interval>], names: [String]) {
    self.parts = parts
    guard parts.count > 1 else { return }
    let isHome = { (position: Position) in parts[position.part].value.flows[position.row].namespaceName == "host" }
    var known: [Row: Position] = [:]
    var twins: [(one: Position, other: Position)] = []
    for (part, counted) in parts.enumerated() {
      for (index, row) in counted.value.flows.enumerated() {
        let (name, position) = (Self.name(row), Position(part: part, row: index))
        guard let first = known[name], first.part != part else {
          known[name] = position
          continue
        }
        twins.append((first, position))
        // Who is at home in the namespace names it best.
        if isHome(position), !isHome(first) { known[name] = position }
      }
    }
    let same = Set(
      twins.filter {
        Self.isSame(parts[$0.one.part].value.flows[$0.one.row], parts[$0.other.part].value.flows[$0.other.row])
      }
      .map { Pair(first: $0.one.part, second: $0.other.part) })
    guard !same.isEmpty else { return }
    var left: [Int: Set<Int>] = [:]
    for twin in twins where same.contains(Pair(first: twin.one.part, second: twin.other.part)) {
      let position = isHome(twin.other) && !isHome(twin.one) ? twin.one : twin.other
      left[position.part, default: []].insert(position.row)
    }
    for (part, rows) in left {
      var interval = parts[part].value
      interval.flows = interval.flows.enumerated().filter { !rows.contains($0.offset) }.map(\.element)
      self.parts[part] = HostPart(number: parts[part].number, value: interval)
    }
    for pair in same.sorted(by: { ($0.first, $0.second) < ($1.first, $1.second) }) {
      let here = Set(parts[pair.first].value.ledger.map(Self.name))
      var interval = self.parts[pair.second].value
      interval.ledger.removeAll { here.contains(Self.name($0)) }
      self.parts[pair.second] = HostPart(number: parts[pair.second].number, value: interval)
      let (first, second) = (names[parts[pair.first].number], names[parts[pair.second].number])
      notes.append("\(first) and \(second) are on one machine and see each other's traffic: it is counted once")
    }
  }

  private static func name(_ row: FlowTraffic) -> Row {
    Row(namespace: row.namespace.namespace, flow: row.flow, role: row.role, cookie: row.cookie)
  }

  private static func name(_ entry: LedgerEntry) -> Interface {
    Interface(namespace: entry.namespace.namespace, name: entry.interface)
  }

  /// Whether two rows are of one socket of one machine: the kernel numbers sockets from the boot on, and the process began at one
  /// moment. Times of boot are whole seconds.
  private static func isSame(_ one: FlowTraffic, _ other: FlowTraffic) -> Bool {
    guard one.cookie != nil, let process = one.owner.process, let twin = other.owner.process, process.name == twin.name,
      let began = process.startTime, let alsoBegan = twin.startTime
    else { return false }
    return abs(began - alsoBegan) < 1.5
  }
}
