internal import Flows
internal import Netlink

/// Where the packets of the kernel's own WireGuard go: the kernel says of a device to whom it talks, and its routes by which
/// interface.
struct WireGuardUnderlay {
  let place: Place
  let interface: UInt32
  /// Bytes that each packet is longer there: IP, UDP, and the message around it (`struct message_data` of
  /// drivers/net/wireguard/messages.h) with its tag. Up to 15 bytes of padding come on top of short ones.
  let header: UInt64

  /// A device's socket stays in the namespace that the device was made in, which nobody tells; where the device's own has no way
  /// to its peers, it is taken to be the host's.
  ///
  /// Nil where nothing leads to the peers, or their packets go different ways: the interfaces below then do not add up, which their
  /// ledger says.
  init?(_ index: UInt32, at own: Place, _ namespaces: LocalNamespaces) {
    // A device that may not be asked, and one that a program runs, has no peers that are known here.
    guard let device = (try? namespaces.wireGuard(own)?.device(index)) ?? nil else { return nil }
    let host = namespaces.descriptions.first(where: \.isHost)?.id
    for place in [own] + (host.map { $0 == own ? [] : [$0] } ?? []) {
      guard let routing = namespaces.routing(place) else { continue }
      var ways: [Way: UInt64] = [:]
      for peer in device.peers {
        // A far end without a route has no interface below.
        guard let address = peer.endpoint?.address,
          let route = try? routing.route(to: address, mark: device.firewallMark),
          let interface = route.outputInterface, place != own || interface != index
        else { continue }
        // Also a peer that has not moved anything yet.
        ways[Way(interface: interface, isV4: address.isV4), default: 0] += peer.receivedBytes + peer.sentBytes + 1
      }
      guard let most = ways.max(by: { $0.value < $1.value }) else { continue }
      let all = ways.filter { $0.key.interface == most.key.interface }.values.reduce(0, +)
      guard Double(all) >= 0.97 * Double(ways.values.reduce(0, +)) else { return nil }
      self.place = place
      interface = most.key.interface
      header = (most.key.isV4 ? 20 : 40) + 8 + 32
      return
    }
    return nil
  }

  private struct Way: Hashable {
    let interface: UInt32
    let isV4: Bool
  }
}
