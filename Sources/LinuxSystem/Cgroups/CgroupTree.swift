internal import CLinux

/// Paths of cgroups by their id, which is the inode number of their directory in the v2 tree (kernel 5.5 and later).
///
/// What `bpf_get_current_cgroup_id` and `bpf_skb_cgroup_id` return is found here. The tree is walked once; what came into
/// being later is found after `forget()`.
public struct CgroupTree: Sendable {
  public let mountPoint: String
  private var paths: [UInt64: String]?
  /// Containers make deep trees, hostile ones deeper.
  private static let depthLimit = 64
  private static let countLimit = 1 << 18

  /// `mountPoint` is `CgroupMounts.unified`.
  public init(mountPoint: String) { self.mountPoint = mountPoint }

  /// The path below the mount point, `/` for the root itself; nil if no such directory is there.
  public mutating func path(ofID id: UInt64) -> String? {
    let known = paths ?? walked()
    paths = known
    return known[id]
  }

  /// How many cgroups the last walk found; 0 before it.
  public var count: Int { paths?.count ?? 0 }

  /// Lets the next question walk the tree again.
  public mutating func forget() { paths = nil }

  private func walked() -> [UInt64: String] {
    var found: [UInt64: String] = [:]
    var device: UInt64 = 0
    var inode: UInt64 = 0
    guard hw_file_identity(mountPoint, &device, &inode) == 0 else { return found }
    found[inode] = "/"
    var waiting = [(path: "", depth: 0)]
    while let (path, depth) = waiting.popLast(), found.count < Self.countLimit {
      guard depth < Self.depthLimit, let entries = try? Directory.list(mountPoint + path) else { continue }
      for entry in entries where entry.isDirectory {
        let child = "\(path)/\(entry.name)"
        found[entry.inode] = child
        waiting.append((child, depth + 1))
      }
    }
    return found
  }
}
