internal import CLinux

/// The root of the cgroup v2 hierarchy: its mount point, or else a mount of this value's own that has no path and ends
/// with this value.
///
/// `ip netns exec` hides `/sys/fs/cgroup`, and hosts with cgroup v1 often don't mount v2 at all; the hierarchy exists
/// nevertheless. A container with its own cgroup namespace sees only its own part. The whole is then reached through
/// process 1, which is the host's with `--pid=host`.
public final class UnifiedCgroup: Sendable {
  /// How the hierarchy's root was reached.
  public enum Way: Hashable, Sendable {
    /// Through its mount point.
    case mounted
    /// Through a mount of this value's own.
    case detached
    /// Through process 1.
    case firstProcess
  }

  /// A path that can be opened while this value lives.
  public let path: String
  public let way: Way
  /// Why this is only a part of the hierarchy; nil if it is the whole. Sockets of processes outside it can't be seen
  /// through it.
  public let limit: String?
  private let detached: Descriptor?

  /// The inode number of the hierarchy's own root (kernfs); every other cgroup has a different number.
  private static let rootInode: UInt64 = 1

  /// - Throws: if this kernel has no cgroup v2, or if it is not mounted and may not be mounted.
  public init() throws(SystemError) {
    let found = try Self.find()
    path = found.path
    way = found.way
    limit = found.limit
    detached = found.descriptor.map { Descriptor(owning: $0) }
  }

  /// `descriptor` belongs to whoever receives this.
  private struct Found {
    var path: String
    var way: Way
    var descriptor: Int32?
    var limit: String?

    init(_ path: String, _ way: Way, _ descriptor: Int32? = nil, limit: String? = nil) {
      (self.path, self.way, self.descriptor, self.limit) = (path, way, descriptor, limit)
    }
  }

  private static func find() throws(SystemError) -> Found {
    // A mount that is covered by another one is listed as well. If the list can't be read, or its path can't be
    // reached, the hierarchy is mounted again; if that fails, the error says why.
    var mounted = try? CgroupMounts().unified
    if let path = mounted, (try? FileIdentity(of: "\(path)/cgroup.controllers")) == nil { mounted = nil }
    if let mounted, Self.isRoot(mounted) { return Found(mounted, .mounted) }
    var partial: Int32?
    do throws(SystemError) {
      let own = Descriptor(owning: try checked("mount cgroup v2", hw_cgroup2_open()))
      if Self.isRoot(Self.path(of: own.number)) { return Found(Self.path(of: own.number), .detached, own.release()) }
      if mounted == nil { partial = own.release() }
    } catch {
      if mounted == nil { throw error }
    }
    var causes: [String] = []
    do throws(SystemError) {
      if let path = try Self.mountOfFirstProcess() {
        if let partial { _ = hw_close(partial) }
        return Found(path, .firstProcess)
      }
      causes.append("process 1 sees no more of it")
    } catch {
      causes.append("\(error)")
    }
    do {
      let joined = Descriptor(owning: try Self.mountAsFirstProcess())
      if Self.isRoot(Self.path(of: joined.number)) {
        if let partial { _ = hw_close(partial) }
        return Found(Self.path(of: joined.number), .firstProcess, joined.release())
      }
    } catch {
      causes.append("\(error)")
    }
    let limit = "only this container's part of the cgroup hierarchy can be seen (\(causes.joined(separator: "; ")))"
    if let mounted { return Found(mounted, .mounted, limit: limit) }
    guard let partial else { throw SystemError("find the cgroup hierarchy", .noSuchFile) }
    return Found(Self.path(of: partial), .detached, partial, limit: limit)
  }

  private static func path(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  private static func isRoot(_ path: String) -> Bool {
    // A path that can't be examined is not used.
    (try? FileIdentity(of: path))?.inode == rootInode
  }

  /// Where process 1 has the whole hierarchy mounted, as a path through its root: `/proc/1/root/sys/fs/cgroup`. Needs
  /// the right to trace process 1 (`CAP_SYS_PTRACE`).
  private static func mountOfFirstProcess() throws(SystemError) -> String? {
    let mounts = MountEntry.parse(try SmallFile.read("/proc/1/mountinfo", limit: 16 << 20))
    // The root must be accessible at all.
    _ = try FileIdentity(of: "/proc/1/root/")
    return mounts.filter { $0.fileSystem == "cgroup2" }.map { "/proc/1/root\($0.mountPoint)" }.first(where: isRoot)
  }

  /// A mount that is made in process 1's cgroup namespace, on a separate thread. Needs `CAP_SYS_ADMIN`.
  private static func mountAsFirstProcess() throws -> Int32 {
    let namespace = try Descriptor(reading: "/proc/1/ns/cgroup")
    let number = namespace.number
    return try onOwnThread {
      try checked("enter process 1's cgroup namespace", hw_setns(number, HW_CLONE_NEWCGROUP))
      return try checked("mount cgroup v2", hw_cgroup2_open())
    }
  }
}
