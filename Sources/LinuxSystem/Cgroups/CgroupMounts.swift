/// The mount points of the cgroup hierarchies, and the position of this process in them.
public struct CgroupMounts: Hashable, Sendable {
  /// A v1 hierarchy: its controllers (`cpu`, `net_cls`, `name=systemd`) and its mount point.
  public struct Hierarchy: Hashable, Sendable {
    public var controllers: [String]
    public var mountPoint: String
  }

  /// The v2 tree: `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` on hybrid hosts; nil on v1 hosts.
  public var unified: String?
  public var hierarchies: [Hierarchy]
  /// This process's own v2 path, as the process sees it.
  public var ownPath: String?
  /// Whether the mounted v2 tree does not start at the hierarchy's root, so that paths and ids of other processes may
  /// be invisible.
  public var isPartialView: Bool

  /// Whether there are v1 hierarchies besides a v2 tree.
  public var isHybrid: Bool { unified != nil && !hierarchies.isEmpty }

  /// Whether this process is outside the root of its cgroup namespace (`0::/../..`), because it was moved after the
  /// namespace was created.
  public var isOutsideNamespaceRoot: Bool { ownPath.map { $0 == "/.." || $0.hasPrefix("/../") } ?? false }

  /// Reads `self/mountinfo` and `self/cgroup` below `root`.
  public init(root: String = "/proc") throws(SystemError) {
    let mountinfo = try SmallFile.read("\(root)/self/mountinfo", limit: 16 << 20)
    // Kernels without cgroups, or without cgroup namespaces, don't have these files.
    let own = try Self.ifThere { () throws(SystemError) in try SmallFile.read("\(root)/self/cgroup", limit: 64 << 10) }
    self.init(mountinfo: mountinfo, ownCgroups: CgroupPath.parse(own ?? []))
    let target = try Self.ifThere { () throws(SystemError) in try SmallFile.linkTarget("\(root)/self/ns/cgroup") }
    // The first cgroup namespace has a fixed inode: PROC_CGROUP_INIT_INO in include/linux/proc_ns.h.
    if let target, let inode = Decimal.bracketed(target, kind: "cgroup"), inode != 0xEFFF_FFFB { isPartialView = true }
  }

  private static func ifThere(_ read: () throws(SystemError) -> [UInt8]) throws(SystemError) -> [UInt8]? {
    do throws(SystemError) { return try read() } catch  where error.errno.isAbsence { return nil }
  }

  /// Parses the text of mountinfo; `ownCgroups` are the parsed lines of /proc/self/cgroup.
  public init(mountinfo: [UInt8], ownCgroups: [CgroupPath]) {
    let mounts = MountEntry.parse(mountinfo)
    // The whole tree is better than a part that is bind-mounted into a container.
    let trees = mounts.filter { $0.fileSystem == "cgroup2" }
    let tree = trees.first { $0.root == "/" } ?? trees.first
    unified = tree?.mountPoint
    isPartialView = tree.map { $0.root != "/" } ?? false
    let flags: Set = ["rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "seclabel"]
    hierarchies = mounts.filter { $0.fileSystem == "cgroup" }.map { mount in
      let controllers = mount.options.filter { !flags.contains($0) && !$0.hasPrefix("release_agent=") }
      return Hierarchy(controllers: controllers, mountPoint: mount.mountPoint)
    }
    ownPath = ownCgroups.first(where: \.isUnified)?.path
  }
}
