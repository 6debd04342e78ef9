internal import CLinux

/// The kernel's clocks.
public enum MonotonicClock {
  /// CLOCK_MONOTONIC in seconds, for measuring intervals.
  public static var seconds: Double { Double(hw_monotonic_ns()) / 1e9 }
  /// CLOCK_BOOTTIME in nanoseconds. It also runs while the machine sleeps; processes' start times use it.
  public static var sinceBoot: UInt64 { hw_boottime_ns() }
  /// CLOCK_REALTIME in seconds since the epoch.
  public static var wall: Double { Double(hw_realtime_ns()) / 1e9 }
  /// CLOCK_THREAD_CPUTIME_ID in seconds: the calling thread's CPU time, without the time it waited for a busy machine.
  public static var ownWork: Double { Double(hw_thread_cpu_ns()) / 1e9 }
}

/// Waiting for descriptors.
public enum Readiness {
  /// Whether `descriptor` became readable within `seconds`.
  public static func wait(readable descriptor: Int32, seconds: Double) -> Bool {
    hw_wait_readable(descriptor, Int32(clamping: Int((seconds * 1000).rounded(.up)))) > 0
  }

  /// Which of `descriptors` became readable within `seconds`, or failed; none if a signal arrived first.
  public static func wait(readable descriptors: [Int32], seconds: Double) -> [Bool] {
    var ready = [UInt8](repeating: 0, count: descriptors.count)
    let milliseconds = Int32(clamping: Int((max(seconds, 0) * 1000).rounded(.up)))
    _ = hw_wait_each(descriptors, &ready, descriptors.count, milliseconds)
    return ready.map { $0 != 0 }
  }
}

/// Identifies the file that a path leads to.
public struct FileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64

  public init(of path: String) throws(SystemError) {
    var device: UInt64 = 0
    var inode: UInt64 = 0
    try checked("read \(path)", hw_file_identity(path, &device, &inode))
    self.device = device
    self.inode = inode
  }
}
