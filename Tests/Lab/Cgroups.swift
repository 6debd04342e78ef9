import Foundation
import Glibc

/// One cgroup hierarchy of this machine: of version 2, or of version 1 with its controllers.
struct CgroupHierarchy: Sendable {
  /// `cgroup` or `cgroup2`.
  let type: String
  let mountPoint: String
  /// What `mount -o` needs to get the same hierarchy again: `cpu,cpuacct`, `none,name=systemd`, `rw`.
  let options: String
  /// This process's own cgroup in it, as a folder.
  let own: String

  /// Every mounted hierarchy, from `/proc/self/mountinfo` and `/proc/self/cgroup` (proc(5), cgroups(7)).
  static let all: [CgroupHierarchy] = {
    let memberships = lines(of: "/proc/self/cgroup").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    }
    var seen: Set<String> = []
    return lines(of: "/proc/self/mountinfo").compactMap { line in
      // 31 25 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
      let halves = line.components(separatedBy: " - ")
      guard halves.count == 2 else { return nil }
      let place = halves[0].split(separator: " ")
      let system = halves[1].split(separator: " ")
      guard place.count > 4, system.count > 2, ["cgroup", "cgroup2"].contains(system[0]) else { return nil }
      let unwanted: Set<Substring> = ["rw", "ro", "xattr", "nsdelegate", "memory_recursiveprot", "clone_children"]
      let controllers = system[2].split(separator: ",").filter {
        !unwanted.contains($0) && !$0.hasPrefix("release_agent")
      }
      let isV2 = system[0] == "cgroup2"
      let membership = memberships.first { fields in
        guard fields.count == 3 else { return false }
        if isV2 { return fields[0] == "0" }
        return !controllers.isEmpty && Set(fields[1].split(separator: ",")) == Set(controllers)
      }
      guard let path = membership?[2], seen.insert(controllers.joined(separator: ",")).inserted else { return nil }
      let root = place[3] == "/" ? "" : String(place[3])
      let inside = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : ""
      let named = controllers.contains { $0.hasPrefix("name=") }
      return CgroupHierarchy(
        type: String(system[0]), mountPoint: String(place[4]),
        options: isV2 ? "rw" : (named ? "none," : "") + controllers.joined(separator: ","),
        own: String(place[4]) + (inside == "/" ? "" : inside))
    }
  }()

  /// Makes `name` below this process's own cgroup and gives the folder that processes are to join.
  ///
  /// In version 2 that is a cgroup `init` below it, as systemd does: a cgroup that holds processes can't give
  /// controllers to its children, and Docker wants to.
  func make(_ name: String) throws -> String {
    let folder = "\(own)/\(name)"
    guard mkdir(folder, 0o755) == 0 else { throw LabError("mkdir \(folder): \(String(cString: strerror(errno)))") }
    if options.split(separator: ",").contains("cpuset") {
      for file in ["cpuset.cpus", "cpuset.mems"] {  // a new cpuset is empty, and an empty one takes no process
        let inherited = FileManager.default.contents(atPath: "\(own)/\(file)") ?? Data()
        if let handle = FileHandle(forWritingAtPath: "\(folder)/\(file)") { try? handle.write(contentsOf: inherited) }
      }
    }
    guard type == "cgroup2" else { return folder }
    guard mkdir(folder + "/init", 0o755) == 0 else { throw LabError("mkdir \(folder)/init") }
    return folder + "/init"
  }

  private static func lines(of path: String) -> [String] {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }
}
