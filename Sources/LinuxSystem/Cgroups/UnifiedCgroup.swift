internal import CLinux

/// The root of the cgroup v2 hierarchy as this process sees it: where it is mounted, or else a mount of its own that no
/// path leads to and that goes with this value.
///
/// `ip netns exec` hides `/sys/fs/cgroup`, and hosts with cgroup v1 often mount no v2 at all; the hierarchy is there all
/// the same.
public final class UnifiedCgroup: Sendable {
  /// A path that can be opened as long as this value lives.
  public let path: String
  private let detached: Descriptor?

  /// - Throws: if this kernel has no cgroup v2, or it is not mounted and may not be.
  public init() throws(SystemError) {
    // A mount that another one covers is listed all the same. Where the list can't be read, or what it says can't be
    // reached, the hierarchy is mounted once more, which says why it can't.
    if let mounted = try? CgroupMounts().unified, (try? FileIdentity(of: "\(mounted)/cgroup.controllers")) != nil {
      path = mounted
      detached = nil
    } else {
      let descriptor = Descriptor(owning: try checked("mount cgroup v2", hw_cgroup2_open()))
      path = "/proc/self/fd/\(descriptor.number)"
      detached = consume descriptor
    }
  }
}
