package import Flows

/// A device, assembled from the messages of its dump.
///
/// Only the first message describes the device itself. A peer whose allowed prefixes do not fit continues in the next
/// message, as a peer with the same key and only prefixes (<linux/wireguard.h>).
package struct WireGuardDump {
  private var name: String?
  private var publicKey: WireGuardPublicKey?
  private var listenPort: UInt16 = 0
  private var firewallMark: UInt32 = 0
  private var peers: [WireGuardPeer] = []

  package init() {}

  /// The device as far as it was read; nil if no message had a name.
  package var device: WireGuardDevice? {
    name.map {
      WireGuardDevice(
        name: $0, publicKey: publicKey, listenPort: listenPort, firewallMark: firewallMark, peers: peers)
    }
  }

  /// Reads the payload of one message.
  package mutating func add(_ payload: RawSpan) throws(MalformedMessage) {
    guard let command: UInt8 = payload.integer(at: 0), command == WG_CMD_GET_DEVICE, payload.byteCount >= GENL_HDRLEN
    else { throw MalformedMessage("WireGuard message of \(payload.byteCount) bytes") }
    try payload.forEachAttribute(after: GENL_HDRLEN) { (type, value) throws(MalformedMessage) in
      switch type {
      case WGDEVICE_A_IFNAME: name = value.text
      case WGDEVICE_A_PUBLIC_KEY: publicKey = try value.wireGuardKey()
      case WGDEVICE_A_LISTEN_PORT: listenPort = value.integer(at: 0) ?? 0
      case WGDEVICE_A_FWMARK: firewallMark = value.integer(at: 0) ?? 0
      case WGDEVICE_A_PEERS:
        try value.forEachAttribute { (_, peer) throws(MalformedMessage) in
          merge(try WireGuardPeer(parsing: peer))
        }
      default: break
      }
    }
  }

  private mutating func merge(_ peer: WireGuardPeer) {
    if let last = peers.indices.last, peers[last].publicKey == peer.publicKey {
      peers[last].allowedPrefixes += peer.allowedPrefixes
    } else {
      peers.append(peer)
    }
  }
}
