internal import Flows
internal import LinuxSystem
internal import Netlink

extension LocalDoors {
  /// How many connections of one program are followed to their other ends.
  private static let limit = 4096

  /// Reads the UNIX sockets of process `pid`, which were made in the namespace that `sockets` is in.
  ///
  /// - Parameter holders: the processes that hold a socket with this inode.
  /// - Throws: if the process's descriptors may not be read, or the kernel does not tell of UNIX sockets.
  init(
    of pid: Int32, _ files: ProcessFiles, _ sockets: NetworkNamespaceSockets, holders: (UInt32) -> [Int32]
  ) throws {
    self.init()
    let own = try files.socketInodes(pid)
    guard !own.isEmpty else { return }
    var records: [UInt32: UnixSocketRecord] = [:]
    // ss -xap
    try SocketDiagnosis(sockets).dumpUnix { if $0.isStream { records[$0.inode] = $0 } }
    var (callers, called, listens): (Set<Partner>, Set<Partner>, Set<String>) = ([], [], [])
    var followed = 0
    for inode in own {
      guard let record = records[UInt32(truncatingIfNeeded: inode)] else { continue }
      if record.state == .listen {
        if let name = record.name { listens.insert(name) }
        continue
      }
      guard record.state == .established, let peer = record.peer, followed < Self.limit else { continue }
      // An accepted socket has its listener's name; two with a name each were bound both, and two without are a pair's.
      let other = records[peer]?.name
      guard let path = record.name ?? other, (record.name == nil) != (other == nil) else { continue }
      followed += 1
      for holder in holders(peer) where holder != pid {
        let partner = Partner(pid: holder, path: path)
        if record.name != nil { callers.insert(partner) } else { called.insert(partner) }
      }
    }
    func ordered(_ partners: Set<Partner>) -> [Partner] { partners.sorted { ($0.pid, $0.path) < ($1.pid, $1.path) } }
    (self.listens, self.callers, self.called) = (listens.sorted(), ordered(callers), ordered(called))
  }
}
