internal import CLinux

/// The number of files that this process may have open.
public enum OpenFiles {
  /// Raises the soft limit to the hard one, because every network namespace that is asked needs some descriptors; a hard one
  /// under 4096 as well, if this process may.
  public static func raiseLimit() { _ = hw_raise_open_files() }
}
