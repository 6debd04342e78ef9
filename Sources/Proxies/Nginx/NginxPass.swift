public import Programs

/// A directive that forwards requests: `proxy_pass http://git:3000;`.
public struct NginxPass: Hashable, Sendable {
  /// `proxy_pass`, `grpc_pass`, `fastcgi_pass`, `uwsgi_pass`, `scgi_pass`, `memcached_pass`.
  public var directive: String
  /// The argument as written: `$forward_scheme://$server:$port`.
  public var text: String
  /// The possible targets, with `upstream {}` resolved. There may be several: the servers of an upstream, or the values
  /// of a variable.
  public var targets: [NginxTarget]
  /// Where a `map` selects the target by the name that clients ask for: the targets for each name.
  public var targetsByName: [Named] = []
  public var place: ConfigurationLine

  public struct Named: Hashable, Sendable {
    /// The name as written in the `map`.
    public var name: String
    public var targets: [NginxTarget]
  }

  /// How many targets of one directive are kept.
  static let targetLimit = 1000
  /// Whether targets may have been left out.
  public var isTruncated: Bool { targets.count >= Self.targetLimit }

  static let directives: Set<String> = [
    "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass",
  ]

  init?(_ line: NginxDirective, isStream: Bool, variables: NginxVariables, upstreams: [String: NginxUpstream]) {
    guard Self.directives.contains(line.name), let text = line.value else { return nil }
    directive = line.name
    self.text = text
    place = line.place
    let resolve = { (texts: [String]) in
      var targets: [NginxTarget] = []
      for text in texts where !text.isEmpty && targets.count < Self.targetLimit {
        let room = Self.targetLimit - targets.count
        targets += Self.targets(text, line, isStream, upstreams).prefix(room)
      }
      return targets.withoutDuplicates
    }
    targets = resolve(variables.values(of: text))
    if text.utf8.contains(UInt8(ascii: "$")) {
      targetsByName = variables.textsByRequestedName(text).map { Named(name: $0.name, targets: resolve($0.texts)) }
    }
  }

  private static func targets(
    _ value: String, _ line: NginxDirective, _ isStream: Bool, _ upstreams: [String: NginxUpstream]
  ) -> [NginxTarget] {
    var scheme: String?
    var rest = value[...]
    let hasScheme = !isStream && (line.name == "proxy_pass" || line.name == "grpc_pass")
    // Only the colon of a scheme is followed by two slashes.
    if hasScheme, let end = value.utf8.firstIndex(of: UInt8(ascii: ":")), value[end...].hasPrefix("://") {
      scheme = value[..<end].lowercased()
      rest = value[end...].dropFirst(3)
    }
    let authority = Self.authority(rest)
    let defaultPort: UInt16? =
      switch (isStream, line.name, scheme) {
      case (true, _, _): nil
      case (_, "proxy_pass", "https"), (_, "grpc_pass", "grpcs"): 443
      case (_, "proxy_pass", "http"), (_, "grpc_pass", _): 80
      default: nil
      }
    if let upstream = upstreams[authority.lowercased()] {
      return upstream.servers.prefix(targetLimit).map { server in
        var target = server
        target.scheme = scheme
        return target
      }
    }
    return [NginxTarget(authority: authority, scheme: scheme, defaultPort: defaultPort, at: line.place)]
  }

  /// The part up to the path. Certain variables begin with a slash or a question mark.
  private static func authority(_ text: Substring) -> Substring {
    if text.hasPrefix("unix:") { return text }
    let end = text.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? text.endIndex
    var authority = text[..<end]
    guard authority.utf8.contains(UInt8(ascii: "$")) else { return authority }
    for name in ["$request_uri", "$uri", "$document_uri", "$is_args", "$args"] {
      if let found = position(of: name, in: authority) { authority = authority[..<found] }
    }
    return authority
  }

  private static func position(of name: String, in text: Substring) -> Substring.Index? {
    var rest = text
    while let dollar = rest.utf8.firstIndex(of: UInt8(ascii: "$")) {
      if rest[dollar...].hasPrefix(name) { return dollar }
      rest = rest[dollar...].dropFirst()
    }
    return nil
  }
}
