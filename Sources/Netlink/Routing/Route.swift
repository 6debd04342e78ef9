public import Flows

/// The way by which the kernel would send a packet.
public struct Route: Sendable, Hashable {
  /// `RTN_…` of `<linux/rtnetlink.h>`.
  public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Through a gateway, or directly to the address.
    public static let unicast = Kind(rawValue: 1)
    /// To an address of this host.
    public static let local = Kind(rawValue: 2)
    public static let broadcast = Kind(rawValue: 3)
    public static let anycast = Kind(rawValue: 4)
    public static let multicast = Kind(rawValue: 5)
    public static let blackhole = Kind(rawValue: 6)
    public static let unreachable = Kind(rawValue: 7)
    public static let prohibit = Kind(rawValue: 8)

    private static let names = [
      "unspecified", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit",
    ]

    public var description: String {
      Int(rawValue) < Self.names.count ? Self.names[Int(rawValue)] : "kind-\(rawValue)"
    }
  }

  public let kind: Kind
  public let outputInterface: UInt32?
  /// The gateway; nil if the address is reached directly. It may be IPv6 for an IPv4 route.
  public let gateway: IPAddress?
  /// The source address that the host's own packets would get.
  public let preferredSource: IPAddress?
  /// The routing table: 254 main, 255 local. A kernel without policy rules keeps local routes in main.
  public let table: UInt32
}

extension Route {
  /// Reads the payload of an RTM_NEWROUTE message.
  package init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let shortTable: UInt8 = payload.integer(at: 4), let kind: UInt8 = payload.integer(at: 7),
      payload.byteCount >= RTMSG_LENGTH
    else { throw MalformedMessage("route of \(payload.byteCount) bytes") }
    var output: UInt32?
    var gateway: IPAddress?
    var source: IPAddress?
    var table: UInt32?
    try payload.forEachAttribute(after: RTMSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case RTA_OIF: output = value.integer(at: 0)
      case RTA_GATEWAY: gateway = value.address
      // struct rtvia: u16 family, the address.
      case RTA_VIA: gateway = value.byteCount > 2 ? value.extracting(2..<value.byteCount).address : nil
      case RTA_PREFSRC: source = value.address
      case RTA_TABLE: table = value.integer(at: 0)
      default: break
      }
    }
    self.kind = Kind(rawValue: kind)
    outputInterface = output
    self.gateway = gateway
    preferredSource = source
    self.table = table ?? UInt32(shortTable)
  }
}
