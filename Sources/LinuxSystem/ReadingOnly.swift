internal import CLinux

/// Takes from this program what it does not need to read files of strangers.
public enum ReadingOnly {
  /// What the kernel denies from now on.
  public struct Denied: OptionSet, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// To change, make, remove or execute files (landlock(7)); not denied before Linux 5.13.
    public static let writing = Denied(rawValue: Int32(HW_NO_WRITING))
    /// To open sockets other than UNIX ones (seccomp(2)).
    public static let network = Denied(rawValue: Int32(HW_NO_NETWORK))
  }

  /// From now on this thread, and every thread that it starts, may only read, and write below `folders`. There is no way back.
  ///
  /// Call it while the program has no other thread. What a kernel cannot deny is left as it is.
  @discardableResult public static func begin(writingBelow folders: [String] = []) -> Denied {
    // A folder's name with a zero byte names nothing.
    let usable = folders.filter { !$0.utf8.contains(0) }
    let result = withCStrings(usable) { hw_confine($0, usable.count) }
    return Denied(rawValue: max(0, result))
  }
}
