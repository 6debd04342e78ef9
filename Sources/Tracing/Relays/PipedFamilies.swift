internal import Flows

/// Servers that start a program for each client and pass data on through pipes (`ncat --exec`, `socat … EXEC:`, inetd):
/// one process accepts, and another one that it started connects.
struct PipedFamilies {
  private var heads: [ProcessID: Process] = [:]
  private var members: [ProcessID: [ProcessID]] = [:]
  /// What each head started, by name.
  private var children: [ProcessID: Set<String>] = [:]
  private var proven: Set<Kin> = []

  /// What one server starts for its clients, one for each.
  private struct Kin: Hashable {
    let host: Int
    let name: String
    let parent: Int32
    /// The name of what the head starts: a person may start anything in a session.
    let child: String

    init(host: Int, name: String, parent: Int32, child: String) {
      self.host = host
      self.name = name
      self.parent = parent
      self.child = child
    }

    /// Nil for a head whose own starter is not known.
    init?(_ head: Process, _ host: Int, child: String) {
      guard let parent = head.parents?.first?.pid else { return nil }
      self.init(host: host, name: head.name, parent: parent, child: child)
    }
  }

  init(_ rows: RowIndex) {
    struct Sides {
      let id: ProcessID
      let process: Process
      var rows: [FlowTraffic] = []
      var accepts = false
      var makes = false
    }
    var known: [ProcessID: Sides] = [:]
    for (process, place) in rows.processes {
      var sides = Sides(id: process.id(onHostOf: place), process: process)
      sides.rows = rows.sockets(of: process, onHostOf: place)
      for row in sides.rows {
        if row.role == .responder { sides.accepts = true }
        if row.role == .initiator { sides.makes = true }
      }
      known[sides.id] = sides
    }
    var kin: [Kin: (inbound: [FlowTraffic], outbound: [FlowTraffic])] = [:]
    var counted: [Kin: Set<Int32>] = [:]
    for (id, sides) in known where sides.makes && !sides.accepts {
      let ancestors = (sides.process.parents ?? []).lazy.compactMap { known[ProcessID(host: id.host, pid: $0.pid)] }
      guard let head = ancestors.first(where: \.accepts), !head.makes else { continue }
      if let kind = Kin(head.process, id.host, child: sides.process.name) {
        if counted[kind, default: []].insert(head.process.pid).inserted {
          kin[kind, default: ([], [])].inbound += head.rows.filter { $0.role == .responder }
        }
        kin[kind, default: ([], [])].outbound += sides.rows
      }
      heads[id] = head.process
      children[head.id, default: []].insert(sides.process.name)
      members[head.id, default: []].append(id)
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
      guard index + 1 < parents.count else { return false }
      return proven.contains(
        Kin(host: place.host, name: parents[index].name, parent: parents[index + 1].pid, child: process.name))
    }
  }

  /// One connection with what it may have under way at the window's ends proves less than several.
  private static let manyKin = 4

  /// Whether all programs of this kind together, each with those that it started, move on one side what they move on the other:
  /// then so does each, though a window may cut its connections anywhere.
  func isProven(_ head: Process, onHostOf place: Place) -> Bool {
    let names = children[head.id(onHostOf: place)] ?? []
    return !names.isEmpty
      && names.allSatisfy { name in Kin(head, place.host, child: name).map(proven.contains) ?? false }
  }

  /// The accepting process for which `process` may have been started; nil if there is none.
  func head(of process: Process, onHostOf place: Place) -> Process? {
    heads[process.id(onHostOf: place)]
  }

  /// The connecting processes that `head` started.
  func members(of head: Process, onHostOf place: Place) -> [ProcessID] {
    (members[head.id(onHostOf: place)] ?? []).sorted { $0.pid < $1.pid }
  }
}
