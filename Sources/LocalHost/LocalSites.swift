internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Proxies

/// Reads the sites that this host's proxies serve.
struct LocalSites {
  private let files = ProcessFiles()

  /// The sites of `process`, with the requests in their logs of the last `seconds`; nil if it is no proxy whose sites
  /// can be read.
  func answer(_ process: Process, _ place: Place, seconds: Double) -> SitesAnswer? {
    guard let reader = RelayReaders.reader(for: process), reader.reads.contains(.sites) else { return nil }
    let program = RunningProgram(process, at: place, files: files)
    let found: SitesAnswer?
    do throws(RelayError) { found = try reader.read(program).sites() } catch {
      return SitesAnswer(software: reader.software, notes: ["\(error)"])
    }
    guard var answer = found else { return nil }
    let root = program.root
    let now = SystemClock.now()
    answer.addActivity { path, format in
      do throws(SystemError) {
        var length = SiteLog.firstLength
        while true {
          let end = try root.end(of: path, limit: length)
          let log = SiteLog(end.bytes, isCut: end.isCut, format: format, seconds: seconds, now: now)
          if log.isWhole || length >= SiteLog.longestLength { return .success(log) }
          length *= 4
        }
      } catch {
        return .failure(LogProblem(description: "\(error)"))
      }
    }
    return answer
  }
}
