internal import Flows
internal import LinuxSystem
internal import Netlink
internal import Questions

/// Reads the counters of the TCP connections of some processes again and again.
///
/// It finds the processes' sockets once. Each snapshot is then one dump for each namespace in which they have sockets.
/// Sockets that are seen for the first time are looked up together, in the descriptors of these processes only.
struct CounterCache {
  private struct Known {
    var role: SocketCounters.Role
    var pid: Int32
  }

  private let pids: Set<Int32>
  private var holders: [UInt64: Int32] = [:]
  private var namespaces: Set<Place> = []
  private var listened: [Place: Set<UInt16>] = [:]
  private var known: [UInt64: Known] = [:]
  /// By cookie: how often a socket was looked for among the processes' descriptors and not found. Once is not enough,
  /// because a socket that is just being accepted is in no table of descriptors yet.
  private var foreign: [UInt64: Int] = [:]
  private static let looks = 3
  private var notes: [String] = []
  /// What could not be seen while looking for the processes' namespaces.
  private var openNotes: [String] = []
  private var isOpen = false

  init(_ pids: Set<Int32>) { self.pids = pids }

  mutating func snapshot(_ all: LocalNamespaces) -> CounterSnapshot {
    if !isOpen { open(all) }
    let began = MonotonicClock.seconds
    var records: [(Place, SocketRecord)] = []
    var failures: [String] = []
    records.reserveCapacity(known.count + foreign.count)
    for id in namespaces {
      // ss -tniH state connected
      do {
        try SocketDiagnosis(all.sockets(of: id)).dump(
          .tcp, filter: SocketFilter(states: Self.states), withStatistics: true
        ) { records.append((id, $0)) }
      } catch { failures.append("\(error)") }
    }
    let ended = MonotonicClock.seconds
    let strange = records.contains { _, record in
      record.inode != 0 && known[record.cookie] == nil && foreign[record.cookie, default: 0] < Self.looks
    }
    if strange { identify(records, all) }
    var seen: Set<UInt64> = []
    let sockets = records.compactMap { id, record -> SocketCounters? in
      // A table that changes while it is read may contain a socket twice.
      guard let found = known[record.cookie], seen.insert(record.cookie).inserted else { return nil }
      return SocketCounters(record, in: id, role: found.role, pid: found.pid)
    }
    if known.count > 2 * seen.count + 1024 { known = known.filter { seen.contains($0.key) } }
    return CounterSnapshot(began: began, ended: ended, sockets: sockets, notes: notes + openNotes + failures)
  }

  /// States of connections that carry or carried payload; a handshake has none.
  private static let states = SocketStates.connected.subtracting([
    SocketStates(.synSent), SocketStates(.synReceived),
  ])

  /// Finds the namespaces in which the processes have sockets, which is usually the one they run in.
  private mutating func open(_ all: LocalNamespaces) {
    isOpen = true
    readHolders()
    for (id, sockets) in all.all {
      var isTheirs = false
      do throws(NetlinkError) {
        try SocketDiagnosis(sockets).dump(.tcp) { record in
          if record.inode != 0, holders[UInt64(record.inode)] != nil { isTheirs = true }
        }
      } catch { openNotes.append("\(error)") }
      if isTheirs { namespaces.insert(id) }
    }
    let files = ProcessFiles()
    for pid in pids.sorted() {
      do throws(ProcessError) { namespaces.insert(try files.networkNamespace(of: pid)) } catch {
        if error.code != .gone { openNotes.append("\(error)") }
      }
    }
    readListeners(all)
  }

  private mutating func readHolders() {
    holders = [:]
    notes = []
    let files = ProcessFiles()
    for pid in pids.sorted() {
      do throws(SystemError) {
        for inode in try files.socketInodes(pid) { holders[inode] = holders[inode] == nil ? pid : 0 }
      } catch { notes.append("the sockets of process \(pid) could not be read: \(error)") }
    }
  }

  /// Reads the ports on which the processes listen; all listening ports if none is theirs, as after a reload.
  private mutating func readListeners(_ all: LocalNamespaces) {
    for id in namespaces {
      var own: Set<UInt16> = []
      var others: Set<UInt16> = []
      do {
        try SocketDiagnosis(all.sockets(of: id)).dump(.tcp, filter: SocketFilter(states: .listening)) { record in
          if holders[UInt64(record.inode)] != nil { own.insert(record.local.port) }
          others.insert(record.local.port)
        }
        listened[id] = own.isEmpty ? others : own
      } catch {
        // The side of a socket is not known then.
        listened[id] = nil
        notes.append("\(error)")
      }
    }
  }

  private mutating func identify(_ records: [(Place, SocketRecord)], _ all: LocalNamespaces) {
    readHolders()
    readListeners(all)
    if foreign.count > 1 << 20 { foreign.removeAll() }
    for (id, record) in records where record.inode != 0 && known[record.cookie] == nil {
      guard let pid = holders[UInt64(record.inode)] else {
        foreign[record.cookie, default: 0] += 1
        continue
      }
      guard let listened = listened[id] else { continue }
      let isInbound =
        listened.contains(record.local.port)
        // A connection that a transparent proxy accepted has the server's port, on which no process listens here.
        || record.local.port < ListenerIndex.firstEphemeral && record.remote.port >= ListenerIndex.firstEphemeral
      known[record.cookie] = Known(role: isInbound ? .inbound : .outbound, pid: pid)
    }
  }
}
