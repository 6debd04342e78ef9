/// What `headwater collect --script` does with each process of one kind of program, in POSIX sh.
///
/// The shell has `$pid`, `$folder` (where to write), `$top` (a folder for what does not last) and the script's own functions,
/// all of which read with the rights of the process: `words` (those it was started with, one a line), `absolute PID PATH`,
/// `copy FOLDER PID PATH KIND`, `reach PID read|list|socket PATH`, and `have PROGRAM`.
public struct CollectingStep: Hashable, Sendable {
  /// Patterns of `case` that the name of the process's executable is held against: `haproxy*`.
  public var patterns: [String]
  /// Whether a child that runs the same program is a worker, which has its master's files and fewer rights.
  public var workersShareFiles: Bool
  public var shell: String

  public init(_ patterns: [String], workersShareFiles: Bool = false, _ shell: String) {
    self.patterns = patterns
    self.workersShareFiles = workersShareFiles
    self.shell = shell
  }
}
