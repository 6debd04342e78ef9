internal import AccessLogs
internal import Flows
internal import LinuxSystem
internal import Proxies

/// Finds the sites that this host's proxies and web servers serve.
struct LocalSites {
  private let files = ProcessFiles()
  /// How many sites are reported from one log.
  private static let nameLimit = 1000

  /// The sites of `process`, with the requests in their logs of the last `seconds`; nil if neither sites nor logs of
  /// this program can be read.
  func answer(_ process: Process, _ container: Container?, _ place: Place, seconds: Double) -> SitesAnswer? {
    guard let reader = RelayReaders.reader(for: process) else { return nil }
    guard reader.reads.contains(.sites) else {
      return reader.reads.contains(.logs) ? logged(process, container, reader, seconds) : nil
    }
    let program = RunningProgram(process, container: container, at: place, files: files)
    let found: SitesAnswer?
    do throws(RelayError) { found = try reader.read(program).sites() } catch {
      return SitesAnswer(software: reader.software, notes: ["\(error)"])
    }
    guard var answer = found else { return nil }
    let root = program.root
    // What several sites write to the standard output is one log under several names.
    let outputs = Set(answer.sites.compactMap(\.log).filter { isOutput($0, of: process) })
    if answer.sites.count(where: { $0.log.map(outputs.contains) ?? false }) > 1 { answer.sharedLogs.formUnion(outputs) }
    answer.addActivity { path, format in
      // The container's engine keeps what is written there.
      guard outputs.contains(path), let log = LocalLogs().output(of: process, container, reader.software).log else {
        return Self.read(path, in: root, format, seconds)
      }
      return Self.read(log.file, in: RootFolder("/"), format, seconds)
    }
    return answer
  }

  /// Whether a log is the program's standard output: `/dev/stdout`, or a link to it as in the images of web servers.
  private func isOutput(_ path: String, of process: Process) -> Bool {
    if LocalLogs.isOutput(path) { return true }
    return files.linkTarget(of: path, inRootOf: process.pid).map(LocalLogs.isOutput) ?? false
  }

  /// The sites that a program's logs name, where its configuration is not read.
  private func logged(
    _ process: Process, _ container: Container?, _ reader: any RelayReader, _ seconds: Double
  ) -> SitesAnswer {
    var answer = SitesAnswer(software: reader.software)
    let read = LocalLogs().logs(of: process, container, reader)
    answer.notes += read.problems
    for found in read.logs {
      // What the container's engine keeps, and what syslog does, lies outside of its root.
      let root = found.access.process.map { RootFolder(ofProcess: $0, processes: files.root) } ?? RootFolder("/")
      let path = found.access.process == nil ? found.file : found.path
      switch Self.read(path, in: root, found.format, seconds) {
      case .failure(let problem): answer.notes.append(problem.description)
      case .success(let log):
        let names = log.names
        for (name, activity) in log.activities(limit: Self.nameLimit) {
          var site = ServedSite(names: [name], configuration: "", log: found.path)
          site.activity = activity
          answer.sites.append(site)
        }
        let file = LogSeries.site(ofLog: found.path)
        guard names.sites.isEmpty, names.hasUnnamed else { continue }
        // If no line names a site, the log's file name is taken as the site's name.
        var site = ServedSite(
          names: found.sites.isEmpty ? [file] : found.sites, configuration: "", log: found.path)
        site.isUnnamed = found.sites.isEmpty && found.path.hasSuffix("/" + file)
        site.activity = log.activity(ofUnnamed: site)
        answer.sites.append(site)
      }
    }
    return answer
  }

  private static func read(
    _ path: String, in root: RootFolder, _ format: String?, _ seconds: Double
  ) -> Result<SiteLog, LogProblem> {
    let now = SystemClock.now()
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
}
