public import Flows

/// A client's address outside the VPN, as the server prints it (`mroute_addr_print`, OpenVPN 2.3 to 2.7).
public struct OpenVPNPeer: Hashable, Sendable {
  public var address: IPAddress
  /// The port; nil if this version does not print it: IPv4 on a dual-stack socket up to 2.4, IPv6 up to 2.6.
  public var port: UInt16?

  public init(_ address: IPAddress, port: UInt16?) {
    self.address = address
    self.port = port
  }

  /// Reads `1.2.3.4:5`, `1.2.3.4`, `::ffff:1.2.3.4`, `2001:db8::1`, `[2001:db8::1]:5`, each with or without a prefix
  /// such as `udp4:`, `tcp6-server:` or `[AF_INET]`; nil for anything else.
  public init?(_ text: String) {
    var rest = text[...]
    for family in ["[AF_INET6]", "[AF_INET]"] where rest.hasPrefix(family) { rest = rest.dropFirst(family.count) }
    if let colon = rest.firstIndex(of: ":"), Self.transports.contains(rest[..<colon]) {
      rest = rest[rest.index(after: colon)...]
    }
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]"), let address = Self.address(rest[..<end].dropFirst()) else { return nil }
      let behind = rest[rest.index(after: end)...]
      guard !behind.isEmpty else { self.init(address, port: nil); return }
      guard behind.hasPrefix(":"), let port = Port(behind.dropFirst()) else { return nil }
      self.init(address, port: port.number)
    } else if let address = Self.address(rest) {
      self.init(address, port: nil)
    } else if let colon = rest.firstIndex(of: ":"), let address = IPAddress(rest[..<colon]),
      let port = Port(rest[rest.index(after: colon)...])
    {
      self.init(address, port: port.number)
    } else {
      return nil
    }
  }

  private static let transports: Set<Substring> = Set(
    ["udp", "tcp"].flatMap { name in
      ["", "4", "6"].flatMap { family in ["", "-server", "-client"].map { Substring("\(name)\(family)\($0)") } }
    })

  /// Reads an address without its zone (`fe80::1%eth0`); an IPv4-mapped address becomes IPv4.
  private static func address(_ text: Substring) -> IPAddress? {
    switch IPAddress(text.prefix { $0 != "%" }) {
    case .v6(let value): IPAddress(mapped: value)
    case let address: address
    }
  }
}

extension OpenVPNPeer: CustomStringConvertible {
  public var description: String { port.map { "\(Endpoint(address, $0))" } ?? "\(address)" }
}
