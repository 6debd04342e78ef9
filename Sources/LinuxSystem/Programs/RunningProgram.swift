public import Flows

/// A running program that a reader looks at: who it is, and where its files and sockets are.
///
/// What it says of itself is its own claim, and what lies in its root its owner's.
public struct RunningProgram: Sendable {
  public var process: Process
  /// What it runs in, if that is a container.
  public var container: Container?
  /// Where its sockets are.
  public var place: Place
  /// The processes it is one of.
  public var files: ProcessFiles

  public init(
    _ process: Process, container: Container? = nil, at place: Place, files: ProcessFiles = ProcessFiles()
  ) {
    self.process = process
    self.container = container
    self.place = place
    self.files = files
  }

  public var pid: Int32 { process.pid }

  /// What it takes for `/`, with its rights. Keep it for one reading only.
  public var root: RootFolder { RootFolder(ofProcess: process.pid, processes: files.root) }
}
