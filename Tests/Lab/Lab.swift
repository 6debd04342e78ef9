import Foundation
import Glibc
import Synchronization

/// What all test hosts of one test process share: a name, a folder, and a keeper that cleans up after a crash.
public enum Lab {
  /// `hwlab-<pid>.<start time of the process>`: cgroups and folders carry it, so that a sweep can tell whose they
  /// are, even when the pid has been used again.
  public static let name = "hwlab-\(getpid()).\(startTime(of: getpid()) ?? 0)"

  /// This run's folder on the machine, removed when the process ends.
  public static let folder = "/tmp/\(name)"

  private static let next = Atomic<Int>(0)
  static func nextNumber() -> Int { next.add(1, ordering: .relaxed).newValue }

  /// Makes the folder and starts the keeper, once.
  static let opened: Result<Void, LabError> = {
    do {
      sweep()
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try script("sweep.sh").write(toFile: folder + "/sweep", atomically: false, encoding: .utf8)
      _ = try Command(["setsid", "python3", "-c", script("keeper.py"), name], in: folder)
      return .success(())
    } catch {
      return .failure(error as? LabError ?? LabError("\(error)"))
    }
  }()

  /// Removes what test processes that are gone have left: their cgroups with the processes in them, and their
  /// folders. Namespaces and mounts end with those processes.
  public static func sweep() {
    let folders = Set(["/tmp"] + CgroupHierarchy.all.map(\.own))
    var names: Set<String> = []
    for folder in folders {
      for entry in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where entry.hasPrefix("hwlab-")
      {
        let fields = entry.dropFirst("hwlab-".count).split(separator: "-")[0].split(separator: ".")
        guard fields.count == 2, let pid = pid_t(fields[0]), let start = UInt64(fields[1]) else { continue }
        if startTime(of: pid) != start { names.insert("hwlab-\(pid).\(start)") }
      }
    }
    for name in names { sweep(name) }
  }

  /// Removes everything of this process's own lab; every host is stopped by it.
  public static func close() { sweep(name) }

  private static func sweep(_ name: String) {
    let scratch = "/tmp/hwsweep-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    _ = try? Command(["bash", "-c", script("sweep.sh"), "sweep", name], in: scratch).wait(timeout: .seconds(20))
  }

  /// Field 22 of `/proc/PID/stat`, in clock ticks since boot.
  static func startTime(of pid: pid_t) -> UInt64? {
    guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    let fields = String(decoding: stat, as: UTF8.self).components(separatedBy: ") ").last?.split(separator: " ") ?? []
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }

  /// `/proc/PID/task/PID/children`.
  static func children(of pid: pid_t) -> [pid_t] {
    guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(pid)/children") else { return [] }
    return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
  }

  /// The last number of `NSpid:` in `/proc/PID/status`.
  static func innermostPid(of pid: pid_t) -> pid_t? {
    guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return nil }
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("NSpid:") }
    return line?.split(whereSeparator: \.isWhitespace).last.flatMap { pid_t($0) }
  }
}
