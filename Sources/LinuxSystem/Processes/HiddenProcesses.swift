internal import CLinux

/// The reason why /proc leaves out processes of other users: it is mounted with `hidepid` (proc(5)), and this program
/// may not see them all the same.
public struct HiddenProcesses: Hashable, Sendable, CustomStringConvertible {
  /// The mount option: `hidepid=2`; nil if something else hides processes.
  public let option: String?
  /// The capability that would show them; empty if this program has it, and it does not count here.
  public let lacking: Capabilities

  /// - Parameters:
  ///   - root: `/proc`, or a recorded or artificial folder of the same form.
  ///   - capabilities: what the program that reads it may do.
  init?(in root: String, capabilities: Capabilities) {
    // Everybody may read his own. Where that is not there, the folder is not that of a live kernel.
    guard let content = try? SmallFile.read("\(root)/self/mountinfo", limit: 16 << 20) else { return nil }
    // The last mount covers those before it.
    let mount = MountEntry.parse(content).last { $0.mountPoint == root }
    let options = mount?.fileSystem == "proc" ? mount?.options ?? [] : []
    let level = options.lazy.compactMap(Self.level).first
    lacking = Capabilities.CAP_SYS_PTRACE.subtracting(capabilities)
    // Everybody sees process 1 unless it is hidden; in a user namespace of its own a capability does not count for it.
    let hidesFirst: Bool
    do throws(SystemError) {
      _ = try FileIdentity(of: "\(root)/1")
      hidesFirst = false
    } catch { hidesFirst = error.errno == .noSuchFile }
    switch level {
    case 2 where lacking.isEmpty || Self.isMember(options), 4 where lacking.isEmpty, nil:
      guard hidesFirst else { return nil }
    case 2, 4: break
    default: return nil
    }
    option = level.map { "hidepid=\($0)" }
  }

  /// The level of `hidepid=2` or, since Linux 5.8, `hidepid=invisible`; nil for other options. At level 1 other users'
  /// processes are listed, and reading them is refused.
  private static func level(_ option: String) -> Int? {
    guard option.hasPrefix("hidepid=") else { return nil }
    let value = option.dropFirst("hidepid=".count)
    return Int(value) ?? ["off": 0, "noaccess": 1, "invisible": 2, "ptraceable": 4][String(value)]
  }

  /// Whether this process is in the group that sees all processes: `gid=4`.
  private static func isMember(_ options: [String]) -> Bool {
    options.contains { option in
      option.hasPrefix("gid=") && (UInt32(option.dropFirst("gid=".count)).map(hw_is_member) ?? false)
    }
  }

  /// The reason for people: `processes of others are hidden here (hidepid=2; CAP_SYS_PTRACE)`.
  public var description: String { "processes of others are hidden here\(detail)" }

  /// ` (hidepid=2; CAP_SYS_PTRACE)`.
  var detail: String {
    let parts = [option, lacking.isEmpty ? nil : lacking.description].compactMap(\.self)
    return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
  }
}
