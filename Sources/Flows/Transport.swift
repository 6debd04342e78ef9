/// The protocol above IP, by its number (IANA "Protocol Numbers").
public struct Transport: Hashable, Sendable {
  public let number: UInt8
  public init(_ number: UInt8) { self.number = number }

  public static let icmp = Transport(1)
  public static let igmp = Transport(2)
  public static let tcp = Transport(6)
  public static let udp = Transport(17)
  public static let dccp = Transport(33)
  public static let gre = Transport(47)
  public static let esp = Transport(50)
  public static let icmp6 = Transport(58)
  public static let sctp = Transport(132)
  public static let udpLite = Transport(136)
  /// Frames of a packet socket, whose protocol was not parsed (IANA: "reserved").
  public static let packet = Transport(255)

  /// Whether the header starts with a source and a destination port.
  public var hasPorts: Bool { [.tcp, .udp, .dccp, .sctp, .udpLite].contains(self) }

  /// Whether it is ICMP or ICMPv6.
  public var isICMP: Bool { self == .icmp || self == .icmp6 }
}

extension Transport: CustomStringConvertible, LosslessStringConvertible {
  private static let names: [Transport: String] = [
    .icmp: "icmp", .igmp: "igmp", .tcp: "tcp", .udp: "udp", .dccp: "dccp", .gre: "gre", .esp: "esp", .icmp6: "icmp6",
    .sctp: "sctp", .udpLite: "udplite", .packet: "packet",
  ]

  public var description: String { Self.names[self] ?? "ip-\(number)" }

  public init?(_ text: String) {
    if let known = Self.names.first(where: { $0.value == text }) {
      self = known.key
    } else if text.hasPrefix("ip-"), let number = UInt8(text.dropFirst(3)) {
      self.init(number)
    } else {
      return nil
    }
  }
}
