internal import Flows
internal import LinuxSystem

/// Finds the programs that read what another program writes into a pipe and keep it in a file: rotatelogs of
/// `CustomLog "|rotatelogs …"`, cronolog, `nginx | tee x.log`.
struct PipedInputs {
  private let files: ProcessFiles
  private let pids: [Int32]
  /// By pipe: the processes whose standard input it is; searched once, for the first web server with a pipe.
  private var readers: [UInt64: [Int32]]?

  init(_ files: ProcessFiles, _ pids: [Int32]) {
    self.files = files
    self.pids = pids
  }

  /// The files that those processes hold open which read from process `pid`, without the file for their errors.
  mutating func files(behind pid: Int32) -> [(keeper: Process, path: String)] {
    // Other programs may share its standard input, but it does not write to it.
    let own = pipes(pid).filter { $0.number != 0 }.map(\.pipe)
    guard !own.isEmpty else { return [] }
    let readers = readers ?? found()
    self.readers = readers
    var seen: Set<String> = []
    return own.flatMap { readers[$0] ?? [] }.filter { $0 != pid }.flatMap {
      reader -> [(keeper: Process, path: String)] in
      guard let process = files.read(reader) else { return [] }
      return open(reader).filter { Self.mayBeLog($0) && seen.insert($0).inserted }.map { (process, $0) }
    }
  }

  private func found() -> [UInt64: [Int32]] {
    var readers: [UInt64: [Int32]] = [:]
    for pid in pids {
      for pipe in pipes(pid) where pipe.number == 0 { readers[pipe.pipe, default: []].append(pid) }
    }
    return readers
  }

  private func pipes(_ pid: Int32) -> [(number: Int32, pipe: UInt64)] {
    // A program that has ended, or may not be examined, keeps no readable log.
    (try? files.pipes(pid)) ?? []
  }

  private func open(_ pid: Int32) -> [String] {
    // As above.
    ((try? files.openFiles(pid)) ?? []).filter { $0.number > 0 }.map(\.path)
  }

  private static func mayBeLog(_ path: String) -> Bool {
    let name = path.split(separator: "/").last?.lowercased() ?? ""
    return !name.contains("error") && !name.hasSuffix("(deleted)") && !name.contains(".so")
      && !["/usr/", "/lib", "/proc/", "/sys/", "/bin/"].contains(where: path.hasPrefix)
  }
}
