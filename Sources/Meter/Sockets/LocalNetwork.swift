internal import Flows
internal import LinuxSystem
internal import Netlink

/// The part of a namespace's configuration that determines where a packet belongs.
struct LocalNetwork {
  private(set) var addresses: Set<IPAddress> = []
  /// Interfaces that are ports of a bridge, bond or VRF.
  private(set) var ports: Set<UInt32> = []
  private(set) var forwards = false

  init(_ sockets: NetworkNamespaceSockets) throws(NetlinkError) {
    let routing = Routing(sockets)
    addresses = Set(try routing.addresses().map(\.address))
    ports = Set(try routing.links().filter { $0.master != nil }.map(\.index))
    // sysctl net.ipv4.conf.all.forwarding net.ipv6.conf.all.forwarding
    forwards = try sockets.inside(operation: "see whether packets are forwarded") {
      try ["ipv4", "ipv6"].contains { try Self.forwards($0) }
    }
  }

  /// Whether the family is forwarded; false on a kernel without that family.
  private static func forwards(_ family: String) throws(SystemError) -> Bool {
    do throws(SystemError) {
      let value = try Descriptor(reading: "/proc/sys/net/\(family)/conf/all/forwarding").readToEnd(limit: 16)
      return value.first == UInt8(ascii: "1")
    } catch  where error.errno.isAbsence { return false }
  }

  func has(_ address: IPAddress) -> Bool { address.isLoopback || addresses.contains(address) }

  /// Whether a packet to `address` ends in this namespace.
  func takes(_ address: IPAddress) -> Bool { has(address) || address.isMulticastOrBroadcast }
}
