public import Flows

/// An address that a relay listens on or connects to, as its command line writes it.
public struct RelayEndpoint: Hashable, Sendable {
  public var transport: Transport
  /// The host; nil or empty for all addresses.
  public var host: String?
  /// The port; nil if it is not given or not a number.
  public var port: UInt16?
  /// The path of a UNIX socket; host and port are then nil.
  public var path: String?

  public init(_ transport: Transport = .tcp, host: String? = nil, port: UInt16? = nil, path: String? = nil) {
    self.transport = transport
    self.host = host
    self.port = port
    self.path = path
  }

  /// The host as an address; nil for a name, and if there is no host.
  public var address: IPAddress? { host.flatMap { IPAddress($0) } }

  /// Whether a socket at `endpoint` may be this one: port and address are equal as far as they are known. Names are not
  /// looked up, so any address matches a name.
  public func mayBe(_ endpoint: Endpoint) -> Bool {
    guard path == nil, let port, port == endpoint.port else { return false }
    guard let address, !address.isUnspecified else { return host != "localhost" || endpoint.address.isLoopback }
    return address == endpoint.address
  }

  /// The parts of `a:b:[c:d]:e`; nil if a bracket is not closed.
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
