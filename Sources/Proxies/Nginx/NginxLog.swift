public import Flows
public import Programs

/// An `access_log` directive: where requests are logged.
public struct NginxAccessLog: Hashable, Sendable {
  /// The path, absolute in the process's root, or `syslog:…`; it may contain variables.
  public var path: String
  /// The name of a `log_format`; `combined` by default.
  public var format: String
  /// The text behind `if=`, a condition under which requests are logged; nil if all are.
  public var condition: String?
  /// The directive's line; nil for the log that nginx writes without an `access_log`.
  public var place: ConfigurationLine?

  public init(path: String, format: String = "combined", condition: String? = nil, place: ConfigurationLine? = nil) {
    self.path = path
    self.format = format
    self.condition = condition
    self.place = place
  }

  /// Reads the directive; nil for `off`.
  init?(_ line: NginxDirective, prefix: String, variables: NginxVariables) {
    guard let first = line.value, first != "off" else { return nil }
    let values = variables.values(of: first)
    let path = values.count == 1 ? values[0] : first
    self.path = path.hasPrefix("syslog:") ? path : NginxInvocation.path(path, in: prefix)
    let second = line.arguments.dropFirst().first ?? ""
    format = second.isEmpty || second.contains("=") ? "combined" : second
    condition = line.arguments.dropFirst().first { $0.hasPrefix("if=") }.map { String($0.dropFirst(3)) }
    place = line.place
  }
}

/// A `log_format`: what a line of a log contains.
public struct NginxLogFormat: Hashable, Sendable {
  public var name: String
  /// The text with its variables: `$remote_addr - $remote_user [$time_local] …`.
  public var text: String
  /// The escaping: `default`, `json` or `none`.
  public var escape = "default"
  public var isStream: Bool
  /// The directive's line; nil for the built-in `combined`.
  public var place: ConfigurationLine?

  /// The built-in format, from src/http/modules/ngx_http_log_module.c.
  public static let combined = NginxLogFormat(
    name: "combined",
    text: "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
      + "\"$http_referer\" \"$http_user_agent\"", isStream: false)

  private init(name: String, text: String, isStream: Bool) {
    self.name = name
    self.text = text
    self.isStream = isStream
  }

  init?(_ line: NginxDirective, isStream: Bool) {
    guard line.name == "log_format", let name = line.value else { return nil }
    var parts = line.arguments.dropFirst()
    self.init(name: name, text: "", isStream: isStream)
    if let escape = parts.first, escape.hasPrefix("escape=") {
      self.escape = String(escape.dropFirst(7))
      parts = parts.dropFirst()
    }
    text = parts.joined()
    place = line.place
  }
}

/// From which peers and headers nginx takes the client's address (ngx_http_realip_module).
public struct NginxRealAddress: Hashable, Sendable {
  /// The header; `X-Real-IP` by default; `proxy_protocol` for the PROXY header.
  public var header = "X-Real-IP"
  /// Peers whose header is trusted. If it is empty, the client is the peer.
  public var trusted: [Prefix] = []
  /// Trusted peers that are not prefixes: `unix:`, names.
  public var others: [String] = []
  public var isRecursive = false
}

/// `proxy_bind`: the address from which nginx connects to servers.
public struct NginxBind: Hashable, Sendable {
  /// The argument as written: `$remote_addr`, `192.0.2.1`.
  public var text: String
  /// Whether it is transparent. With `$remote_addr` nginx then connects from the client's own address.
  public var isTransparent: Bool
  public var place: ConfigurationLine
}
