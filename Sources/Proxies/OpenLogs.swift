internal import Flows
internal import LinuxSystem

/// Finds the access logs that a program has open, by their file names.
enum OpenLogs {
  /// The open files with the name of a log, and those that standard output and errors go to. If the name does not say
  /// that it is an access log, its lines must show that (`ServedLog.isGuessed`).
  static func all(of program: RunningProgram, software: String) throws(RelayError) -> [ServedLog] {
    var result: [ServedLog] = []
    do throws(SystemError) {
      for (number, path) in try program.files.openFiles(program.pid) {
        let name = path.split(separator: "/").last?.lowercased() ?? ""
        guard !name.hasSuffix("(deleted)"), !name.contains("error"), !result.contains(where: { $0.path == path }) else {
          continue
        }
        let isNamed = name.contains("access")
        let isLog = [".log", "_log", ".json", "ncsa", ".txt"].contains(where: name.hasSuffix)
        guard isNamed || isLog || number == 1 || number == 2 else { continue }
        var log = ServedLog(software: software, path: path, access: .process(program.pid))
        log.isGuessed = !isNamed
        result.append(log)
      }
    } catch {
      throw RelayError(error, "list the open files of \(program.process.name) (pid \(program.pid))")
    }
    return result
  }
}
