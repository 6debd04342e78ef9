/// What `headwater collect --script` does with each process of one kind of program, in POSIX sh.
///
/// The shell has `$pid`, `$folder` (the folder to write to), `$top` (a folder for temporary files) and the script's own
/// functions, which all read with the rights of the process: `words` (its command line, one word per line),
/// `absolute PID PATH`, `copy FOLDER PID PATH KIND`, `reach PID read|list|socket PATH`, and `have PROGRAM`.
public struct CollectingStep: Hashable, Sendable {
  /// Patterns of `case` for the name of the process's executable: `haproxy*`.
  public var patterns: [String]
  /// Whether a child that runs the same program is a worker, with its master's files and fewer rights.
  public var workersShareFiles: Bool
  public var shell: String

  public init(_ patterns: [String], workersShareFiles: Bool = false, _ shell: String) {
    self.patterns = patterns
    self.workersShareFiles = workersShareFiles
    self.shell = shell
  }
}
