public import Flows

/// The same questions for callers that do nothing else about what is gone than about what may not be read. Whoever tells a
/// person that something is not there asks the other ones (`networkNamespace(of:)`).
extension ProcessFiles {
  /// The process; nil if it ended, or may not be seen.
  public func read(_ pid: Int32) -> Process? {
    try? process(pid)  // nil stands for both, as said above
  }

  /// Many processes; what is common to them is read once. Those that ended, or may not be seen, are left out.
  public func read(_ pids: some Sequence<Int32>) -> [Int32: Process] { readings(pids).processes }

  public func stat(_ pid: Int32) -> ProcessStat? {
    try? stat(of: pid)  // nil stands for both
  }

  /// Clock ticks after boot at which the process started: with the pid, its identity.
  public func startTicks(_ pid: Int32) -> UInt64? { stat(pid)?.startTicks }

  /// Nil if there is no such process, or it may not be seen.
  public func isKernelThread(_ pid: Int32) -> Bool? { stat(pid)?.isKernelThread }

  /// Nil if the process ended, or may not be looked at.
  public func networkNamespace(_ pid: Int32) -> Place? {
    try? networkNamespace(of: pid)  // nil stands for both
  }

  /// Empty if the process ended, or may not be seen.
  public func cgroupPaths(_ pid: Int32) -> [CgroupPath] {
    (try? cgroupPaths(of: pid)) ?? []  // empty stands for both
  }

  /// What it takes for `/`, as a path inside its mount namespace; nil if it ended, or may not be looked at.
  public func rootDirectory(_ pid: Int32) -> String? {
    try? rootDirectory(of: pid)  // nil stands for both
  }
}
