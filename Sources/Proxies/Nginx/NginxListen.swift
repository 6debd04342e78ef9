public import Flows
public import Programs

/// One `listen` directive (ngx_http_core_module, ngx_stream_core_module): addresses and ports on which a server
/// accepts.
public struct NginxListen: Hashable, Sendable {
  /// The directive's first argument; `*:80` if a server has no `listen`.
  public var text: String
  /// The address; 0.0.0.0 or `::` for all addresses; nil for UNIX sockets and names.
  public var address: IPAddress?
  /// A name that needs a lookup, such as `localhost`; nil for addresses and UNIX sockets.
  public var name: String?
  /// The range of ports; nil for UNIX sockets.
  public var ports: ClosedRange<UInt16>?
  /// The path of a UNIX socket; nil for other kinds.
  public var path: String?
  /// `.udp` for a directive with `udp` or `quic`, else `.tcp`.
  public var transport = Transport.tcp
  public var isTLS = false
  public var isDefault = false
  /// Whether the client's address comes in a PROXY header instead of being the connection's.
  public var hasProxyProtocol = false
  /// Whether `[::]` accepts IPv4 as well, because of `ipv6only=off`.
  public var acceptsV4 = false
  /// The directive's line; the server's own line if it has no `listen`.
  public var place: ConfigurationLine

  /// The implied `listen` of a server without one, if nginx runs as root.
  static func implied(at place: ConfigurationLine) -> NginxListen {
    NginxListen(text: "*:80", address: .anyV4, ports: 80...80, place: place)
  }

  private init(text: String, address: IPAddress?, ports: ClosedRange<UInt16>?, place: ConfigurationLine) {
    self.text = text
    self.address = address
    self.ports = ports
    self.place = place
  }

  /// Nil if the argument has no valid form.
  ///
  /// - Parameter defaultPort: the port if none is given: 80 in `http`, nil in `stream`, where a port is required.
  public init?(_ directive: NginxDirective, defaultPort: UInt16?) {
    guard let text = directive.value else { return nil }
    self.init(text: text, address: nil, ports: nil, place: directive.place)
    if text.hasPrefix("unix:") {
      path = String(text.dropFirst(5))
    } else {
      guard setAddress(text, defaultPort: defaultPort) else { return nil }
    }
    for parameter in directive.arguments.dropFirst() {
      switch parameter {
      case "ssl": isTLS = true
      case "udp": transport = .udp
      case "quic":
        transport = .udp
        isTLS = true
      case "default_server", "default": isDefault = true
      case "proxy_protocol": hasProxyProtocol = true
      case "ipv6only=off": acceptsV4 = address == .anyV6
      default: break
      }
    }
  }

  /// Reads `80`, `8000-8099`, `*`, `*:80`, `192.0.2.1`, `192.0.2.1:80`, `[::]:80`, `localhost:80`.
  private mutating func setAddress(_ text: String, defaultPort: UInt16?) -> Bool {
    if let ports = Self.ports(text[...]) {
      address = .anyV4
      self.ports = ports
      return true
    }
    var host = text[...]
    ports = defaultPort.map { $0...$0 }
    let bracket = text.utf8.lastIndex(of: UInt8(ascii: "]"))
    if let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), bracket.map({ $0 < colon }) ?? true {
      guard let given = Self.ports(text[text.index(after: colon)...]) else { return false }
      ports = given
      host = text[..<colon]
    }
    guard ports != nil, !host.isEmpty else { return false }
    if host == "*" {
      address = .anyV4
    } else if host.hasPrefix("["), host.hasSuffix("]") {
      guard let v6 = IPAddress(host.dropFirst().dropLast()), !v6.isV4 else { return false }
      address = v6
    } else if let v4 = IPAddress(host), v4.isV4 {
      address = v4
    } else if host.contains(where: { ":[]/$ ".contains($0) }) || host.allSatisfy({ $0.isNumber || $0 == "-" }) {
      return false
    } else {
      name = String(host)
    }
    return true
  }

  private static func ports(_ text: Substring) -> ClosedRange<UInt16>? {
    guard let dash = text.utf8.firstIndex(of: UInt8(ascii: "-")) else {
      return Port(text).flatMap { $0.number > 0 ? $0.number...$0.number : nil }
    }
    guard let first = Port(text[..<dash])?.number, let last = Port(text[text.index(after: dash)...])?.number,
      first > 0, first <= last
    else { return nil }
    return first...last
  }

  /// How well the directive matches a connection to an endpoint of this host.
  enum Fit: Int, Comparable {
    /// `wildcard`: by a wildcard, or possibly by a name. `exact`: by exactly this address.
    case wildcard, exact
    static func < (left: Fit, right: Fit) -> Bool { left.rawValue < right.rawValue }
  }

  /// How the directive matches; nil if it does not. nginx looks for the exact address first and then for the wildcard.
  func fit(_ endpoint: Endpoint, _ transport: Transport) -> Fit? {
    guard transport == self.transport, ports?.contains(endpoint.port) == true else { return nil }
    if name == "localhost" { return endpoint.address.isLoopback ? .exact : nil }
    guard let address else { return name == nil ? nil : .wildcard }
    if address == endpoint.address { return .exact }
    guard address.isUnspecified else { return nil }
    return address.isV4 == endpoint.address.isV4 || acceptsV4 ? .wildcard : nil
  }
}
