internal import Flows
internal import LinuxSystem
internal import Netlink

/// What of a namespace's configuration decides whose a packet is.
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
      ["ipv4", "ipv6"].contains { family in
        let value = try? Descriptor(reading: "/proc/sys/net/\(family)/conf/all/forwarding").readToEnd(limit: 16)
        return value?.first == UInt8(ascii: "1")
      }
    }
  }

  func has(_ address: IPAddress) -> Bool { address.isLoopback || addresses.contains(address) }

  /// Whether a packet to `address` ends here.
  func takes(_ address: IPAddress) -> Bool { has(address) || address.isMulticastOrBroadcast }
}
