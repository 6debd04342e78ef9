internal import Flows
internal import LinuxSystem
internal import Netlink

/// Finds sockets of invisible cgroups in the same network namespaces. A container with the host's network sees such
/// sockets of the host and of other containers; a host with namespaces of its own has none.
enum OutsideSockets {
  /// Whether there are such sockets. Only open sockets count, because a closing one may outlive its cgroup.
  static func areThere(_ root: UnifiedCgroup, _ namespaces: [(Place, NetworkNamespaceSockets)]) -> Bool {
    guard root.limit != nil else { return false }
    var tree = CgroupTree(mountPoint: root.path)
    for (_, sockets) in namespaces {
      for transport in [Transport.tcp, .udp] {
        var ids: Set<UInt64> = []
        do throws(NetlinkError) {
          _ = try SocketDiagnosis(sockets).dump(transport, filter: SocketFilter()) { record in
            if record.inode != 0, let id = record.cgroupID { ids.insert(id) }
          }
        } catch {
          // It is not known; each reading then gives the reason.
          return true
        }
        if ids.contains(where: { tree.path(ofID: $0) == nil }) { return true }
      }
    }
    return false
  }
}
