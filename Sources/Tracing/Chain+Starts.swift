internal import Documents
internal import Flows

/// A process that is started again and again.
struct StartedProcess: Hashable {
  let pid: Int32
  let startTime: Double?

  init(_ process: Process) {
    pid = process.pid
    startTime = process.startTime
  }

  /// What all such processes have in common.
  struct Kind: Hashable {
    let name: String
    /// What a shell or an interpreter runs, without arguments; two scripts count as two programs.
    let script: [String]
    let starter: Int32?
    let starterName: String
    let configuration: String?
    /// In place of the container, where that is a new one each time.
    let image: String?

    /// Nil for a process that keeps running, and if it is not known who started it.
    init?(_ process: Process?) {
      guard let process, let starter = process.startedBy else { return nil }
      name = process.name
      script = Self.isInterpreter(process.name) ? Self.script(process.command ?? []) : []
      self.starter = starter.pid
      starterName = starter.name
      configuration = starter.configuration
      image = starter.image
    }

    private static func isInterpreter(_ name: String) -> Bool {
      let names = ["python", "perl", "ruby", "node", "php", "java", "lua", "deno", "bun", "pwsh"]
      return names.contains { name.hasPrefix($0) } || ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains(name)
    }

    /// `python3 -u poll.py` of `python3 -u poll.py --id 17`
    private static func script(_ command: [String]) -> [String] {
      guard let end = command.dropFirst().firstIndex(where: { !$0.hasPrefix("-") }) else { return command }
      // Behind an option with a value (`java -cp app.jar A`) it is not known which word is the script.
      let isPlain = command[1..<end].allSatisfy { ["-u", "-x", "-e", "-E", "-B", "-s", "-S"].contains($0) }
      return isPlain ? Array(command.prefix(end + 1)) : command
    }
  }
}

extension Chain {
  /// Adds to the chain's source how often it was started, by whom, and why the starter runs.
  mutating func tell(starts: Int) {
    guard let last = hops.last, last.kind == .socket, let process = last.process, let starter = process.startedBy else {
      return
    }
    source.starts = starts
    source.startedBy = starter
    let pid = starter.pid.map { " (pid \($0)\(starter.ended == true ? ", ended" : ""))" } ?? ""
    let by = starter.pid == nil ? "" : " by `\(Process.Starter.shown(starter.command ?? [starter.name]))`\(pid)"
    let one = "\(process.name) (pid \(process.numbered))"
    let reason = starter.cause.map { "; \($0)" } ?? ""
    if starts > 1 {
      let rest = source.summary.hasPrefix(one) ? String(source.summary.dropFirst(one.count)) : ""
      source.summary = "\(process.name), started \(starts) times\(by)\(rest)\(reason)"
    } else if starter.configuration != nil || (starter.pid == nil && starter.image == nil) {
      // Once within the window, and by what will do it again
      source.summary += reason
    }
    hops[hops.count - 1].evidence.append(
      Evidence(
        "meter (parents)",
        "\(process.name) was started by \(starter.name)\(pid)\(starter.cause.map { "; \($0)" } ?? "")",
        command: starter.ended == true ? nil : starter.pid.map { "ps -o pid,ppid,lstart,args -p \($0)" }))
  }
}
