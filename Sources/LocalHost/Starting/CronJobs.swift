internal import Flows
internal import LinuxSystem

/// The jobs of the place that a cron runs in.
enum CronJobs {
  /// Which of its lines `cron` ran, by what it started.
  static func reason(_ started: StartReason.Started, of cron: Process) -> StartReason {
    let root = RootFolder(ofProcess: cron.pid)
    let found = jobs(in: root)
    let jobs = found.jobs.filter { job in
      guard let owner = job.user, let user = started.user else { return true }
      return owner == user
    }
    let command = started.processes.lazy.compactMap(\.command).first { $0.count == 3 && $0[1] == "-c" }?[2]
    guard let job = Crontab.job(of: started.names, command: command, among: jobs) else {
      let why = found.unread.map { "; \($0)" } ?? ""
      let lines = "\(jobs.count) line\(jobs.count == 1 ? "" : "s")"
      return StartReason(text: "by \(cron.name) (pid \(cron.pid)), by which of \(lines) is not known\(why)")
    }
    let place = "\(job.file):\(job.line)"
    // run-parts --report /etc/cron.hourly
    if let folder = job.partsFolder, let names = try? root.names(in: folder),
      let script = names.first(where: { name in started.names.contains { $0 == name.prefix(15) } })
    {
      return StartReason(text: "by \(cron.name), \(folder)/\(script) (\(place))", configuration: "\(folder)/\(script)")
    }
    return StartReason(text: "by \(cron.name), \(place)", configuration: place)
  }

  /// All that could be read, and why some could not.
  static func jobs(in root: RootFolder) -> (jobs: [CronJob], unread: SystemError?) {
    var jobs: [CronJob] = []
    var unread: SystemError?
    func attempt<Value>(_ body: () throws(SystemError) -> Value) -> Value? {
      do throws(SystemError) { return try body() } catch {
        // Most of these files are not there.
        if !error.errno.isAbsence { unread = unread ?? error }
        return nil
      }
    }
    func read(_ path: String, _ form: Crontab.Form) {
      guard let content = attempt({ () throws(SystemError) in try root.read(path, limit: 1 << 20) }) else { return }
      jobs += Crontab.jobs(in: String(decoding: content.bytes, as: UTF8.self), file: path, form)
    }
    read("/etc/crontab", .system)
    read("/etc/anacrontab", .anacron)
    for (folder, isSystem) in [
      ("/etc/cron.d", true), ("/var/spool/cron/crontabs", false), ("/var/spool/cron", false), ("/etc/crontabs", false),
    ] {
      let names = attempt { () throws(SystemError) in try root.names(in: folder) } ?? []
      for name in names where !name.hasPrefix(".") && name != "crontabs" {
        read("\(folder)/\(name)", isSystem ? .system : .user(name))
      }
    }
    // Alpine has /var/spool/cron/crontabs as a link to /etc/crontabs.
    let spools = Set(jobs.filter { $0.file.hasPrefix("/var/spool/cron/crontabs/") }.map(\.withoutFile))
    jobs.removeAll { $0.file.hasPrefix("/etc/crontabs/") && spools.contains($0.withoutFile) }
    return (jobs, unread)
  }
}
