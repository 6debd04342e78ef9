internal import Flows

/// What a block inherits from those around it. As in nginx, a directive at one level replaces all of the same directive
/// from the level above.
struct NginxScope {
  let isStream: Bool
  let prefix: String
  let upstreams: [String: NginxUpstream]
  private(set) var variables: NginxVariables
  private(set) var logs: [NginxAccessLog]
  private(set) var realAddress = NginxRealAddress()
  private(set) var bind: NginxBind?
  private(set) var root: String?
  private(set) var readsName = false

  /// The scope of the `http` or `stream` block. A stream logs nothing by default. The default log of `http` was set
  /// when nginx was built: `logs/access.log` in its prefix, or /var/log/nginx in packages.
  init(_ block: [NginxDirective], isStream: Bool, prefix: String, upstreams: [String: NginxUpstream]) {
    self.isStream = isStream
    self.prefix = prefix
    self.upstreams = upstreams
    variables = NginxVariables(maps: block)
    let usual =
      prefix == "/etc/nginx" ? "/var/log/nginx/access.log" : NginxInvocation.path("logs/access.log", in: prefix)
    logs = isStream ? [] : [NginxAccessLog(path: usual)]
    read(block)
  }

  /// The scope of a block inside this one. `set` runs for the server and for the innermost location only, so a location
  /// inside a location uses its server's `variables` and not those of the location around it.
  func entering(_ block: [NginxDirective], variables: NginxVariables? = nil) -> NginxScope {
    var inner = self
    if let variables { inner.variables = variables }
    inner.variables.enter(block)
    inner.read(block)
    return inner
  }

  private mutating func read(_ block: [NginxDirective]) {
    var ownLogs: [NginxAccessLog]?
    var trusted: [NginxDirective] = []
    for line in block {
      switch line.name {
      case "access_log":
        if line.value == "off" { ownLogs = [] }
        if let log = NginxAccessLog(line, prefix: prefix, variables: variables) { ownLogs = (ownLogs ?? []) + [log] }
      case "set_real_ip_from": trusted.append(line)
      case "real_ip_header": realAddress.header = line.value ?? realAddress.header
      case "real_ip_recursive": realAddress.isRecursive = line.value == "on"
      case "root": root = line.value
      case "ssl_preread": readsName = line.value == "on"
      case "proxy_bind":
        bind =
          line.value.flatMap { $0 == "off" ? nil : $0 }.map {
            NginxBind(text: $0, isTransparent: line.arguments.contains("transparent"), place: line.place)
          }
      default: break
      }
    }
    if let ownLogs { logs = ownLogs }
    guard !trusted.isEmpty else { return }
    let values = trusted.compactMap(\.value)
    realAddress.trusted = values.compactMap { Prefix($0) }
    realAddress.others = values.filter { Prefix($0) == nil }
  }

  /// The forwarding directives of a block, including those in `if` and `limit_except`.
  func passes(_ block: [NginxDirective]) -> [NginxPass] {
    block.flatMap { line -> [NginxPass] in
      if line.name == "if" || line.name == "limit_except", let inner = line.block { return passes(inner) }
      return NginxPass(line, isStream: isStream, variables: variables, upstreams: upstreams).map { [$0] } ?? []
    }
  }
}
