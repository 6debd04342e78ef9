public import Flows

/// An address that HAProxy listens on or connects to, as its configuration writes it (configuration manual 11, "Address
/// formats").
public struct HAProxyAddress: Hashable, Sendable {
  public enum Host: Hashable, Sendable {
    /// An IP address. 0.0.0.0 or `::` means any address; for a server it means the address that the client wanted.
    case ip(IPAddress)
    /// A name, which needs DNS.
    case name(String)
    /// A UNIX socket's path.
    case unix(String)
    /// A UNIX socket in the abstract namespace, without the zero byte.
    case abstract(String)
    /// An inherited file descriptor: `fd@3`, `sockpair@4`.
    case inherited(String)
    /// `rhttp@backend/server`: the other side opens the connections.
    case reverse(String)
  }

  public enum Ports: Hashable, Sendable {
    /// No port; for a server that means the port that the client asked for.
    case none
    case range(ClosedRange<UInt16>)
    /// `+1000` or `-1000`: added to the client's port.
    case offset(Int)
  }

  public var host: Host
  public var ports: Ports
  /// TCP, or UDP for QUIC and datagrams.
  public var transport: Transport
  /// The address as written, after variables were replaced.
  public var text: String

  /// Reads one address without commas; nil if it is not valid.
  public init?(_ text: String) {
    self.text = text
    var rest = text[...]
    var transport = Transport.tcp
    if let plus = rest.firstIndex(of: "+"), let kind = Self.outer[String(rest[..<plus])] {
      transport = kind
      rest = rest[plus...].dropFirst()
    }
    var family: Family = .any
    if let at = rest.firstIndex(of: "@"), let prefix = Self.prefixes[String(rest[..<at])] {
      family = prefix.family
      if prefix.transport == .udp { transport = .udp }
      rest = rest[at...].dropFirst()
    } else if rest.hasPrefix("/") {
      family = .unix
    }
    self.transport = transport
    ports = .none
    switch family {
    case .unix: host = .unix(String(rest))
    case .abstract: host = .abstract(String(rest))
    case .inherited: host = .inherited(String(rest))
    case .reverse: host = .reverse(String(rest))
    case .any, .v4, .v6:
      // The port follows the last colon, unless brackets end the text.
      if !rest.hasSuffix("]"), let colon = rest.lastIndex(of: ":") {
        guard let ports = Self.ports(rest[colon...].dropFirst()) else { return nil }
        self.ports = ports
        rest = rest[..<colon]
      }
      guard let host = Self.host(rest, family) else { return nil }
      self.host = host
    }
    if case .unix(let path) = host, path.isEmpty || path.utf8.contains(0) { return nil }
  }

  /// Reads addresses separated by commas; nil if one of them is not valid.
  static func list(_ text: String) -> [HAProxyAddress]? {
    var addresses: [HAProxyAddress] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let address = HAProxyAddress(String(part)) else { return nil }
      addresses.append(address)
    }
    return addresses
  }

  private enum Family { case any, v4, v6, unix, abstract, inherited, reverse }

  private static let outer: [String: Transport] = ["stream": .tcp, "dgram": .udp, "quic": .udp]
  private static let prefixes: [String: (family: Family, transport: Transport)] = [
    "ip": (.any, .tcp), "tcp": (.any, .tcp), "mptcp": (.any, .tcp), "udp": (.any, .udp), "quic": (.any, .udp),
    "ipv4": (.v4, .tcp), "tcp4": (.v4, .tcp), "mptcp4": (.v4, .tcp), "udp4": (.v4, .udp), "quic4": (.v4, .udp),
    "ipv6": (.v6, .tcp), "tcp6": (.v6, .tcp), "mptcp6": (.v6, .tcp), "udp6": (.v6, .udp), "quic6": (.v6, .udp),
    "unix": (.unix, .tcp), "uxst": (.unix, .tcp), "uxdg": (.unix, .udp), "abns": (.abstract, .tcp),
    "abnsz": (.abstract, .tcp), "fd": (.inherited, .tcp), "sockpair": (.inherited, .tcp), "rhttp": (.reverse, .tcp),
    "rev": (.reverse, .tcp),
  ]

  private static func host(_ text: Substring, _ family: Family) -> Host? {
    var text = text
    if text.hasPrefix("["), text.hasSuffix("]") {
      text = text.dropFirst().dropLast()
      guard text.contains(":") else { return nil }
    }
    if text.isEmpty || text == "*" { return .ip(family == .v6 ? .anyV6 : .anyV4) }
    // A zone gives the link of a link-local address.
    let zoneless = text.prefix { $0 != "%" }
    if let address = IPAddress(zoneless) {
      guard family == .any || address.isV4 == (family == .v4) else { return nil }
      return .ip(address)
    }
    let isName = text.utf8.allSatisfy { byte in
      byte > 127 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "_.-%".utf8.contains(byte)
    }
    return isName ? .name(String(text)) : nil
  }

  private static func ports(_ text: Substring) -> Ports? {
    if text.isEmpty { return Ports.none }
    if text.hasPrefix("+") || text.hasPrefix("-") {
      guard let number = Port(text.dropFirst())?.number else { return nil }
      return .offset(text.hasPrefix("-") ? -Int(number) : Int(number))
    }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2, let low = Port(ends[0])?.number, let high = Port(ends[ends.count - 1])?.number, low <= high
    else { return nil }
    return .range(low...high)
  }
}
