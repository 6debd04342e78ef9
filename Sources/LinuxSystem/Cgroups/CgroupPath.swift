/// One line of `/proc/PID/cgroup` (cgroups(7)): `12:cpu,cpuacct:/docker/…`, `0::/system.slice/ssh.service`.
public struct CgroupPath: Hashable, Sendable, Codable {
  /// The hierarchy's number; 0 is cgroup v2.
  public var hierarchy: Int
  /// The controllers; empty for v2; a named hierarchy has `name=systemd`.
  public var controllers: [String]
  /// The path, seen from the reader's cgroup namespace; `/..` leads out of it. The kernel's ` (deleted)` is removed.
  public var path: String

  public init(hierarchy: Int, controllers: [String], path: String) {
    self.hierarchy = hierarchy
    self.controllers = controllers
    self.path = path
  }

  public var isUnified: Bool { hierarchy == 0 && controllers.isEmpty }

  /// Parses lines and ignores those of another form.
  public static func parse(_ content: [UInt8]) -> [CgroupPath] {
    content.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, let number = Decimal.number(fields[0]), let hierarchy = Int(exactly: number),
        fields[2].first == UInt8(ascii: "/")
      else { return nil }
      let controllers = fields[1].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
      return CgroupPath(
        hierarchy: hierarchy, controllers: controllers, path: ProcessFiles.executable(in: Array(fields[2])))
    }
  }
}
