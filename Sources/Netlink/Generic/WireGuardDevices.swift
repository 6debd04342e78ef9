public import Flows

/// The WireGuard devices that the kernel itself runs in one network namespace (since Linux 5.6).
///
/// The kernel also sends a device's private key and its peers' preshared keys. They are never copied out of the receive
/// buffer, and the buffer is overwritten after every datagram, also after one that can't be parsed. The kernel's own
/// copies can't be overwritten.
public struct WireGuardDevices: Sendable {
  /// How often a device is read again if it changes while being read.
  private static let attempts = 5

  private let sockets: NetworkNamespaceSockets

  public init(_ sockets: NetworkNamespaceSockets) { self.sockets = sockets }

  /// The device called `name`; nil if there is no such interface, or if it is not the kernel's WireGuard.
  ///
  /// - Throws: `unsupported` if the kernel's module is not loaded; every WireGuard device is then a tun device of a
  ///   program. `denied` without `CAP_NET_ADMIN` in the namespace.
  public func device(_ name: String) throws(NetlinkError) -> WireGuardDevice? {
    guard (1..<IFNAMSIZ).contains(name.utf8.count), !name.utf8.contains(0) else { return nil }
    return try read("read WireGuard device \(name)") { $0.attribute(WGDEVICE_A_IFNAME, Array(name.utf8) + [0]) }
  }

  /// The device with interface index `index`; otherwise the same as `device(_:)` by name.
  public func device(_ index: UInt32) throws(NetlinkError) -> WireGuardDevice? {
    try read("read WireGuard device \(index)") { $0.attribute(WGDEVICE_A_IFINDEX, index) }
  }

  private func read(
    _ operation: String, _ select: (inout NetlinkRequest) -> Void
  ) throws(NetlinkError) -> WireGuardDevice? {
    // wg show NAME dump
    guard let family = try GenericFamily.all(sockets).first(where: { $0.name == WG_GENL_NAME }) else {
      throw NetlinkError(.unsupported, operation, detail: "the kernel's module wireguard is not loaded")
    }
    var request = NetlinkRequest(family.id, flags: NLM_F_DUMP)
    request.append(WG_CMD_GET_DEVICE)
    request.append([WG_GENL_VERSION, 0, 0])
    select(&request)
    for _ in 0..<Self.attempts {
      var dump = WireGuardDump()
      do {
        let summary = try sockets.ask(.generic, request, isDump: true, operation: operation, erasing: true) {
          (header, payload) throws(MalformedMessage) in
          if header.type == family.id { try dump.add(payload) }
        }
        if !summary.wasInterrupted { return dump.device }
      } catch let error where error.code == .notFound || error.errno == .notSupported {
        // ENODEV, or EOPNOTSUPP for an interface of another kind (`lookup_interface` in drivers/net/wireguard/netlink.c).
        return nil
      }
    }
    throw NetlinkError(.interrupted, operation, detail: "the device changed during each of \(Self.attempts) readings")
  }
}
