internal import LinuxSystem
public import Programs

/// A host that a person created in Nginx Proxy Manager: one file below /data/nginx.
public struct NginxProxyManagerHost: Hashable, Sendable {
  /// The kind of host, which is the folder of its file.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case proxy = "proxy_host"
    case redirection = "redirection_host"
    /// A host that answers 404.
    case dead = "dead_host"
    case stream
  }

  public var kind: Kind
  /// The number in the address of its administration page, in its file's name and in its logs' names.
  public var id: Int
  /// The names it serves; none for a stream.
  public var names: [String]
  /// `set $forward_scheme`, `$server` and `$port` of a proxy host; the target of a stream. Custom locations are in
  /// `server`.
  public var forwardScheme: String?
  public var forwardHost: String?
  public var forwardPort: UInt16?
  /// The path of its log, such as `/data/logs/proxy-host-10_access.log`; nil if it writes none.
  public var log: String?
  /// False for a file that ends in `.err`, because nginx rejected it and does not use it.
  public var isActive: Bool
  public var file: String
  /// The server block in the file.
  public var server: NginxServer

  /// The host's title in the administration pages and logs: `proxy host 10`.
  public var title: String { "\(kind == .stream ? "stream" : "\(kind.rawValue.dropLast(5)) host") \(id)" }
}

/// The hosts of a Nginx Proxy Manager (2.x), read from the files that it writes for nginx.
public struct NginxProxyManagerHosts: Sendable {
  /// The hosts, sorted by kind and number.
  public private(set) var hosts: [NginxProxyManagerHost] = []
  /// The site for unknown names, if a page or redirection was configured: /data/nginx/default_host/site.conf.
  public private(set) var defaultSite: NginxServer?
  public private(set) var problems: [ConfigurationProblem]

  static let folder = "/data/nginx"

  /// Whether Nginx Proxy Manager wrote a configuration: it includes files of /data/nginx.
  public static func made(_ configuration: NginxConfiguration) -> Bool {
    configuration.includes.contains { include in
      NginxProxyManagerHost.Kind.allCases.contains { include.pattern.hasPrefix("\(folder)/\($0.rawValue)/") }
    }
  }

  /// Nil if `files` (the files of its container) have no such folder. Disabled hosts have no file and are not found.
  /// What may not be read becomes a problem.
  public init?(in files: some NginxFiles) {
    var reader = NginxIncludes(files, folder: "/etc/nginx")
    var isThere = false
    for kind in NginxProxyManagerHost.Kind.allCases {
      let folder = "\(Self.folder)/\(kind.rawValue)"
      let names: [String]
      do throws(SystemError) { names = try files.names(in: folder) } catch {
        if !error.errno.isAbsence {
          isThere = true
          reader.report(ConfigurationProblem("\(error)", at: ConfigurationLine(file: folder, line: 1)))
        }
        continue
      }
      isThere = true
      for (id, name) in names.compactMap({ name in Self.id(name).map { ($0, name) } }).sorted(by: { $0 < $1 }) {
        let path = "\(folder)/\(name)"
        if let host = Self.host(kind, id, path, reader.directives(of: path)) { hosts.append(host) }
      }
    }
    guard isThere else { return nil }
    let site = "\(Self.folder)/default_host/site.conf"
    do throws(SystemError) {
      _ = try files.bytes(of: site, limit: 1)
      defaultSite = Self.servers(reader.directives(of: site), isStream: false).first
    } catch {
      if !error.errno.isAbsence {
        reader.report(ConfigurationProblem("\(error)", at: ConfigurationLine(file: site, line: 1)))
      }
    }
    problems = reader.problems
  }

  /// The host whose file contains a server.
  public func host(of server: NginxServer) -> NginxProxyManagerHost? {
    hosts.first { $0.isActive && $0.file == server.place.file }
  }

  /// The host that writes a log, by the log's name: `proxy-host-10_access.log`, also if it was rotated (`.1.gz`).
  public func host(loggingTo path: String) -> NginxProxyManagerHost? {
    guard let name = path.split(separator: "/").last else { return nil }
    return hosts.first { host in
      guard host.isActive, let own = host.log?.split(separator: "/").last, name.hasPrefix(own) else { return false }
      return name == own || name.dropFirst(own.count).first == "."
    }
  }

  /// The number in `N.conf`, `N.conf.err`, `N.err`.
  private static func id(_ name: String) -> Int? {
    let digits = name.prefix { $0.isASCII && $0.isNumber }
    guard [".conf", ".conf.err", ".err"].contains(String(name.dropFirst(digits.count))) else { return nil }
    return Int(digits)
  }

  private static func servers(_ directives: [NginxDirective], isStream: Bool) -> [NginxServer] {
    guard let place = directives.first?.place else { return [] }
    let whole = NginxDirective(isStream ? "stream" : "http", at: place, block: directives)
    return NginxRouting([whole]).servers
  }

  private static func host(
    _ kind: NginxProxyManagerHost.Kind, _ id: Int, _ path: String, _ directives: [NginxDirective]
  ) -> NginxProxyManagerHost? {
    guard let server = servers(directives, isStream: kind == .stream).first else { return nil }
    var host = NginxProxyManagerHost(
      kind: kind, id: id, names: server.names, log: server.logs.first { $0.place != nil }?.path,
      isActive: !path.hasSuffix(".err"), file: path, server: server)
    if kind == .stream {
      host.forwardHost = server.targets.first?.host
      host.forwardPort = server.targets.first?.port
    }
    for line in directives.first(where: { $0.name == "server" })?.block ?? [] where line.name == "set" {
      guard kind == .proxy, line.arguments.count == 2 else { continue }
      switch line.arguments[0] {
      case "$forward_scheme": host.forwardScheme = line.arguments[1]
      case "$server": host.forwardHost = line.arguments[1]
      case "$port": host.forwardPort = UInt16(line.arguments[1])
      default: break
      }
    }
    return host
  }
}
