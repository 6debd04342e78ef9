package import Flows

extension WireGuardPeer {
  /// Reads the attributes of one peer. The preshared key is skipped.
  package init(parsing attributes: RawSpan) throws(MalformedMessage) {
    var key: WireGuardPublicKey?
    var endpoint: Endpoint?
    var prefixes: [Prefix] = []
    var handshake: Double?
    var received: UInt64 = 0
    var sent: UInt64 = 0
    var keepalive: UInt16 = 0
    try attributes.forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case WGPEER_A_PUBLIC_KEY: key = try value.wireGuardKey()
      case WGPEER_A_ENDPOINT: endpoint = value.socketAddress
      case WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL: keepalive = value.integer(at: 0) ?? 0
      case WGPEER_A_LAST_HANDSHAKE_TIME: handshake = value.kernelTime
      case WGPEER_A_RX_BYTES: received = value.integer(at: 0) ?? 0
      case WGPEER_A_TX_BYTES: sent = value.integer(at: 0) ?? 0
      case WGPEER_A_ALLOWEDIPS:
        try value.forEachAttribute { (_, entry) throws(MalformedMessage) in
          prefixes.append(try entry.allowedPrefix())
        }
      default: break
      }
    }
    guard let key else { throw MalformedMessage("peer without a public key") }
    self.init(
      publicKey: key, endpoint: endpoint, allowedPrefixes: prefixes, lastHandshake: handshake, receivedBytes: received,
      sentBytes: sent, persistentKeepalive: keepalive == 0 ? nil : keepalive)
  }
}

extension RawSpan {
  func wireGuardKey() throws(MalformedMessage) -> WireGuardPublicKey {
    // The length is checked first, so that longer values are not copied.
    guard byteCount == 32, let key = WireGuardPublicKey(array) else {
      throw MalformedMessage("key of \(byteCount) bytes")
    }
    return key
  }

  /// `struct sockaddr_in` or `struct sockaddr_in6`; nil for another family.
  fileprivate var socketAddress: Endpoint? {
    guard let family: UInt16 = integer(at: 0), let port: UInt16 = bigEndian(at: 2) else { return nil }
    switch family {
    case UInt16(AF_INET) where byteCount >= 8: return extracting(4..<8).address.map { Endpoint($0, port) }
    // u16 family, u16 port, u32 flow label, the address, u32 scope.
    case UInt16(AF_INET6) where byteCount >= 24: return extracting(8..<24).address.map { Endpoint($0, port) }
    default: return nil
    }
  }

  /// `struct __kernel_timespec`: i64 seconds, i64 nanoseconds; nil for zero, which means never.
  fileprivate var kernelTime: Double? {
    guard let seconds: Int64 = integer(at: 0), let nanoseconds: Int64 = integer(at: 8), seconds > 0 else { return nil }
    return Double(seconds) + Double(nanoseconds) / 1e9
  }

  fileprivate func allowedPrefix() throws(MalformedMessage) -> Prefix {
    var address: IPAddress?
    var length: UInt8?
    try forEachAttribute { (type, value) throws(MalformedMessage) in
      switch type {
      case WGALLOWEDIP_A_IPADDR:
        // Not converted to IPv4, because ::ffff:0:0/96 is a prefix of IPv6 here.
        address = value.byteCount == 16 ? value.bigEndian(at: 0).map(IPAddress.v6) : value.address
      case WGALLOWEDIP_A_CIDR_MASK: length = value.integer(at: 0)
      default: break
      }
    }
    guard let address, let length, let prefix = Prefix(address, length: Int(length)) else {
      throw MalformedMessage("allowed address without a prefix that fits")
    }
    return prefix
  }
}
