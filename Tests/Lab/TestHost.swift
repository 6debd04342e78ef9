import Foundation
import Glibc
import Synchronization

/// A whole host in namespaces: its own network, processes, mounts, name, IPC and cgroups, on this machine's kernel.
///
/// It sees the machine's programs read-only in spirit (`/usr` is shared); `/run`, `/tmp`, `/root`, `/var/log`,
/// `/var/lib/docker` are its own and empty, `/etc` and `/var` are copies on write, `/sys` shows its own interfaces and
/// cgroups. It ends with the test process, even if that is killed.
public final class TestHost: Machine {
  public let name: String
  /// The pid, on the machine, of the host's first process; `/proc/PID/ns/net` is its network.
  public let pid: Int32
  private let launcher: Command
  private let cgroups: [String]
  private let join: String
  private let folder: String
  private let stopped = Mutex(false)

  /// Starts a host. `name` is its hostname; labs with hosts of the same name don't disturb each other.
  public init(_ name: String) throws {
    try Lab.opened.get()
    self.name = name
    let unique = "\(Lab.name)-\(Lab.nextNumber())-\(name)"
    folder = "\(Lab.folder)/\(unique)"
    try FileManager.default.createDirectory(atPath: folder + "/share", withIntermediateDirectories: true)
    for name in ["traffic.py", "relay.py", "poller.py", "people.py", "metadata.py"] {
      try Lab.script(name).write(toFile: folder + "/share/\(name)", atomically: false, encoding: .utf8)
    }

    var whole: [String] = []
    var joined: [String] = []
    for hierarchy in CgroupHierarchy.all {
      joined.append(try hierarchy.make(unique))
      whole.append("\(hierarchy.own)/\(unique)")
    }
    cgroups = joined
    join = try Lab.script("join.sh")
    // The cgroup namespace begins where a process is when it is made: at the host's cgroup, not at `init` below it.
    launcher = try Command(
      ["bash", "-c", join, "join"] + whole + ["--"] + [
        "unshare", "--net", "--pid", "--fork", "--mount", "--uts", "--ipc", "--cgroup", "--mount-proc", "--kill-child",
        "bash", "-c", Lab.script("host.sh"), name, name, folder,
      ] + Executables.hiddenFolders + ["--"]
        + CgroupHierarchy.all.map { "\($0.type):\($0.options):\($0.mountPoint)" }, in: folder)

    let launcher = launcher
    do {
      try waitUntil("host \(name) to start", every: 1000, detail: { launcher.stderr }) {
        if launcher.stdout.contains("ready") { return true }
        if let status = launcher.reap() { throw LabError("host \(name): status \(status): \(launcher.stderr)") }
        return false
      }
      guard let first = Lab.children(of: launcher.pid).first else { throw LabError("host \(name) has no process") }
      pid = first
      for group in cgroups {
        for member in [first, launcher.pid] {
          try Data("\(member)\n".utf8).write(to: URL(fileURLWithPath: group + "/cgroup.procs"))
        }
      }
    } catch {
      kill(launcher.pid, SIGKILL)
      Self.remove(cgroups, folder)
      throw error
    }
  }

  deinit { stop() }

  /// Ends every process of the host and removes its cgroups and files.
  public func stop() {
    let first = stopped.withLock { stopped in
      defer { stopped = true }
      return !stopped
    }
    guard first else { return }
    kill(pid, SIGKILL)  // `unshare` waits for it, and ends
    _ = launcher.wait(timeout: .seconds(10))
    Self.remove(cgroups, folder)
  }

  private static func remove(_ cgroups: [String], _ folder: String) {
    for group in cgroups {
      let whole = group.hasSuffix("/init") ? String(group.dropLast("/init".count)) : group
      for _ in 0..<2000 {
        removeTree(whole)
        if access(whole, F_OK) != 0 { break }
        usleep(2000)
      }
    }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Kills what is left in a cgroup and its children, and removes them, the deepest first.
  private static func removeTree(_ group: String) {
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: group)) ?? [] {
      var information = stat()
      let path = "\(group)/\(entry)"
      if lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR { removeTree(path) }
    }
    let members = FileManager.default.contents(atPath: group + "/cgroup.procs") ?? Data()
    for member in String(decoding: members, as: UTF8.self).split(separator: "\n").compactMap({ pid_t($0) })
    where member > 0 {
      kill(member, SIGKILL)
    }
    rmdir(group)
  }

  /// `nsenter` enters namespaces but moves no cgroup, so both are done.
  private func inside(_ command: [String]) -> [String] {
    ["bash", "-c", join, "join"] + cgroups + ["--", "nsenter", "--all", "--target", "\(pid)", "--"] + command
  }

  public func run(
    _ command: [String], timeout: Duration, environment: [String: String], input: String?
  ) throws -> CommandResult {
    try Command(inside(command), in: folder, environment: environment, input: input).wait(timeout: timeout)
  }

  /// Runs one of the machine's own commands with only the host's network: pids keep the machine's meaning.
  func enterNetworkOnly(_ command: [String]) throws {
    let words = ["nsenter", "--net=/proc/\(pid)/ns/net", "--"] + command
    let result = try Command(words, in: folder).wait(timeout: .seconds(10))
    guard result.status == 0 else { throw LabError("\(command.joined(separator: " ")): \(result.stderr)") }
  }

  public func start(_ command: [String], environment: [String: String]) throws -> BackgroundProcess {
    BackgroundProcess(try Command(inside(command), in: folder, environment: environment))
  }
}
