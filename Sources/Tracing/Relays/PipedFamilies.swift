internal import Flows

/// Servers that start a program for each client and pass data on through pipes (`ncat --exec`, `socat … EXEC:`, inetd):
/// one process accepts, and another one that it started connects.
struct PipedFamilies {
  private var heads: [ProcessID: Process] = [:]
  private var members: [ProcessID: [Int32]] = [:]
  private var proven: Set<Kin> = []

  /// What one server starts for its clients, one for each.
  private struct Kin: Hashable {
    let host: Int
    let name: String
    let parent: Int32?

    init(host: Int, name: String, parent: Int32?) {
      self.host = host
      self.name = name
      self.parent = parent
    }

    init(_ head: Process, _ host: Int) {
      self.init(host: host, name: head.name, parent: head.parents?.first?.pid)
    }
  }

  init(_ rows: RowIndex) {
    struct Sides {
      var process: Process
      var rows: [FlowTraffic] = []
      var accepts = false
      var makes = false
    }
    var known: [ProcessID: Sides] = [:]
    for (process, place) in rows.processes {
      var sides = Sides(process: process)
      sides.rows = rows.sockets(of: process.pid, onHostOf: place)
      for row in sides.rows {
        if row.role == .responder { sides.accepts = true }
        if row.role == .initiator { sides.makes = true }
      }
      known[ProcessID(host: place.host, pid: process.pid)] = sides
    }
    var kin: [Kin: (inbound: [FlowTraffic], outbound: [FlowTraffic])] = [:]
    for (id, sides) in known where sides.makes && !sides.accepts {
      let ancestors = (sides.process.parents ?? []).lazy.compactMap { known[ProcessID(host: id.host, pid: $0.pid)] }
      guard let head = ancestors.first(where: \.accepts), !head.makes else { continue }
      let kind = Kin(head.process, id.host)
      if !members.keys.contains(ProcessID(host: id.host, pid: head.process.pid)) {
        kin[kind, default: ([], [])].inbound += head.rows.filter { $0.role == .responder }
      }
      kin[kind, default: ([], [])].outbound += sides.rows
      heads[id] = head.process
      members[ProcessID(host: id.host, pid: head.process.pid), default: []].append(id.pid)
    }
    for (kind, rows) in kin {
      let steps = RelaySteps(inbound: rows.inbound, outbound: rows.outbound)
      if rows.inbound.count >= Self.manyKin, steps.agree, steps.agreeBothWays { proven.insert(kind) }
    }
  }

  /// Whether `process` was started by one of a proven kind whose own connection was not seen: whom it relays for is not known.
  func isOrphan(_ process: Process, onHostOf place: Place) -> Bool {
    let parents = process.parents ?? []
    guard !proven.isEmpty, head(of: process, onHostOf: place) == nil else { return false }
    return parents.indices.contains { index in
      let parent = index + 1 < parents.count ? parents[index + 1].pid : nil
      return proven.contains(Kin(host: place.host, name: parents[index].name, parent: parent))
    }
  }

  /// One connection with what it may have under way at the window's ends proves less than several.
  private static let manyKin = 4

  /// Whether all programs of this kind together, each with those that it started, move on one side what they move on the other:
  /// then so does each, though a window may cut its connections anywhere.
  func isProven(_ head: Process, onHostOf place: Place) -> Bool { proven.contains(Kin(head, place.host)) }

  /// The accepting process for which `process` may have been started; nil if there is none.
  func head(of process: Process, onHostOf place: Place) -> Process? {
    heads[ProcessID(host: place.host, pid: process.pid)]
  }

  /// The connecting processes that `head` started.
  func members(of head: Process, onHostOf place: Place) -> [Int32] {
    (members[ProcessID(host: place.host, pid: head.pid)] ?? []).sorted()
  }
}
