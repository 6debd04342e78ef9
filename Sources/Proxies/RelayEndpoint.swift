public import Flows

/// Where a relay listens or connects, as its command line says.
public struct RelayEndpoint: Hashable, Sendable {
  public var transport: Transport
  /// Nil or empty for all addresses.
  public var host: String?
  /// Nil if it is not a number, or not said.
  public var port: UInt16?
  /// Of a UNIX socket; host and port are nil then.
  public var path: String?

  public init(_ transport: Transport = .tcp, host: String? = nil, port: UInt16? = nil, path: String? = nil) {
    self.transport = transport
    self.host = host
    self.port = port
    self.path = path
  }

  /// `host` as an address; nil for names, and where there is none.
  public var address: IPAddress? { host.flatMap { IPAddress($0) } }

  /// Whether a socket at `endpoint` may be the one: the port is the same and so is the address, as far as either is
  /// known. Names are not looked up, so any address fits them.
  public func mayBe(_ endpoint: Endpoint) -> Bool {
    guard path == nil, let port, port == endpoint.port else { return false }
    guard let address, !address.isUnspecified else { return host != "localhost" || endpoint.address.isLoopback }
    return address == endpoint.address
  }

  /// The parts of `a:b:[c:d]:e`; nil if a bracket is never closed.
  static func parts(_ text: some StringProtocol) -> [String]? {
    var parts = [""]
    var isInBrackets = false
    for character in text {
      switch character {
      case "[": isInBrackets = true
      case "]": isInBrackets = false
      case ":" where !isInBrackets: parts.append("")
      default: parts[parts.count - 1].append(character)
      }
    }
    return isInBrackets ? nil : parts
  }
}

extension RelayEndpoint: CustomStringConvertible {
  /// `10.0.0.1:80`, `*:80`, `[::1]:80`, `unix:/run/x.sock`.
  public var description: String {
    if let path { return "unix:\(path)" }
    let name = host.flatMap { $0.isEmpty ? nil : $0.contains(":") ? "[\($0)]" : $0 } ?? "*"
    return "\(name):\(port.map(String.init) ?? "?")"
  }
}
