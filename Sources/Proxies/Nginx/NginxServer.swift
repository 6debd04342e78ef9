public import Programs

/// A `server {}` of `http {}` or `stream {}`.
public struct NginxServer: Hashable, Sendable {
  public var isStream: Bool
  public var listens: [NginxListen]
  /// The names as written, in order; `""` stands for requests without a name. Empty for a stream and for a server
  /// without `server_name`.
  public var names: [String]
  /// The server's own level first (with `location` nil), then its locations in the order of the file.
  public var routes: [NginxRoute]
  /// The logs of the server's own level.
  public var logs: [NginxAccessLog]
  public var realAddress: NginxRealAddress
  /// Whether it is a stream with `ssl_preread on`, which reads the requested name and passes TLS on.
  public var readsName: Bool
  public var place: ConfigurationLine

  /// All targets of all routes.
  public var targets: [NginxTarget] { routes.flatMap(\.passes).flatMap(\.targets) }
}

/// A location of a server, or the server's own level.
public struct NginxRoute: Hashable, Sendable {
  /// `/`, `= /x`, `~ \.php$`, `@name`; nil for the server's own level.
  public var location: String?
  /// Where requests go, including directives in `if` and `limit_except`.
  public var passes: [NginxPass]
  /// The arguments of `return`: `301 https://$host$request_uri`.
  public var answer: String?
  public var root: String?
  public var logs: [NginxAccessLog]
  public var bind: NginxBind?
  public var place: ConfigurationLine
}
