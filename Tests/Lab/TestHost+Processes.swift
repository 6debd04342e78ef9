import Foundation

extension TestHost {
  /// The machine's pid of the process that programs on this host know as `pid`, one in a container too.
  public func machinePid(of pid: Int32) throws -> Int32 {
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let candidate = Int32(entry), let numbers = status(candidate, "NSpid:"), numbers.count > 1,
        // The machine may be a container itself: its own number comes first, the host's next.
        let own = numbers.firstIndex(of: candidate), own + 1 < numbers.count, numbers[own + 1] == pid
      else { continue }
      // What was started by `nsenter` has its parent outside, and is in the host's own namespace.
      if let space = space(candidate), space == self.space(self.pid) { return candidate }
      var ancestor = candidate
      while ancestor > 1, ancestor != self.pid { ancestor = status(ancestor, "PPid:")?.first ?? 0 }
      if ancestor == self.pid { return candidate }
    }
    throw LabError("\(name) has no process \(pid)")
  }

  /// `readlink /proc/PID/ns/pid`
  private func space(_ pid: Int32) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/pid")
  }

  /// The numbers behind `key` in `/proc/PID/status`.
  private func status(_ pid: Int32, _ key: String) -> [Int32]? {
    guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return nil }
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
    return line?.dropFirst(key.count).split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
  }
}
