internal import CLinux
public import Flows

/// Processes as /proc shows them. Whether something is gone or may not be read is in the error (`ProcessError`); the questions
/// of `ProcessFiles+Known` give nil for both.
public struct ProcessFiles: Sendable {
  /// `/proc`, or a recorded or made-up tree of the same shape.
  public let root: String
  let accounts: AccountNames
  /// Epoch seconds of the boot (`btime` in /proc/stat); read once, so that a process keeps its start time.
  let bootTime: Double?
  /// Why no process has a start time: /proc/stat could not be read; nil if all is well.
  public let startTimesFailure: SystemError?
  let ticksPerSecond: Double
  /// A command line is cut after this many bytes.
  static let commandLimit = 64 << 10
  /// Longest chain of parents that is followed.
  static let parentLimit = 64

  /// `accounts` are the users of the host; in a container's user namespace the numbers mean others.
  public init(root: String = "/proc", accounts: AccountNames = AccountNames(file: "/etc/passwd")) {
    self.root = root
    self.accounts = accounts
    do throws(SystemError) {
      bootTime = Self.bootTime(in: try SmallFile.read("\(root)/stat", limit: 1 << 20))
      startTimesFailure = nil
    } catch {
      bootTime = nil
      startTimesFailure = error
    }
    ticksPerSecond = Double(max(1, hw_clock_ticks()))
  }

  /// Everything that is there to see, ascending.
  public func allPIDs() throws(SystemError) -> [Int32] {
    try Directory.numbers(root).filter { $0 > 0 }.sorted()
  }

  /// The process, and what of it could not be read.
  public func reading(_ pid: Int32) throws(ProcessError) -> ProcessReading {
    var seen: [Int32: ProcessStat] = [:]
    return try reading(pid, seen: &seen)
  }

  /// The process as far as it can be read.
  public func process(_ pid: Int32) throws(ProcessError) -> Process { try reading(pid).process }

  /// Many processes; what is common to them, such as the parents, is read once. Those that ended are left out.
  public func readings(_ pids: some Sequence<Int32>) -> (processes: [Int32: Process], unread: [ProcessError]) {
    var seen: [Int32: ProcessStat] = [:]
    var processes: [Int32: Process] = [:]
    var unread: [ProcessError] = []
    for pid in pids {
      do throws(ProcessError) {
        let reading = try reading(pid, seen: &seen)
        processes[pid] = reading.process
        unread += reading.unread
      } catch {
        if error.code != .gone { unread.append(error) }
      }
    }
    return (processes, unread)
  }

  public func stat(of pid: Int32) throws(ProcessError) -> ProcessStat {
    guard let stat = ProcessStat(parsing: try content("stat", "state", of: pid)) else {
      throw ProcessError("state", of: pid)
    }
    return stat
  }

  /// Ptrace access to the process is needed (ptrace(2)). Shell counterpart: `readlink /proc/PID/ns/net`.
  public func networkNamespace(of pid: Int32) throws(ProcessError) -> Place {
    let subject = "network namespace"
    guard let inode = Decimal.bracketed(try link("ns/net", subject, of: pid), kind: "net") else {
      throw ProcessError(subject, of: pid)
    }
    return Place(namespace: inode)
  }

  /// The inodes of the sockets it has open; empty if it ended.
  ///
  /// - Throws: if it may not be looked at (ptrace access is needed), or can't be.
  public func socketInodes(_ pid: Int32) throws(SystemError) -> Set<UInt64> {
    var inodes: Set<UInt64> = []
    do {
      try Directory.forEachLink("\(root)/\(pid)/fd") { _, target in
        if let inode = Decimal.bracketed(target, kind: "socket") { inodes.insert(inode) }
      }
    } catch  where error.errno.isAbsence {}
    return inodes
  }

  /// Where the process is in every cgroup hierarchy; none on a kernel without cgroups.
  public func cgroupPaths(of pid: Int32) throws(ProcessError) -> [CgroupPath] {
    CgroupPath.parse(try content("cgroup", "cgroups", of: pid, limit: 64 << 10))
  }

  /// At most `limit` bytes of the file `name` in the process's folder.
  func content(
    _ name: String, _ subject: String, of pid: Int32, limit: Int = 4096
  ) throws(ProcessError) -> [UInt8] {
    do throws(SystemError) { return try SmallFile.read("\(root)/\(pid)/\(name)", limit: limit) } catch {
      throw ProcessError(subject, of: pid, cause: error)
    }
  }

  /// Where the link `name` in the process's folder leads.
  func link(_ name: String, _ subject: String, of pid: Int32) throws(ProcessError) -> [UInt8] {
    do throws(SystemError) { return try SmallFile.linkTarget("\(root)/\(pid)/\(name)") } catch {
      throw ProcessError(subject, of: pid, cause: error)
    }
  }

  private func reading(_ pid: Int32, seen: inout [Int32: ProcessStat]) throws(ProcessError) -> ProcessReading {
    let stat = if let known = seen[pid] { known } else { try self.stat(of: pid) }
    seen[pid] = stat
    var reading = ProcessReading(process: Process(pid: pid, name: stat.name))
    reading.process.startTime = bootTime.map { $0 + Double(stat.startTicks) / ticksPerSecond }
    if !stat.isKernelThread {
      reading.process.executable = reading.part { () throws(ProcessError) in
        Self.executable(in: try link("exe", "executable", of: pid))
      }
      let command = reading.part { () throws(ProcessError) in
        Self.arguments(in: try content("cmdline", "command line", of: pid, limit: Self.commandLimit))
      }
      reading.process.command = command.flatMap { $0.isEmpty ? nil : $0 }
    }
    let status = reading.part { () throws(ProcessError) in try content("status", "user", of: pid) }
    reading.process.uid = status.flatMap(Self.effectiveUser)
    reading.process.user = reading.process.uid.flatMap { accounts[$0] }
    reading.process.parents = parents(of: stat, &reading, seen: &seen)
    return reading
  }

  private func parents(
    of stat: ProcessStat, _ reading: inout ProcessReading, seen: inout [Int32: ProcessStat]
  ) -> [Process.Ancestor] {
    var chain: [Process.Ancestor] = []
    var next = stat.parent
    // Pids are reused while we read: a chain may then lead back to where it was.
    while next > 0, next != reading.process.pid, chain.count < Self.parentLimit,
      !chain.contains(where: { $0.pid == next })
    {
      let pid = next
      guard let parent = seen[pid] ?? reading.part({ () throws(ProcessError) in try self.stat(of: pid) }) else { break }
      seen[pid] = parent
      chain.append(.init(pid: pid, name: parent.name))
      next = parent.parent
    }
    return chain
  }
}
