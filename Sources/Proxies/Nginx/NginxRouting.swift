public import Programs

/// What an nginx does according to its configuration: where it accepts, for which names, and where it forwards to.
public struct NginxRouting: Sendable {
  /// The servers of `http` and `stream`, in the order of the files.
  public private(set) var servers: [NginxServer] = []
  public private(set) var upstreams: [NginxUpstream] = []
  /// The log formats; first `combined`, which is built in.
  public private(set) var logFormats: [NginxLogFormat] = [.combined]
  /// Directives that are invalid where they are.
  public private(set) var problems: [ConfigurationProblem] = []

  private var targetCount = 0
  /// How many targets of all servers together are kept; a problem says so if there are more.
  static let targetLimit = 1_000_000

  public init(_ configuration: NginxConfiguration) {
    self.init(configuration.directives, prefix: configuration.prefix)
  }

  /// - Parameters:
  ///   - directives: the directives of a main context.
  ///   - prefix: the folder to which names of logs are relative.
  public init(_ directives: [NginxDirective], prefix: String = "/etc/nginx") {
    for name in ["http", "stream"] {
      // nginx allows each once; all that exist are read.
      let blocks = directives.filter { $0.name == name }.compactMap(\.block)
      if !blocks.isEmpty { read(Array(blocks.joined()), isStream: name == "stream", prefix: prefix) }
    }
  }

  private mutating func read(_ block: [NginxDirective], isStream: Bool, prefix: String) {
    let own = block.filter { $0.name == "upstream" }.compactMap { NginxUpstream($0, isStream: isStream) }
    upstreams += own
    logFormats += block.compactMap { NginxLogFormat($0, isStream: isStream) }
    let byName = Dictionary(own.map { ($0.name.lowercased(), $0) }) { first, _ in first }
    let scope = NginxScope(block, isStream: isStream, prefix: prefix, upstreams: byName)
    for line in block where line.name == "server" {
      if let server = server(line, in: scope) { servers.append(server) }
    }
  }

  private mutating func server(_ directive: NginxDirective, in outer: NginxScope) -> NginxServer? {
    guard let block = directive.block else { return nil }
    let scope = outer.entering(block)
    var listens: [NginxListen] = []
    var names: [String] = []
    for line in block {
      switch line.name {
      case "listen":
        if let listen = NginxListen(line, defaultPort: scope.isStream ? nil : 80) {
          listens.append(listen)
        } else if problems.count < 1000 {
          problems.append(ConfigurationProblem("listen \(line.value ?? "") is not understood", at: line.place))
        }
      case "server_name": names += line.arguments
      default: break
      }
    }
    // `ssl on;` of nginx before 1.25.1 applies to every listen.
    if block.contains(where: { $0.name == "ssl" && $0.value == "on" }) {
      for index in listens.indices { listens[index].isTLS = true }
    }
    if !scope.isStream, !block.contains(where: { $0.name == "listen" }) {
      listens = [.implied(at: directive.place)]
    }
    var server = NginxServer(
      isStream: scope.isStream, listens: listens, names: names, routes: [], logs: scope.logs,
      realAddress: scope.realAddress, readsName: scope.readsName, place: directive.place)
    server.routes = [route(block, nil, scope, directive.place)] + locations(block, scope, scope.variables)
    return server
  }

  private static let tooMany = "more than \(targetLimit) targets: the rest is left out"

  /// Adds the locations of a block and those inside them.
  private mutating func locations(
    _ block: [NginxDirective], _ outer: NginxScope, _ variables: NginxVariables
  ) -> [NginxRoute] {
    var routes: [NginxRoute] = []
    for line in block where line.name == "location" {
      guard let inner = line.block else { continue }
      let scope = outer.entering(inner, variables: variables)
      routes.append(route(inner, line.arguments.joined(separator: " "), scope, line.place))
      routes += locations(inner, scope, variables)
    }
    return routes
  }

  private mutating func route(
    _ block: [NginxDirective], _ location: String?, _ scope: NginxScope, _ place: ConfigurationLine
  ) -> NginxRoute {
    let passes = targetCount < Self.targetLimit ? scope.passes(block) : []
    targetCount += passes.reduce(0) { $0 + $1.targets.count + $1.targetsByName.count }
    if targetCount >= Self.targetLimit, problems.last?.text != Self.tooMany {
      problems.append(ConfigurationProblem(Self.tooMany, at: place))
    }
    return NginxRoute(
      location: location, passes: passes,
      answer: block.first { $0.name == "return" }?.arguments.joined(separator: " "), root: scope.root, logs: scope.logs,
      bind: scope.bind, place: place)
  }
}
