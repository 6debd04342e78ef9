internal import Flows
internal import LinuxSystem

/// The cron jobs that apply where a cron daemon runs.
enum CronJobs {
  /// The line that `cron` ran, found by what it started.
  ///
  /// - Parameter isContained: whether it is in a container, whose accounts are not this host's.
  static func reason(_ started: StartReason.Started, of cron: Process, isContained: Bool) -> StartReason {
    let root = RootFolder(ofProcess: cron.pid)
    let found = jobs(in: root)
    // What cron itself started, if it is alive: the shell that runs the line as the line's user. A job may change
    // users.
    let isWhole = started.processes.count == started.names.count - 1
    let direct = isWhole ? started.processes.last : nil
    let user = started.names.count == 1 ? started.user : direct?.user
    let jobs = found.jobs.filter { job in
      guard let owner = job.user, let user, !isContained else { return true }
      return owner == user
    }
    let shell = direct?.command.flatMap { words -> String? in
      guard words.count == 3, words[1] == "-c", let name = words[0].split(separator: "/").last,
        ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(name)
      else { return nil }
      return words[2]
    }
    let job = Crontab.job(of: started.names, command: shell, among: jobs, areAll: found.unread == nil)
    guard let job else {
      let why = found.unread.map { "; \($0)" } ?? ""
      let lines = "\(jobs.count) line\(jobs.count == 1 ? "" : "s")"
      return StartReason(text: "by \(cron.name) (pid \(cron.pid)), by which of \(lines) is not known\(why)")
    }
    let place = "\(job.file):\(job.line)"
    // run-parts --report /etc/cron.hourly. If the folder can't be listed, the crontab's line is used.
    if let folder = job.partsFolder, let names = try? root.names(in: folder),
      let script = names.first(where: { name in started.names.contains { $0 == name.prefix(15) } })
    {
      return StartReason(text: "by \(cron.name), \(folder)/\(script) (\(place))", configuration: "\(folder)/\(script)")
    }
    return StartReason(text: "by \(cron.name), \(place)", configuration: place)
  }

  /// All jobs that could be read, and why some could not.
  static func jobs(in root: RootFolder) -> (jobs: [CronJob], unread: SystemError?) {
    var jobs: [CronJob] = []
    var unread: SystemError?
    func attempt<Value>(_ body: () throws(SystemError) -> Value) -> Value? {
      do throws(SystemError) { return try body() } catch {
        // Most of these files do not exist, and among the users' crontabs at(1) has its folders.
        if !error.errno.isAbsence, error.errno != .isFolder { unread = unread ?? error }
        return nil
      }
    }
    func read(_ path: String, _ form: Crontab.Form) {
      guard let content = attempt({ () throws(SystemError) in try root.read(path, limit: 1 << 20) }) else { return }
      jobs += Crontab.jobs(in: String(decoding: content.bytes, as: UTF8.self), file: path, form)
    }
    let isDebian = attempt { () throws(SystemError) in try root.read("/etc/debian_version", limit: 64) } != nil
    read("/etc/crontab", .system)
    read("/etc/anacrontab", .anacron)
    for (folder, isSystem) in [
      ("/etc/cron.d", true), ("/var/spool/cron/crontabs", false), ("/var/spool/cron", false), ("/etc/crontabs", false),
    ] {
      let names = attempt { () throws(SystemError) in try root.names(in: folder) } ?? []
      for name in names where name != "crontabs" && !(isSystem && Crontab.isIgnored(name, onDebian: isDebian)) {
        read("\(folder)/\(name)", isSystem ? .system : .user(name))
      }
    }
    // On Alpine /var/spool/cron/crontabs is a link to /etc/crontabs.
    let spools = Set(jobs.filter { $0.file.hasPrefix("/var/spool/cron/crontabs/") }.map(\.withoutFile))
    jobs.removeAll { $0.file.hasPrefix("/etc/crontabs/") && spools.contains($0.withoutFile) }
    return (jobs, unread)
  }
}
