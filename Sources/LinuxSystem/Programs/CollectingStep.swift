/// What `headwater collect --script` does with each process of one kind of program, in POSIX sh.
///
/// The shell has `$pid`, `$folder` (where to write) and the script's own functions: `copy FOLDER PID PATH [raw]`,
/// `absolute PID PATH`, `words PID`, `have PROGRAM`.
public struct CollectingStep: Hashable, Sendable {
  /// Patterns of `case` that the kernel's name of the process is held against: `haproxy*`.
  public var patterns: [String]
  public var shell: String

  public init(_ patterns: [String], _ shell: String) {
    self.patterns = patterns
    self.shell = shell
  }
}
