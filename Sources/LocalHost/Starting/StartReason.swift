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
  private static let supervisors: [String: String] = [
    "supervisord": "supervisord", "runsv": "runit", "s6-supervise": "s6", "monit": "monit", "atd": "an at job",
    "Runner.Worker": "a GitHub Actions runner", "gitlab-runner": "a GitLab runner", "gitea-runner": "a Gitea runner",
    "act_runner": "a Gitea runner", "buildkite-agent": "a Buildkite agent", "agent-worker": "an Azure Pipelines agent",
    "Agent.Worker": "an Azure Pipelines agent",
  ]

  /// - Parameters:
  ///   - started: what is started again and again.
  ///   - line: the ancestors that live, from the starter up.
  ///   - owner: the owner of the started process.
  ///   - entrypoint: the first process of its container.
  static func find(_ started: Started, _ line: [Process], _ owner: Owner, entrypoint: Process?) -> StartReason? {
    let inside = owner.container.map { ", in container \($0.title)" } ?? ""
    for (index, process) in line.enumerated() {
      // Any process may be called cron, but only root's runs what a crontab says.
      if process.uid == 0, crons.contains(process.name) || isBusyBoxCron(process) {
        // The job may be the process itself, or one in between.
        let below = Started(
          names: started.names + line.prefix(index).map(\.name), user: started.user,
          processes: started.processes + line.prefix(index))
        let found = CronJobs.reason(below, of: process, isContained: owner.container != nil)
        return StartReason(text: found.text + inside, configuration: found.configuration)
      }
      if let word = supervisors[process.name] { return StartReason(text: "by \(word)\(inside)") }
      if process.name.hasPrefix("PM2") { return StartReason(text: "by PM2\(inside)") }
      if process.name == "sshd" || process.name.hasPrefix("sshd-session") {
        // The nearest one is that of the session.
        return StartReason(text: "in an SSH session\(process.user.map { " of \($0)" } ?? "")")
      }
    }
    if let text = container(owner, entrypoint) { return StartReason(text: text) }
    if let unit = owner.unit { return self.unit(unit, of: owner) }
    return nil
  }

  /// For a systemd unit: `by systemd timer poll.timer (poll.service)`.
  static func unit(_ unit: String, of owner: Owner) -> StartReason {
    guard unit.hasSuffix(".service") else { return StartReason(text: "in \(unit)") }
    // A container's units are not this host's.
    guard owner.container == nil, let timer = UnitFiles.timer(of: unit, user: owner.process?.user) else {
      return StartReason(text: "by systemd unit \(unit)\(owner.container.map { " in container \($0.title)" } ?? "")")
    }
    return StartReason(text: "by systemd timer \(timer.name) (\(unit))", configuration: timer.file)
  }

  private static func isBusyBoxCron(_ process: Process) -> Bool {
    guard process.name == "busybox", let command = process.command else { return false }
    return command.contains("crond")
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
