public import Flows
public import LinuxSystem
public import Programs

/// Reads Apache's virtual hosts: their names, their logs and where they forward requests.
public struct ApacheReader: RelayReader {
  public let software = "apache"
  public let kind = "web server"
  public let programs: ProgramNames = ["apache2", "httpd"]
  public let reads: RelayAbilities = [.sites, .logs]
  public let usualLogs = ["/var/log/apache2", "/var/log/httpd"]
  public var script: CollectingStep? { nil }

  /// The usual paths of the configuration in distributions and the official image, each with its `ServerRoot`.
  private static let usual = [
    ("/etc/apache2/apache2.conf", "/etc/apache2"), ("/etc/httpd/conf/httpd.conf", "/etc/httpd"),
    ("/usr/local/apache2/conf/httpd.conf", "/usr/local/apache2"), ("/etc/apache2/httpd.conf", "/etc/apache2"),
  ]

  public init() {}

  public func read(_ program: RunningProgram) throws(RelayError) -> any RelayReading {
    let root = program.root
    let arguments = program.process.command.map { Array($0.dropFirst()) } ?? []
    let asked = RelayDialect.value(["-d"], in: arguments)
    // If the environment may not be read, names in `${…}` are not replaced.
    let variables = (try? program.files.environment(of: program.pid)) ?? [:]
    var configuration: ApacheConfiguration?
    var unread: [String] = []
    if let file = RelayDialect.value(["-f"], in: arguments) {
      let home = Self.usual.first { file.hasPrefix($0.1 + "/") }?.1 ?? "/etc/apache2"
      configuration = ApacheConfiguration(file, folder: asked ?? home, variables: variables, in: root)
    } else {
      for (file, folder) in Self.usual {
        let found = ApacheConfiguration(
          asked.map { "\($0)/conf/httpd.conf" } ?? file, folder: asked ?? folder, variables: variables, in: root)
        if !found.files.isEmpty {
          configuration = found
          break
        }
        unread += found.denials.filter { !unread.contains($0) }
      }
    }
    return ApacheReading(configuration, program, unread: configuration == nil ? unread : [])
  }

  public func read(_ program: RecordedProgram) -> any RelayReading {
    ApacheReading(nil, name: program.process.name)
  }

  public func sessions(in findings: any RecordedFindings) -> [Evident<RecordedSession>] { [] }
}

private struct ApacheReading: RelayReading {
  private let configuration: ApacheConfiguration?
  private let program: RunningProgram?
  private let name: String
  private let unread: [String]

  /// - Parameter unread: why no configuration could be read.
  init(
    _ configuration: ApacheConfiguration?, _ program: RunningProgram? = nil, name: String? = nil, unread: [String] = []
  ) {
    self.unread = unread
    self.configuration = configuration
    self.program = program
    self.name = name ?? program?.process.name ?? "apache2"
  }

  var problems: [String] { Array((unread + (configuration?.problems ?? [])).prefix(3)) }

  /// It is only known to be a web server. Whether it forwards requests, the meter observes in its threads.
  func answer() -> RelayAnswer { RelayAnswer(software: name, isRelay: false, isOneToOne: false) }

  func files() -> ProgramEvidence { ProgramEvidence() }

  func sites() -> SitesAnswer? {
    var answer = SitesAnswer(software: "apache", notes: problems)
    for host in configuration.map({ $0.hosts + [$0.main] }) ?? [] where !host.names.isEmpty {
      var site = ServedSite(names: host.names, configuration: host.place, log: host.logs.first)
      let targets = Set(host.targets)
      site.upstream = targets.count == 1 ? targets.first : nil
      if site.log == nil { site.reason = "it writes no access log into a file" }
      answer.sites.append(site)
    }
    // What no host's name belongs to is in the same logs.
    for host in configuration.map({ $0.hosts + [$0.main] }) ?? [] where host.names.isEmpty {
      answer.sharedLogs.formUnion(host.logs)
    }
    answer.shareUpstreams(
      among: configuration.map { ($0.hosts + [$0.main]).map { (names: $0.names, upstreams: $0.targets) } } ?? [])
    return answer
  }

  func logs() throws(RelayError) -> [ServedLog] {
    guard let program else { return [] }
    var found: [ServedLog] = []
    for host in configuration.map({ $0.hosts + [$0.main] }) ?? [] {
      for path in host.logs where !path.contains("$") && !path.hasPrefix("/dev/") && !path.hasPrefix("/proc/") {
        if let known = found.firstIndex(where: { $0.path == path }) {
          if Set(found[known].sites) != Set(host.names) { found[known].isShared = true }
          found[known].sites += host.names.filter { !found[known].sites.contains($0) }
        } else {
          found.append(
            ServedLog(software: "apache", path: path, access: .process(program.pid), sites: host.names))
        }
      }
    }
    let open = try OpenLogs.all(of: program, software: "apache")
    return found + open.filter { log in !found.contains { $0.path == log.path } }
  }
}
