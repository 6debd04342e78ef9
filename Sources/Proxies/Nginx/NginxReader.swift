public import Flows
public import LinuxSystem
public import Programs

/// Reads nginx and its relatives, and Nginx Proxy Manager, which writes nginx's configuration.
public struct NginxReader: RelayReader {
  public let software = "nginx"
  public let kind = "reverse proxy"
  public let programs: ProgramNames = ["nginx", "nginx-debug", "openresty", "angie", "freenginx"]
  public let reads: RelayAbilities = [.configuration, .sites, .logs]
  public let usualLogs = ["/var/log/nginx", "/data/logs"]

  /// How many bytes of a configuration file are read at most.
  private static let sizeLimit = (2 << 20) + 1

  public init() {}

  public func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading {
    let operation = "read the configuration of nginx (pid \(program.pid))"
    let found: NginxInvocation?
    do throws(ProcessError) { found = try NginxInvocation(of: program.pid, in: program.files) } catch {
      throw RelayError(error, operation)
    }
    guard let invocation = found else { throw RelayError(.own(.noProcess), operation) }
    let root = invocation.root(in: program.files)
    return NginxReading(
      NginxConfiguration(invocation, in: root), in: root, as: invocation.pid.map { .process($0) } ?? .careful
    ) { path in try root.read(path, limit: Self.sizeLimit).bytes }
  }

  public func read(_ program: RecordedProgram) throws(RelayError) -> any RelayReading {
    let found = program.findings.all(RecordedNginxFile.self).map(\.value)
    guard let first = found.first else {
      throw RelayError(
        .absent, "read the configuration of nginx", cause: "it is not in the bundle: collect nginx -T")
    }
    // The same file may appear twice; the first one counts.
    let texts = NginxFileTexts(Dictionary(found.map { ($0.path, $0.content) }, uniquingKeysWith: { first, _ in first }))
    let main = found.map(\.path).first { $0.hasSuffix("/nginx.conf") } ?? texts.texts.keys.min() ?? first.path
    return NginxReading(
      NginxConfiguration(NginxInvocation(configurationFile: main), in: texts), in: texts, as: .careful, content: nil)
  }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }
}

/// A recorded file of an nginx configuration.
public struct RecordedNginxFile: Hashable, Sendable {
  /// The file's path on its host, as far as it is known.
  public var path: String
  public var content: [UInt8]

  public init(path: String, content: [UInt8]) {
    self.path = path
    self.content = content
  }
}

/// An nginx whose configuration was read.
private struct NginxReading: RelayReading {
  private let configuration: NginxConfiguration
  /// The hosts of Nginx Proxy Manager; nil if it is a plain nginx.
  private let hosts: NginxProxyManagerHosts?
  /// The rights with which its logs are read.
  private let access: FileAccess
  /// Reads a file of a running nginx; nil in recorded evidence.
  private let content: (@Sendable (String) throws -> [UInt8])?

  init(
    _ configuration: NginxConfiguration, in files: some NginxFiles, as access: FileAccess,
    content: (@Sendable (String) throws -> [UInt8])?
  ) {
    self.configuration = configuration
    self.access = access
    self.content = content
    hosts = NginxProxyManagerHosts.made(configuration) ? NginxProxyManagerHosts(in: files) : nil
  }

  var problems: [String] { configuration.problems.prefix(3).map(\.description) }

  func answer() -> RelayAnswer { RelayAnswer(configuration) }

  func sites() -> SitesAnswer? { SitesAnswer(configuration, hosts) }

  func files() -> ProgramEvidence {
    guard let content else { return ProgramEvidence() }
    return ProgramEvidence(
      configuration.files.map { path in ProgramFile(path, .nginx) { try content(path) } },
      unread: configuration.problems.map(\.description))
  }

  func logs() -> [ServedLog] {
    let routing = NginxRouting(configuration)
    let software = NginxProxyManagerHosts.made(configuration) ? "nginx-proxy-manager" : "nginx"
    var byPath: [String: ServedLog] = [:]
    var order: [String] = []
    for server in routing.servers {
      for log in server.logs + server.routes.flatMap(\.logs)
      where log.path.hasPrefix("/") && !log.path.contains("$") && !log.path.hasPrefix("/dev/") {
        let names = server.names.filter { !$0.isEmpty && $0 != "_" }
        if let known = byPath[log.path] {
          // The same names on another port are the same site's.
          if names.isEmpty || Set(names) != Set(known.sites) { byPath[log.path]?.isShared = true }
        } else {
          order.append(log.path)
          byPath[log.path] = ServedLog(
            software: software, path: log.path, access: access, id: hosts?.host(of: server)?.id,
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
