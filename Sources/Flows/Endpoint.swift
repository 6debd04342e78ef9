/// An address and a port. For ICMP the port is the echo identifier; it is 0 for protocols without ports.
public struct Endpoint: Hashable, Sendable {
  public var address: IPAddress
  public var port: UInt16

  public init(_ address: IPAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension Endpoint: CustomStringConvertible, LosslessStringConvertible {
  /// `192.0.2.1:443`, `[2001:db8::1]:443`.
  public var description: String {
    address.isV4 || address.standsFor != nil ? "\(address):\(port)" : "[\(address)]:\(port)"
  }

  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Port(text[text.index(after: colon)...]) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard let address = IPAddress(host) else { return nil }
    self.init(address, port.number)
  }
}

/// Reads a port number from text: 1 to 5 digits, no sign, at most 65535.
public struct Port: Hashable, Sendable {
  public let number: UInt16

  public init?(_ text: some StringProtocol) {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = UInt16(text)
    else { return nil }
    self.number = number
  }
}

extension Endpoint: Comparable {
  public static func < (left: Endpoint, right: Endpoint) -> Bool {
    (left.address, left.port) < (right.address, right.port)
  }
}
