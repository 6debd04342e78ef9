public import Flows
public import Programs

/// One `listen` directive (ngx_http_core_module, ngx_stream_core_module): addresses and ports where a server accepts.
public struct NginxListen: Hashable, Sendable {
  /// The directive's first argument; `*:80` where a server has no `listen`.
  public var text: String
  /// 0.0.0.0 or `::` for all; nil for UNIX sockets and for names.
  public var address: IPAddress?
  /// `localhost`, or another name that needs to be looked up.
  public var name: String?
  /// Nil for UNIX sockets.
  public var ports: ClosedRange<UInt16>?
  /// Of a UNIX socket.
  public var path: String?
  /// `.udp` with `udp` or `quic`, else `.tcp`.
  public var transport = Transport.tcp
  public var isTLS = false
  public var isDefault = false
  /// The client's address is not that of the connection: it comes in a PROXY header.
  public var hasProxyProtocol = false
  /// `[::]` with `ipv6only=off` accepts IPv4 as well.
  public var acceptsV4 = false
  /// The directive; the server's own line where it has none.
  public var place: ConfigurationLine

  /// What a server without `listen` does, as root.
  static func implied(at place: ConfigurationLine) -> NginxListen {
    NginxListen(text: "*:80", address: .anyV4, ports: 80...80, place: place)
  }

  private init(text: String, address: IPAddress?, ports: ClosedRange<UInt16>?, place: ConfigurationLine) {
    self.text = text
    self.address = address
    self.ports = ports
    self.place = place
  }

  /// Nil if its argument is none of the forms. In `http` the port is 80 if none is given; in `stream` it must be.
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

  /// `80`, `8000-8099`, `*`, `*:80`, `192.0.2.1`, `192.0.2.1:80`, `[::]:80`, `localhost:80`.
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

  /// How a connection to `endpoint` of this host fits.
  enum Fit: Int, Comparable {
    /// By a wildcard, or perhaps by a name.
    case wildcard, exact
    static func < (left: Fit, right: Fit) -> Bool { left.rawValue < right.rawValue }
  }

  /// nginx looks for the exact address first, then for the wildcard; nil if neither is meant.
  func fit(_ endpoint: Endpoint, _ transport: Transport) -> Fit? {
    guard transport == self.transport, ports?.contains(endpoint.port) == true else { return nil }
    if name == "localhost" { return endpoint.address.isLoopback ? .exact : nil }
    guard let address else { return name == nil ? nil : .wildcard }
    if address == endpoint.address { return .exact }
    guard address.isUnspecified else { return nil }
    return address.isV4 == endpoint.address.isV4 || acceptsV4 ? .wildcard : nil
  }
}
