public import Flows
public import LinuxSystem

/// nginx and its relatives, and Nginx Proxy Manager, which writes nginx's configuration.
public struct NginxReader: RelayReader {
  public let software = "nginx"
  public let kind = "reverse proxy"
  public let programs: ProgramNames = ["nginx", "nginx-debug", "openresty", "angie", "freenginx"]
  public let reads: RelayAbilities = [.configuration, .sites, .logs]
  public let usualLogs = ["/var/log/nginx", "/data/logs"]

  public init() {}

  public func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading {
    guard let configuration = NginxConfiguration(of: program.pid, in: program.files) else {
      throw RelayError(
        .noProcess, "read the configuration of nginx (pid \(program.pid))",
        cause: "it ended, or its command line is not to be seen")
    }
    return NginxReading(configuration, in: program.root)
  }

  public func read(_ program: RecordedProgram) throws(RelayError) -> any RelayReading {
    let found = program.findings.all(RecordedNginxFile.self).map(\.value)
    guard let first = found.first else {
      throw RelayError(
        .absent, "read the configuration of nginx", cause: "it is not in the bundle: collect nginx -T")
    }
    // The same file may be there twice; the first one counts.
    let texts = NginxFileTexts(Dictionary(found.map { ($0.path, $0.content) }, uniquingKeysWith: { first, _ in first }))
    let main = found.map(\.path).first { $0.hasSuffix("/nginx.conf") } ?? texts.texts.keys.min() ?? first.path
    return NginxReading(
      NginxConfiguration(NginxInvocation(configurationFile: main), in: texts), in: texts)
  }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }
}

/// A file of nginx's configuration that somebody recorded.
public struct RecordedNginxFile: Hashable, Sendable {
  /// On its host, as far as that is known.
  public var path: String
  public var content: [UInt8]

  public init(path: String, content: [UInt8]) {
    self.path = path
    self.content = content
  }
}

/// An nginx by its configuration.
private struct NginxReading: RelayReading {
  private let configuration: NginxConfiguration
  /// What Nginx Proxy Manager wrote, if it is one's.
  private let hosts: NginxProxyManagerHosts?

  init(_ configuration: NginxConfiguration, in files: some NginxFiles) {
    self.configuration = configuration
    hosts = NginxProxyManagerHosts.made(configuration) ? NginxProxyManagerHosts(in: files) : nil
  }

  var problems: [String] { configuration.problems.prefix(3).map(\.description) }

  func answer() -> RelayAnswer { RelayAnswer(configuration) }

  func sites() -> SitesAnswer? { SitesAnswer(configuration, hosts) }

  func files() -> [ProgramFile] { configuration.files.map { ProgramFile($0, isConfiguration: true) } }

  func logs() -> [ServedLog] {
    let routing = NginxRouting(configuration)
    let software = NginxProxyManagerHosts.made(configuration) ? "nginx-proxy-manager" : "nginx"
    var byPath: [String: ServedLog] = [:]
    var order: [String] = []
    for server in routing.servers {
      for log in server.logs + server.routes.flatMap(\.logs)
      where log.path.hasPrefix("/") && !log.path.contains("$") && !log.path.hasPrefix("/dev/") {
        let names = server.names.filter { !$0.isEmpty && $0 != "_" }
        if byPath[log.path] == nil {
          order.append(log.path)
          byPath[log.path] = ServedLog(
            software: software, path: log.path, id: hosts?.host(of: server)?.id,
            format: routing.logFormats.last { $0.name == log.format && $0.isStream == server.isStream }?.text)
        }
        for name in names where byPath[log.path]?.sites.contains(name) == false {
          byPath[log.path]?.sites.append(name)
        }
      }
    }
    return order.compactMap { byPath[$0] }
  }
}
