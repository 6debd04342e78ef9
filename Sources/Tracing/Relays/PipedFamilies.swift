internal import Flows

/// Servers that start a program for each client and pass data on through pipes (`ncat --exec`, `socat … EXEC:`, inetd):
/// one process accepts, and another one that it started connects.
struct PipedFamilies {
  private var heads: [ProcessID: Process] = [:]
  private var members: [ProcessID: [Int32]] = [:]

  init(_ rows: RowIndex) {
    struct Sides {
      var process: Process
      var accepts = false
      var makes = false
    }
    var known: [ProcessID: Sides] = [:]
    for (process, place) in rows.processes {
      var sides = Sides(process: process)
      for row in rows.sockets(of: process.pid, onHostOf: place) {
        if row.role == .responder { sides.accepts = true }
        if row.role == .initiator { sides.makes = true }
      }
      known[ProcessID(host: place.host, pid: process.pid)] = sides
    }
    for (id, sides) in known where sides.makes && !sides.accepts {
      let ancestors = (sides.process.parents ?? []).lazy.compactMap { known[ProcessID(host: id.host, pid: $0.pid)] }
      guard let head = ancestors.first(where: \.accepts), !head.makes else { continue }
      heads[id] = head.process
      members[ProcessID(host: id.host, pid: head.process.pid), default: []].append(id.pid)
    }
  }

  /// The accepting process for which `process` may have been started; nil if there is none.
  func head(of process: Process, onHostOf place: Place) -> Process? {
    heads[ProcessID(host: place.host, pid: process.pid)]
  }

  /// The connecting processes that `head` started.
  func members(of head: Process, onHostOf place: Place) -> [Int32] {
    (members[ProcessID(host: place.host, pid: head.pid)] ?? []).sorted()
  }
}
