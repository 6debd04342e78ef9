internal import Flows
internal import LinuxSystem

/// A program that starts others by itself: a supervisor, a runner of jobs, what keeps terminals.
struct Supervisor {
  private enum Kind {
    case supervisord
    /// `runsv poll`, `s6-supervise poll`: the folder of the service is its argument.
    case service(String)
    case other(String)
  }
  private let kind: Kind
  private let process: Process

  private static let others: [String: String] = [
    "monit": "monit", "atd": "an at job",
    "Runner.Worker": "a GitHub Actions runner", "gitlab-runner": "a GitLab runner", "gitea-runner": "a Gitea runner",
    "act_runner": "a Gitea runner", "buildkite-agent": "a Buildkite agent", "agent-worker": "an Azure Pipelines agent",
    "Agent.Worker": "an Azure Pipelines agent", "tmux: server": "a tmux session", "screen": "a screen session",
  ]
  private static let services = ["runsv": "runit", "s6-supervise": "s6"]

  /// Nil if it is none, or only calls itself so.
  init?(_ process: Process) {
    self.process = process
    if process.name == "supervisord" {
      kind = .supervisord
    } else if let name = Self.services[process.name] {
      kind = .service(name)
    } else if let name = Self.others[process.name] {
      kind = .other(name)
    } else if process.name.hasPrefix("PM2 v"), Self.isRun(process, as: ["node", "bun"]) {
      kind = .other("PM2")
      return
    } else {
      return nil
    }
    guard Self.isRun(process, as: [process.name, "tmux", "dotnet"]) else { return nil }
  }

  /// `by runit, service poll`, so that it can stand behind "runs".
  ///
  /// - Parameter child: what it started, if that lives.
  func text(startedAs child: Process?, _ files: ProcessFiles) -> String {
    switch kind {
    case .supervisord:
      // What may not be read of the child has no name.
      let program = child.flatMap { try? files.environment(of: $0.pid)["SUPERVISOR_PROCESS_NAME"] }
      return "by supervisord\(program.map { ", program \($0)" } ?? "")"
    case .service(let name):
      guard let command = process.command, command.count == 2 else { return "by \(name)" }
      return "by \(name), service \(command[1])"
    case .other(let name):
      return name.hasSuffix("session") ? "in \(name)\(process.user.map { " of \($0)" } ?? "")" : "by \(name)"
    }
  }

  /// Whether a process is one of these programs: anyone may give himself a name, but not a file's name. A script is run by its
  /// interpreter, which has it among its words.
  static func isRun(_ process: Process, as names: Set<String>) -> Bool {
    // Whose file may not be seen is believed, and so is one of another user's.
    guard let file = process.executable?.split(separator: "/").last else { return true }
    if names.contains(String(file)) { return true }
    let interpreters = ["python", "perl", "ruby", "node", "dotnet"]
    guard interpreters.contains(where: file.hasPrefix), let words = process.command?.dropFirst() else { return false }
    guard let script = words.first(where: { !$0.hasPrefix("-") }) else { return false }
    return script.split(separator: "/").last.map { names.contains(String($0)) } ?? false
  }
}
