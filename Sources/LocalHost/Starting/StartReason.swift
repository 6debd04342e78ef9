internal import Flows
internal import LinuxSystem

/// Why a process runs: which of its ancestors starts programs by itself, and where that is configured.
struct StartReason {
  /// The reason, to follow the word "runs": `by cron, /etc/cron.d/poll:3`.
  let text: String
  /// Where it is configured: `/etc/cron.d/poll:3`.
  var configuration: String?

  /// What was started, with the processes between it and its starter.
  struct Started {
    /// The kernel's names (at most 15 bytes), the process's own first.
    let names: [String]
    let user: String?
    /// The processes in between that still live.
    let processes: [Process]
  }

  private static let crons: Set<String> = ["cron", "crond", "anacron", "fcron"]

  /// What stands in the line of parents and starts programs by itself; nil if nothing does.
  ///
  /// - Parameters:
  ///   - started: what is started again and again.
  ///   - line: the ancestors that live, from the starter up.
  ///   - owner: the owner of the started process.
  static func find(_ started: Started, _ line: [Process], _ owner: Owner, _ files: ProcessFiles) -> StartReason? {
    let inside = owner.container.map { ", in container \($0.title)" } ?? ""
    for (index, process) in line.enumerated() {
      if isCron(process) {
        // The job may be the process itself, or one in between.
        let below = Started(
          names: started.names + line.prefix(index).map(\.name), user: started.user,
          processes: started.processes + line.prefix(index))
        let found = CronJobs.reason(below, of: process, isContained: owner.container != nil)
        return StartReason(text: found.text + inside, configuration: found.configuration)
      }
      if let supervisor = Supervisor(process) {
        let child = index > 0 ? line[index - 1] : started.processes.last
        return StartReason(text: supervisor.text(startedAs: child, files) + inside)
      }
      if process.name.hasPrefix("sshd"), Supervisor.isRun(process, as: ["sshd", "sshd-session"]) {
        // The nearest one is that of the session.
        return StartReason(text: "in an SSH session\(process.user.map { " of \($0)" } ?? "")")
      }
    }
    return nil
  }

  /// What holds it: a container, a systemd unit.
  ///
  /// - Parameter entrypoint: the first process of its container.
  static func holder(_ owner: Owner, entrypoint: Process?) -> StartReason? {
    if let text = container(owner, entrypoint) { return StartReason(text: text) }
    return owner.unit.map { unit($0, of: owner) }
  }

  /// Anyone may call a process cron; only root's starts what a crontab says, and only if its file is one, too.
  private static func isCron(_ process: Process) -> Bool {
    guard process.uid == 0 else { return false }
    if isBusyBoxCron(process) { return true }
    return crons.contains(process.name)
      && Supervisor.isRun(process, as: [process.name, "cron", "crond", "cronie", "busybox"])
  }

  /// For a systemd unit: `by systemd timer poll.timer (poll.service)`.
  static func unit(_ unit: String, of owner: Owner) -> StartReason {
    guard unit.hasSuffix(".service") else { return StartReason(text: "in \(unit)") }
    // A container's units are not this host's.
    if let container = owner.container {
      return StartReason(text: "by systemd unit \(unit) in container \(container.title)")
    }
    let user = owner.process?.user
    if let timer = UnitFiles.timer(of: unit, user: user) {
      return StartReason(text: "by systemd timer \(timer.name) (\(unit))", configuration: timer.file)
    }
    let found = UnitFiles.service(unit, user: user)
    let restart = found?.restart.map { ", which is restarted (Restart=\($0))" } ?? ""
    return StartReason(text: "by systemd unit \(unit)\(restart)", configuration: found?.file)
  }

  private static func isBusyBoxCron(_ process: Process) -> Bool {
    guard process.name == "busybox", let command = process.command else { return false }
    // `busybox crond`, or a link to it.
    return command.dropFirst().first == "crond" || command.first?.split(separator: "/").last == "crond"
  }

  private static func container(_ owner: Owner, _ entrypoint: Process?) -> String? {
    guard let container = owner.container else { return nil }
    let labels = container.labels ?? [:]
    let project = labels["com.docker.compose.project"].map { project in
      ", Compose project \(project)\(labels["com.docker.compose.service"].map { " service \($0)" } ?? "")"
    }
    guard let entrypoint else { return "in container \(container.title)\(project ?? "")" }
    let command = Process.Starter.shown(entrypoint.command ?? [entrypoint.name])
    return "by the entrypoint of container \(container.title): \(command)\(project ?? "")"
  }
}
