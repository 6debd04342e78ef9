internal import Flows
internal import LinuxSystem

/// Finds the programs that read what another program writes into a pipe and keep it in a file: rotatelogs of
/// `CustomLog "|rotatelogs …"`, cronolog, `nginx | tee x.log`.
struct PipedInputs {
  private let files: ProcessFiles
  private let pids: [Int32]
  /// By pipe: the processes whose standard input it is; searched once, for the first web server with a pipe.
  private var readers: [UInt64: [Int32]]?
  /// How many processes may not be looked at, whose files may be the ones that are searched.
  private var refused = 0

  init(_ files: ProcessFiles, _ pids: [Int32]) {
    self.files = files
    self.pids = pids
  }

  /// The files that those processes hold open which read from process `pid`, without the file for their errors; and why some
  /// may be missing.
  mutating func files(behind pid: Int32) -> (files: [(keeper: Process, path: String)], problem: String?) {
    // Its own standard input is what others may share, not what it writes.
    let own = pipes(pid).filter { $0.number != 0 }.map(\.pipe)
    guard !own.isEmpty else { return ([], nil) }
    let readers = readers ?? found()
    self.readers = readers
    var seen: Set<String> = []
    var result: [(keeper: Process, path: String)] = []
    for reader in own.flatMap({ readers[$0] ?? [] }) where reader != pid {
      guard let process = files.read(reader) else { continue }
      result += open(reader).filter { Self.mayBeLog($0) && seen.insert($0).inserted }.map { (process, $0) }
    }
    let problem =
      result.isEmpty && refused > 0
      ? "it writes into a pipe, and \(refused) processes that may read it may not be looked at" : nil
    return (result, problem)
  }

  private mutating func found() -> [UInt64: [Int32]] {
    var readers: [UInt64: [Int32]] = [:]
    for pid in pids {
      for pipe in pipes(pid) where pipe.number == 0 { readers[pipe.pipe, default: []].append(pid) }
    }
    return readers
  }

  private mutating func pipes(_ pid: Int32) -> [(number: Int32, pipe: UInt64)] {
    do throws(SystemError) { return try files.pipes(pid) } catch {
      note(error)
      return []
    }
  }

  private mutating func open(_ pid: Int32) -> [String] {
    do throws(SystemError) { return try files.openFiles(pid).filter { $0.number > 0 }.map(\.path) } catch {
      note(error)
      return []
    }
  }

  /// One that has ended keeps no log any more; one that may not be looked at may.
  private mutating func note(_ error: SystemError) {
    if !error.errno.isAbsence { refused += 1 }
  }

  private static func mayBeLog(_ path: String) -> Bool {
    let name = path.split(separator: "/").last?.lowercased() ?? ""
    return !name.contains("error") && !name.hasSuffix("(deleted)") && !name.contains(".so")
      && !["/usr/", "/lib", "/proc/", "/sys/", "/bin/"].contains(where: path.hasPrefix)
  }
}
