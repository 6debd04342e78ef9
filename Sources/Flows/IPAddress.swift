/// An IPv4 or IPv6 address, kept as an integer until it is printed.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2), as packets and dual-stack sockets have
/// it, becomes the IPv4 address in `init(mapped:)`.
public enum IPAddress: Hashable, Sendable {
  /// The address in host order: 192.0.2.1 is `0xC000_0201`.
  case v4(UInt32)
  /// The address in host order: `::1` is 1.
  case v6(UInt128)

  public static let anyV4 = IPAddress.v4(0)
  public static let anyV6 = IPAddress.v6(0)

  /// The address of 16 bytes in host order. An IPv4-mapped address becomes an IPv4 address.
  public init(mapped value: UInt128) {
    if value >> 32 == 0xFFFF {
      self = .v4(UInt32(truncatingIfNeeded: value))
    } else {
      self = .v6(value)
    }
  }

  /// The address of `bytes` in network order; nil unless there are 4 or 16 bytes.
  public init?(networkOrder bytes: some Collection<UInt8>) {
    switch bytes.count {
    case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
    case 16: self = .init(mapped: bytes.reduce(0) { $0 << 8 | UInt128($1) })
    default: return nil
    }
  }

  public var isV4: Bool { if case .v4 = self { true } else { false } }

  /// How many bits an address of this family has: 32 or 128.
  public var bitWidth: Int { isV4 ? 32 : 128 }

  /// The address as one integer; an IPv4 address has zeros in front.
  public var integer: UInt128 {
    switch self {
    case .v4(let value): UInt128(value)
    case .v6(let value): value
    }
  }

  /// The address in network order: 4 or 16 bytes.
  public var networkOrder: [UInt8] {
    (0..<bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: integer >> UInt128($0 * 8)) }
  }

  /// 0.0.0.0 or `::`.
  public var isUnspecified: Bool { integer == 0 }

  /// 127.0.0.0/8 or `::1`.
  public var isLoopback: Bool {
    switch self {
    case .v4(let value): value >> 24 == 127
    case .v6(let value): value == 1
    }
  }

  /// 169.254.0.0/16 or fe80::/10.
  public var isLinkLocal: Bool {
    switch self {
    case .v4(let value): value >> 16 == 0xA9FE
    case .v6(let value): value >> 118 == 0x3FA
    }
  }

  /// 224.0.0.0/4, the limited broadcast address, or ff00::/8.
  public var isMulticastOrBroadcast: Bool {
    switch self {
    case .v4(let value): value >> 28 == 0xE || value == .max
    case .v6(let value): value >> 120 == 0xFF
    }
  }
}

extension IPAddress: Comparable {
  /// Sorts IPv4 before IPv6, then by value.
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    if left.isV4 != right.isV4 { return left.isV4 }
    return left.integer < right.integer
  }
}
