internal import Flows

/// Programs that only accept and programs that only connect, as they may be one relay together, with a UNIX socket between
/// the two: nginx before `socat UNIX-LISTEN:…,fork TCP:…`.
///
/// It compares sums only. Whether there is such a socket, the programs' host has to say.
struct DoorFamilies {
  /// The processes of one program: a process and those of its kin that its starter, of the same name, started too.
  struct Family {
    var members: [ProcessID] = []
    var rows: [FlowTraffic] = []
    /// The starter that all have in common; nil for a process on its own.
    var parent: ProcessID?
  }

  /// By a number for each family.
  private(set) var accepting: [Family] = []
  private(set) var connecting: [Family] = []
  private var acceptingOf: [ProcessID: Int] = [:]
  private var connectingOf: [ProcessID: Int] = [:]
  /// The hosts on which a process accepts TCP connections.
  private var hosts: Set<Int> = []

  private struct Kin: Hashable {
    let host: Int
    let name: String
    let parent: Int32
  }

  /// - Parameter isPiped: whether a process is known to be one relay with what it started, or with what started it.
  init(_ rows: RowIndex, isPiped: (Process, Place) -> Bool) {
    var byKin: (accepting: [Kin: Int], connecting: [Kin: Int]) = ([:], [:])
    // In the order of their numbers, so that equal rows give equal answers.
    for (process, place) in rows.processes.sorted(by: { $0.process.pid < $1.process.pid }) where process.outside != true
    {
      let all = rows.sockets(of: process, onHostOf: place).filter { $0.flow.transport == .tcp }
      let roles = Set(all.map(\.role))
      if roles.contains(.responder) { hosts.insert(place.host) }
      guard roles == [.responder] || roles == [.initiator], !isPiped(process, place) else { continue }
      let id = process.id(onHostOf: place)
      let parent = process.parents?.first.flatMap { $0.name == process.name && $0.pid > 1 ? $0.pid : nil }
      let kin = parent.map { Kin(host: id.host, name: process.name, parent: $0) }
      if roles == [.responder] {
        let number = Self.add(id, all, kin, &accepting, &byKin.accepting)
        acceptingOf[id] = number
      } else {
        let number = Self.add(id, all, kin, &connecting, &byKin.connecting)
        connectingOf[id] = number
      }
    }
  }

  private static func add(
    _ id: ProcessID, _ rows: [FlowTraffic], _ kin: Kin?, _ families: inout [Family], _ known: inout [Kin: Int]
  ) -> Int {
    if let kin, let number = known[kin] {
      families[number].members.append(id)
      families[number].rows += rows
      return number
    }
    families.append(
      Family(members: [id], rows: rows, parent: kin.map { ProcessID(host: id.host, pid: $0.parent) }))
    if let kin { known[kin] = families.count - 1 }
    return families.count - 1
  }

  /// The number of the family of a process that only accepts; nil for any other.
  func accepting(_ id: ProcessID) -> Int? { acceptingOf[id] }

  /// The number of the family of a process that only connects; nil for any other.
  func connecting(_ id: ProcessID) -> Int? { connectingOf[id] }

  /// Whether anything on the host of the family with this number accepts connections.
  func mayHaveHead(_ number: Int) -> Bool {
    connecting[number].members.first.map { hosts.contains($0.host) } ?? false
  }

  /// The families that accept what the family with this number makes, in each direction by itself.
  func heads(of number: Int) -> [Int] {
    let made = Set(connecting[number].rows.map(\.flow))
    return accepting.indices.filter { head in
      guard accepting[head].members.first?.host == connecting[number].members.first?.host,
        // The server at the other end has moved the same.
        !accepting[head].rows.contains(where: { made.contains($0.flow.reversed) })
      else { return false }
      let steps = RelaySteps(inbound: accepting[head].rows, outbound: connecting[number].rows)
      return steps.agree && steps.agreeBothWays
    }
  }

  /// The families that may pass on what the family with this number accepts.
  func tails(of number: Int) -> [Int] {
    connecting.indices.filter { tail in
      accepting[number].members.first?.host == connecting[tail].members.first?.host
        && RelaySteps(inbound: accepting[number].rows, outbound: connecting[tail].rows).agree
    }
  }
}
