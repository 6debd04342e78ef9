/// Somewhere a command can be run: a test host, or a container on one.
public protocol Machine: Sendable {
  /// Runs `command` to its end, or for `timeout`.
  func run(_ command: [String], timeout: Duration, environment: [String: String], input: String?) throws
    -> CommandResult
  /// Starts `command` and comes back at once.
  func start(_ command: [String], environment: [String: String]) throws -> BackgroundProcess
}

extension Machine {
  /// Runs `command`; see the requirement. 60 seconds unless said otherwise.
  @discardableResult
  public func run(
    _ command: [String], timeout: Duration = .seconds(60), environment: [String: String] = [:]
  ) throws -> CommandResult {
    try run(command, timeout: timeout, environment: environment, input: nil)
  }

  public func start(_ command: [String]) throws -> BackgroundProcess { try start(command, environment: [:]) }

  /// What `command` prints; throws if it fails.
  @discardableResult
  public func output(
    of command: [String], timeout: Duration = .seconds(60), input: String? = nil
  ) throws -> String {
    let result = try run(command, timeout: timeout, environment: [:], input: input)
    guard result.status == 0, !result.timedOut else {
      let ending = result.timedOut ? "ran longer than \(timeout)" : "status \(result.status)"
      throw LabError("\(command.joined(separator: " ")): \(ending)\n\(result.stdout)\(result.stderr)")
    }
    return result.stdout
  }

  /// Writes a file, with its folders.
  public func write(_ path: String, _ text: String, mode: String = "644") throws {
    try output(
      of: ["sh", "-c", #"mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1""#, "sh", path, mode], input: text)
  }
}
