internal import Flows
internal import LinuxSystem
internal import Netlink

/// Whether sockets of cgroups that are out of sight are in the same network namespaces: those of the host and of other containers, seen
/// from a container with the host's network. A whole host in namespaces of its own has none.
enum OutsideSockets {
  /// Only open sockets are asked: what is closing may outlive its cgroup.
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
          // Nobody knows; each reading then says why.
          return true
        }
        if ids.contains(where: { tree.path(ofID: $0) == nil }) { return true }
      }
    }
    return false
  }
}
