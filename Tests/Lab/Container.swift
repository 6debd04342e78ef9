import Foundation

/// A running container.
public struct Container: Machine {
  public let docker: Docker
  public let name: String
  /// The full id of 64 hexadecimal digits.
  public let id: String

  /// `docker inspect --format FORMAT`.
  public func inspect(_ format: String) throws -> String {
    try docker("inspect", "--format", format, name)
  }

  /// Its address on the default bridge.
  public func address(_ family: IPFamily = .v4) throws -> String {
    try inspect("{{.NetworkSettings.\(family == .v4 ? "IPAddress" : "GlobalIPv6Address")}}")
  }

  /// Its first process, as the daemon that runs it sees it.
  public func pid() throws -> Int32 {
    guard let pid = Int32(try inspect("{{.State.Pid}}")), pid > 0 else { throw LabError("\(name) does not run") }
    return pid
  }

  /// What it printed, errors too.
  public func logs() throws -> String {
    let result = try docker.machine.run(["docker", "logs", name])
    return result.stdout + result.stderr
  }

  /// Waits until it printed `text`.
  public func waitFor(_ text: String, timeout: Duration = .seconds(30)) throws {
    try waitUntil("\(name) to print \(text)", timeout: timeout, every: 20_000, detail: { (try? logs()) ?? "" }) {
      try logs().contains(text)
    }
  }

  /// Sends SIGTERM to its first process, waits for the end, and gives what it printed.
  public func terminate() throws -> String {
    try docker("kill", "--signal", "TERM", name)
    try docker("wait", name)
    return try logs()
  }

  public func remove() throws { try docker("rm", "--force", name) }

  public func run(
    _ command: [String], timeout: Duration, environment: [String: String], input: String?
  ) throws -> CommandResult {
    try docker.machine.run(
      words(command, environment, interactive: input != nil), timeout: timeout, environment: [:], input: input)
  }

  /// A signal to `docker exec` doesn't reach the program, so stopping goes through a file with its pid.
  public func start(_ command: [String], environment: [String: String]) throws -> BackgroundProcess {
    let file = "/tmp/lab-\(UUID().uuidString).pid"
    let wrapped = ["sh", "-c", #"echo $$ > "$0"; exec "$@""#, file] + command
    let machine = docker.machine
    let name = name
    return try (machine.start(words(wrapped, environment, interactive: false))).signalled { number in
      _ = try? machine.run(
        ["docker", "exec", name, "sh", "-c", #"kill -"$1" "$(cat "$2")""#, "sh", "\(number)", file])
    }
  }

  private func words(_ command: [String], _ environment: [String: String], interactive: Bool) -> [String] {
    ["docker", "exec"] + (interactive ? ["--interactive"] : [])
      + environment.sorted { $0.key < $1.key }.flatMap { ["--env", "\($0.key)=\($0.value)"] } + [name] + command
  }
}
