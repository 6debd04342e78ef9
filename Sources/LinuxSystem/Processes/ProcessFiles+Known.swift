public import Flows

/// The same questions for callers that treat "gone" and "not permitted" alike. A caller that tells a person that
/// something does not exist must use the other ones (such as `networkNamespace(of:)`).
extension ProcessFiles {
  /// The process; nil if it has ended or may not be seen.
  public func read(_ pid: Int32) -> Process? {
    try? process(pid)  // nil stands for both, as said above
  }

  /// Several processes; what they have in common is read once. Those that have ended or may not be seen are left out.
  public func read(_ pids: some Sequence<Int32>) -> [Int32: Process] { readings(pids).processes }

  public func stat(_ pid: Int32) -> ProcessStat? {
    try? stat(of: pid)  // nil stands for both
  }

  /// The process's start in clock ticks after boot, which identifies it together with its pid.
  public func startTicks(_ pid: Int32) -> UInt64? { stat(pid)?.startTicks }

  /// Whether it is a kernel thread; nil if it does not exist or may not be seen.
  public func isKernelThread(_ pid: Int32) -> Bool? { stat(pid)?.isKernelThread }

  /// The process's network namespace; nil if it has ended or may not be examined.
  public func networkNamespace(_ pid: Int32) -> Place? {
    try? networkNamespace(of: pid)  // nil stands for both
  }

  /// The process's cgroups; empty if it has ended or may not be seen.
  public func cgroupPaths(_ pid: Int32) -> [CgroupPath] {
    (try? cgroupPaths(of: pid)) ?? []  // empty stands for both
  }

  /// The process's root as a path inside its mount namespace; nil if it has ended or may not be examined.
  public func rootDirectory(_ pid: Int32) -> String? {
    try? rootDirectory(of: pid)  // nil stands for both
  }
}
