internal import CLinux

/// How many files this process may have open.
public enum OpenFiles {
  /// Raises the soft limit to the hard one: every network namespace that is asked takes some descriptors.
  public static func raiseLimit() { _ = hw_raise_open_files() }
}
