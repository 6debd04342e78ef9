/// Paths of cgroups by their id, which is the inode number of their directory in the v2 tree (kernel 5.5 and later).
///
/// What `bpf_get_current_cgroup_id` and `bpf_skb_cgroup_id` return is found here. The tree is walked once; what came into
/// being later is found after `forget()`.
public struct CgroupTree: Sendable {
  public let mountPoint: String
  private var paths: [UInt64: String]?
  /// Why paths are missing: the first folder that the last walk could not list; nil if it saw all of them.
  public private(set) var failure: SystemError?
  /// Containers make deep trees, hostile ones deeper.
  private static let depthLimit = 64
  private static let countLimit = 1 << 18

  /// `mountPoint` is `CgroupMounts.unified`.
  public init(mountPoint: String) { self.mountPoint = mountPoint }

  /// The path below the mount point, `/` for the root itself; nil if no such directory is there, or none was found for the
  /// reason in `failure`.
  public mutating func path(ofID id: UInt64) -> String? {
    let known = paths ?? walked()
    paths = known
    return known[id]
  }

  /// How many cgroups the last walk found; 0 before it.
  public var count: Int { paths?.count ?? 0 }

  /// Lets the next question walk the tree again.
  public mutating func forget() { paths = nil }

  private mutating func walked() -> [UInt64: String] {
    failure = nil
    var found: [UInt64: String] = [:]
    do throws(SystemError) { found[try FileIdentity(of: mountPoint).inode] = "/" } catch {
      failure = error
      return found
    }
    var waiting = [(path: "", depth: 0)]
    while let (path, depth) = waiting.popLast(), found.count < Self.countLimit {
      guard depth < Self.depthLimit else { continue }
      let entries: [Directory.Entry]
      do throws(SystemError) { entries = try Directory.list(mountPoint + path) } catch {
        // One that was removed meanwhile is no failure.
        if !error.errno.isAbsence { failure = failure ?? error }
        continue
      }
      for entry in entries where entry.isDirectory {
        let child = "\(path)/\(entry.name)"
        found[entry.inode] = child
        waiting.append((child, depth + 1))
      }
    }
    return found
  }
}
