import Foundation
import Glibc

/// What a finished command left behind.
public struct CommandResult: Sendable {
  /// The exit status; 128 + the signal's number for a command that a signal ended.
  public let status: Int32
  public let stdout: String
  public let stderr: String
  /// True if it was killed because its time was up.
  public let timedOut: Bool
}

/// A child of this process, its output in files, so that a grandchild that keeps the output open blocks nobody.
struct Command {
  let pid: pid_t
  let folder: String

  /// Programs of the distribution come before what a user put into PATH: a shim below a home folder is not
  /// there inside a test host.
  static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Starts `words` in a process group of its own, its output below a new folder in `parent`.
  init(_ words: [String], in parent: String, environment: [String: String] = [:], input: String? = nil) throws {
    folder = "\(parent)/run-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var source = "/dev/null"
    if let input {
      source = folder + "/stdin"
      try input.write(toFile: source, atomically: false, encoding: .utf8)
    }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, source, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder + "/stdout", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder + "/stderr", O_WRONLY | O_CREAT | O_APPEND, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)

    var variables = [
      "PATH": Self.searchPath, "HOME": "/root", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "dumb",
      "PYTHONDONTWRITEBYTECODE": "1",
    ]
    variables.merge(environment) { _, given in given }

    let arguments = words.map { strdup($0) }
    let settings = variables.map { strdup("\($0)=\($1)") }
    defer { (arguments + settings).forEach { free($0) } }
    var child: pid_t = 0
    let error = posix_spawnp(&child, words[0], &actions, &attributes, arguments + [nil], settings + [nil])
    guard error == 0 else {
      throw LabError("start \(words.joined(separator: " ")): \(String(cString: strerror(error)))")
    }
    pid = child
  }

  var stdout: String { Self.text(folder + "/stdout") }
  var stderr: String { Self.text(folder + "/stderr") }

  /// Waits until it ends; after `timeout` its group is killed.
  func wait(timeout: Duration) -> CommandResult {
    let deadline = ContinuousClock.now + timeout
    var killed = false
    while true {
      if let status = reap() {
        let result = CommandResult(status: status, stdout: stdout, stderr: stderr, timedOut: killed)
        try? FileManager.default.removeItem(atPath: folder)
        return result
      }
      if !killed, ContinuousClock.now > deadline {
        kill(-pid, SIGKILL)
        killed = true
      }
      usleep(1000)
    }
  }

  /// The exit status, once there is one; asked only once after it was given.
  func reap() -> Int32? {
    var status: Int32 = 0
    let found = waitpid(pid, &status, WNOHANG)
    guard found != 0 else { return nil }
    guard found == pid else { return 127 }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}

/// Asks until `condition` holds. Throws, with `what` and the newest detail, when `timeout` is over.
public func waitUntil(
  _ what: String, timeout: Duration = .seconds(90), every microseconds: UInt32 = 5000,
  detail: () -> String = { "" }, _ condition: () throws -> Bool
) throws {
  let deadline = ContinuousClock.now + timeout
  while true {
    if try condition() { return }
    guard ContinuousClock.now < deadline else { throw LabError("still waiting after \(timeout): \(what) \(detail())") }
    usleep(microseconds)
  }
}
