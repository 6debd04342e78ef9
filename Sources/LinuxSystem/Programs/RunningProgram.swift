public import Flows

/// A running program that a reader examines, with the location of its files and sockets.
///
/// What it reports about itself is only its own claim, and its owner controls the files in its root.
public struct RunningProgram: Sendable {
  public var process: Process
  /// The container that it runs in; nil if it runs in none.
  public var container: Container?
  /// The place of its sockets.
  public var place: Place
  /// The `/proc` that it is read from.
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

  /// Its root folder, with its rights. Keep it for one reading only.
  public var root: RootFolder { RootFolder(ofProcess: process.pid, processes: files.root) }
}
