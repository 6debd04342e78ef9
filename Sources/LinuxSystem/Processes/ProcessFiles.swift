internal import CLinux
public import Flows

/// Processes as /proc shows them. A process that ends while it is read gives nil, or what was read until then.
public struct ProcessFiles: Sendable {
  /// `/proc`, or a recorded or made-up tree of the same shape.
  public let root: String
  let accounts: AccountNames
  /// Epoch seconds of the boot (`btime` in /proc/stat); read once, so that a process keeps its start time.
  let bootTime: Double?
  let ticksPerSecond: Double
  /// A command line is cut after this many bytes.
  static let commandLimit = 64 << 10
  /// Longest chain of parents that is followed.
  static let parentLimit = 64

  /// `accounts` are the users of the host; in a container's user namespace the numbers mean others.
  public init(root: String = "/proc", accounts: AccountNames = AccountNames(file: "/etc/passwd")) {
    self.root = root
    self.accounts = accounts
    bootTime = Self.bootTime(in: (try? SmallFile.read("\(root)/stat", limit: 1 << 20)) ?? [])
    ticksPerSecond = Double(max(1, hw_clock_ticks()))
  }

  /// Everything that is there to see, ascending.
  public func allPIDs() throws(SystemError) -> [Int32] {
    try Directory.numbers(root).filter { $0 > 0 }.sorted()
  }

  /// The process, or nil if there is none (any more).
  public func read(_ pid: Int32) -> Process? {
    var seen: [Int32: ProcessStat] = [:]
    return read(pid, seen: &seen)
  }

  /// Many processes; what is common to them, such as the parents, is read once. Those that ended are left out.
  public func read(_ pids: some Sequence<Int32>) -> [Int32: Process] {
    var seen: [Int32: ProcessStat] = [:]
    var processes: [Int32: Process] = [:]
    for pid in pids { processes[pid] = read(pid, seen: &seen) }
    return processes
  }

  public func stat(_ pid: Int32) -> ProcessStat? {
    guard let line = try? SmallFile.read("\(root)/\(pid)/stat") else { return nil }
    return ProcessStat(parsing: line)
  }

  /// Clock ticks after boot at which the process started: with the pid, its identity.
  public func startTicks(_ pid: Int32) -> UInt64? { stat(pid)?.startTicks }

  /// Nil if there is no such process.
  public func isKernelThread(_ pid: Int32) -> Bool? { stat(pid)?.isKernelThread }

  /// Nil if the process ended, or may not be looked at (ptrace access is needed, see ptrace(2)).
  public func networkNamespace(_ pid: Int32) -> Place? {
    guard let target = try? SmallFile.linkTarget("\(root)/\(pid)/ns/net") else { return nil }
    return Decimal.bracketed(target, kind: "net").map { Place(namespace: $0) }
  }

  /// The inodes of the sockets it has open; empty if it ended.
  ///
  /// - Throws: if it may not be looked at (ptrace access is needed).
  public func socketInodes(_ pid: Int32) throws(SystemError) -> Set<UInt64> {
    var inodes: Set<UInt64> = []
    do {
      try Directory.forEachLink("\(root)/\(pid)/fd") { _, target in
        if let inode = Decimal.bracketed(target, kind: "socket") { inodes.insert(inode) }
      }
    } catch  where !error.errno.isDenial {}
    return inodes
  }

  /// Where the process is in every cgroup hierarchy; empty if it ended.
  public func cgroupPaths(_ pid: Int32) -> [CgroupPath] {
    CgroupPath.parse((try? SmallFile.read("\(root)/\(pid)/cgroup", limit: 64 << 10)) ?? [])
  }

  private func read(_ pid: Int32, seen: inout [Int32: ProcessStat]) -> Process? {
    guard let stat = seen[pid] ?? self.stat(pid) else { return nil }
    seen[pid] = stat
    var process = Process(pid: pid, name: stat.name)
    process.startTime = bootTime.map { $0 + Double(stat.startTicks) / ticksPerSecond }
    if !stat.isKernelThread {
      process.executable = (try? SmallFile.linkTarget("\(root)/\(pid)/exe")).map(Self.executable)
      let command = (try? SmallFile.read("\(root)/\(pid)/cmdline", limit: Self.commandLimit)).map(Self.arguments)
      process.command = command.flatMap { $0.isEmpty ? nil : $0 }
    }
    process.uid = (try? SmallFile.read("\(root)/\(pid)/status")).flatMap(Self.effectiveUser)
    process.user = process.uid.flatMap { accounts[$0] }
    process.parents = parents(of: stat, pid: pid, seen: &seen)
    return process
  }

  private func parents(
    of stat: ProcessStat, pid: Int32, seen: inout [Int32: ProcessStat]
  ) -> [Process.Ancestor] {
    var chain: [Process.Ancestor] = []
    var next = stat.parent
    // Pids are reused while we read: a chain may then lead back to where it was.
    while next > 0, next != pid, chain.count < Self.parentLimit, !chain.contains(where: { $0.pid == next }) {
      guard let parent = seen[next] ?? self.stat(next) else { break }
      seen[next] = parent
      chain.append(.init(pid: next, name: parent.name))
      next = parent.parent
    }
    return chain
  }
}
