/// Finds the path of a cgroup by its id, which is the inode number of its directory in the v2 tree (kernel 5.5 and
/// later).
///
/// It finds the ids that `bpf_get_current_cgroup_id` and `bpf_skb_cgroup_id` return. The tree is walked once; call
/// `forget()` to find cgroups that were created later.
public struct CgroupTree: Sendable {
  public let mountPoint: String
  private var paths: [UInt64: String]?
  /// Why paths are missing: the first folder that the last walk could not list; nil if it could list all.
  public private(set) var failure: SystemError?
  /// How deep the tree is walked. Containers make deep trees, malicious ones deeper.
  private static let depthLimit = 64
  private static let countLimit = 1 << 18

  /// - Parameter mountPoint: `CgroupMounts.unified`.
  public init(mountPoint: String) { self.mountPoint = mountPoint }

  /// The path below the mount point, `/` for the root itself; nil if there is no such directory, or if it was not found
  /// because of `failure`.
  public mutating func path(ofID id: UInt64) -> String? {
    let known = paths ?? walked()
    paths = known
    return known[id]
  }

  /// How many cgroups the last walk found; 0 before it.
  public var count: Int { paths?.count ?? 0 }

  /// Makes the next lookup walk the tree again.
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
        // A folder that was removed meanwhile is no failure.
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
