internal import CLinux

/// Standard input, output and error.
///
/// Those that this process was started without (`>&-`) lead to /dev/null from before `main` on, so that no file and no
/// descriptor of a library gets their number. Writing to such a standard output fails: nobody can read the answer.
public enum StandardStreams {
  /// Whether this process was started with `descriptor` (0, 1 or 2) open.
  public static func wasOpen(_ descriptor: Int32) -> Bool { hw_was_open(descriptor) }
}
