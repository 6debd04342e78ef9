import Foundation
import Glibc
import Synchronization

/// A process that runs on a machine of the lab until it ends or is stopped.
public final class BackgroundProcess: Sendable {
  private let command: Command
  private let ended = Mutex<CommandResult?>(nil)
  /// How the process itself is told to end, where a signal to our own child doesn't reach it.
  private let signal = Mutex<(@Sendable (Int32) -> Void)?>(nil)

  init(_ command: Command) { self.command = command }

  /// Sends signals by `action` from now on.
  func signalled(_ action: @escaping @Sendable (Int32) -> Void) -> BackgroundProcess {
    signal.withLock { $0 = action }
    return self
  }

  deinit { _ = stop() }

  public var output: String { ended.withLock { $0?.stdout } ?? command.stdout }
  public var errors: String { ended.withLock { $0?.stderr } ?? command.stderr }
  public var isRunning: Bool { result == nil }

  /// The machine's pid of the program itself (not of the `nsenter` that holds it); nil once it ended.
  public var pid: Int32? {
    for _ in 0..<2000 {
      if result != nil { return nil }
      if let child = Lab.children(of: command.pid).first,
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/exe"),
        !program.hasSuffix("/nsenter")
      {
        return child
      }
      usleep(1000)
    }
    return nil
  }

  /// The pid as the host's own programs see it.
  public var pidInHost: Int32? { pid.flatMap { Lab.innermostPid(of: $0) } }

  private var result: CommandResult? {
    ended.withLock { ended in
      if ended == nil, let status = command.reap() {
        ended = CommandResult(status: status, stdout: command.stdout, stderr: command.stderr, timedOut: false)
        try? FileManager.default.removeItem(atPath: command.folder)
      }
      return ended
    }
  }

  /// Waits until it ends by itself.
  public func wait(timeout: Duration = .seconds(90)) throws -> CommandResult {
    try waitUntil("end of a process", timeout: timeout, every: 1000, detail: { errors }) { result != nil }
    return result ?? stop()
  }

  /// Waits until its output holds `text`.
  public func waitFor(_ text: String, timeout: Duration = .seconds(90)) throws {
    try waitUntil("output with \(text)", timeout: timeout, every: 2000, detail: { output + errors }) {
      if output.contains(text) || errors.contains(text) { return true }
      if let result { throw LabError("ended with \(result.status) before it printed \(text): \(output)\(errors)") }
      return false
    }
  }

  /// Sends signal `number` to the program.
  public func send(_ number: Int32) {
    guard result == nil else { return }
    if let action = signal.withLock({ $0 }) {
      action(number)
    } else if let pid {
      kill(pid, number)  // not its group: `nsenter` is in it, and would end before it has the status
    }
  }

  /// Ends it: SIGTERM, and SIGKILL if it is still there after two seconds.
  @discardableResult
  public func stop(_ number: Int32 = 15) -> CommandResult {
    send(number)
    let deadline = ContinuousClock.now + .seconds(2)
    while ContinuousClock.now < deadline {
      if let result { return result }
      usleep(1000)
    }
    send(SIGKILL)
    kill(-command.pid, SIGKILL)
    while true {
      if let result { return result }
      usleep(1000)
    }
  }
}
