internal import CLinux
public import Flows

/// Reads processes from /proc. The error (`ProcessError`) says whether something is gone or may not be read; the
/// questions in `ProcessFiles+Known` return nil for both.
public struct ProcessFiles: Sendable {
  /// `/proc`, or a recorded or artificial folder of the same form.
  public let root: String
  let accounts: AccountNames
  /// The time of boot in seconds since the epoch (`btime` in /proc/stat). It is read once, so that a process's start
  /// time does not change.
  let bootTime: Double?
  /// Why no process has a start time: /proc/stat could not be read. Nil if it could.
  public let startTimesFailure: SystemError?
  /// Why processes may live that /proc does not show; nil if it shows all of its pid namespace.
  public let hidden: HiddenProcesses?
  let ticksPerSecond: Double
  /// What this program's time namespace adds to start times.
  private let offsetTicks: Int64
  /// How many bytes of a command line are read.
  static let commandLimit = 64 << 10
  /// How many ancestors are followed.
  static let parentLimit = 64

  /// - Parameter accounts: the host's users; in a container's user namespace the numbers mean other users.
  public init(root: String = "/proc", accounts: AccountNames = .ofThisHost()) {
    self.root = root
    self.accounts = accounts
    ticksPerSecond = Double(max(1, hw_clock_ticks()))
    hidden = root == "/proc" ? Self.hiddenHere : HiddenProcesses(in: root, capabilities: .effective())
    // The namespace's own clock is in what /proc shows; the kernel's records have the clock of the machine.
    let offset = root == "/proc" ? Double(hw_boottime_offset_ns()) / 1e9 : 0
    offsetTicks = Int64((offset * ticksPerSecond).rounded())
    do throws(SystemError) {
      bootTime = Self.bootTime(in: try SmallFile.read("\(root)/stat", limit: 1 << 20)).map { $0 + offset }
      startTimesFailure = nil
    } catch {
      bootTime = nil
      startTimesFailure = error
    }
  }

  // Mounting /proc anew while this program runs is not noticed.
  private static let hiddenHere = HiddenProcesses(in: "/proc", capabilities: .effective())

  /// Whether all processes of the machine are shown: this program is in the first pid namespace, and nothing is hidden.
  public var showsWholeMachine: Bool {
    // What can't be seen is not claimed.
    guard hidden == nil, let target = try? SmallFile.linkTarget("\(root)/self/ns/pid") else { return false }
    return Decimal.bracketed(target, kind: "pid") == Self.firstNamespace
  }

  /// All visible pids in ascending order. `hidden` says why there may be more.
  public func allPIDs() throws(SystemError) -> [Int32] {
    try Directory.numbers(root).filter { $0 > 0 }.sorted()
  }

  /// The process, with what could not be read of it.
  public func reading(_ pid: Int32) throws(ProcessError) -> ProcessReading {
    var seen: [Int32: ProcessStat] = [:]
    return try reading(pid, seen: &seen)
  }

  /// The process, as far as it can be read.
  public func process(_ pid: Int32) throws(ProcessError) -> Process { try reading(pid).process }

  /// Several processes; what they have in common, such as ancestors, is read once. Those that have ended are left out.
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
    guard var stat = ProcessStat(parsing: try content("stat", "state", of: pid)) else {
      throw ProcessError("state", of: pid)
    }
    stat.startTicks = UInt64(clamping: Int64(clamping: stat.startTicks) - offsetTicks)
    return stat
  }

  /// Whether the number is that of a thread other than its process's first.
  public func isThread(_ pid: Int32) throws(ProcessError) -> Bool {
    let status = String(decoding: try content("status", "status", of: pid), as: UTF8.self)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Tgid:") }) else { return false }
    return line.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0) } != pid
  }

  /// The process's network namespace. Needs ptrace access to the process (ptrace(2)). Shell counterpart:
  /// `readlink /proc/PID/ns/net`.
  public func networkNamespace(of pid: Int32) throws(ProcessError) -> Place {
    let subject = "network namespace"
    guard let inode = Decimal.bracketed(try link("ns/net", subject, of: pid), kind: "net") else {
      throw ProcessError(subject, of: pid)
    }
    return Place(namespace: inode)
  }

  /// The inodes of the sockets that it has open; empty if it has ended.
  ///
  /// - Throws: if it may not be examined (ptrace access is needed), or can't be.
  public func socketInodes(_ pid: Int32) throws(SystemError) -> Set<UInt64> {
    var inodes: Set<UInt64> = []
    do {
      try Directory.forEachLink("\(root)/\(pid)/fd") { _, target in
        if let inode = Decimal.bracketed(target, kind: "socket") { inodes.insert(inode) }
      }
    } catch  where error.errno.isAbsence {
      if isHidden(pid) { throw SystemError("list \(root)/\(pid)/fd", .accessDenied) }
    }
    return inodes
  }

  /// The process's path in every cgroup hierarchy; empty on a kernel without cgroups.
  public func cgroupPaths(of pid: Int32) throws(ProcessError) -> [CgroupPath] {
    CgroupPath.parse(try content("cgroup", "cgroups", of: pid, limit: 64 << 10))
  }

  /// The first bytes of the file `name` in the process's folder, at most `limit`.
  func content(
    _ name: String, _ subject: String, of pid: Int32, limit: Int = 4096
  ) throws(ProcessError) -> [UInt8] {
    do throws(SystemError) { return try SmallFile.read("\(root)/\(pid)/\(name)", limit: limit) } catch {
      throw self.error(name, subject, of: pid, error)
    }
  }

  /// The target of the link at `path` in the root folder of process `pid`; nil if it is no link, or may not be seen.
  public func linkTarget(of path: String, inRootOf pid: Int32) -> String? {
    // A file that may not be seen says so when it is read.
    (try? SmallFile.linkTarget("\(root)/\(pid)/root\(path)")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The target of the link `name` in the process's folder.
  func link(_ name: String, _ subject: String, of pid: Int32) throws(ProcessError) -> [UInt8] {
    do throws(SystemError) { return try SmallFile.linkTarget("\(root)/\(pid)/\(name)") } catch {
      throw self.error(name, subject, of: pid, error)
    }
  }

  private func error(_ name: String, _ subject: String, of pid: Int32, _ cause: SystemError) -> ProcessError {
    // The folders of descriptors and the environment are their user's alone.
    let isPrivate = name == "environ" || name.hasPrefix("fd")
    return ProcessError(
      subject, of: pid, cause: cause,
      needing: isPrivate ? Self.rightsToDescriptors : .CAP_SYS_PTRACE,
      hiddenBy: cause.errno.isAbsence && isHidden(pid) ? hidden : nil)
  }

  /// The capabilities with which the descriptors of other users' processes are read.
  public static let rightsToDescriptors: Capabilities = [.CAP_DAC_READ_SEARCH, .CAP_SYS_PTRACE]

  /// Whether the process lives, and /proc does not show it.
  func isHidden(_ pid: Int32) -> Bool {
    guard hidden != nil else { return false }
    do throws(SystemError) { _ = try FileIdentity(of: "\(root)/\(pid)") } catch {
      // In a folder that is not the kernel's nobody knows what lives.
      return error.errno.isAbsence && (root != "/proc" || hw_process_exists(pid))
    }
    return false
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
    // Whose it is cannot be said of one that has no number here.
    reading.process.uid = status.flatMap(Self.effectiveUser).flatMap { $0 == accounts.unmapped ? nil : $0 }
    reading.process.user = reading.process.uid.flatMap { accounts[$0] }
    reading.process.parents = parents(of: stat, &reading, seen: &seen)
    return reading
  }

  private func parents(
    of stat: ProcessStat, _ reading: inout ProcessReading, seen: inout [Int32: ProcessStat]
  ) -> [Process.Ancestor] {
    var chain: [Process.Ancestor] = []
    var next = stat.parent
    // The kernel reuses pids while they are read, so a chain may lead back to its start.
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
