import Foundation

/// The second story with real programs: a site behind a CDN is asked once a second, and nobody knows by whom.
///
///     people 198.51.100.77… ----+
///     polling host 192.0.2.30 --+-- internet -- edge 104.16.80.10; 172.68.22.5, 162.158.90.14 -- internet --
///       autospy, mirror                         origin host 203.0.113.20: npm 172.19.0.2, git 172.19.0.3, …
///
/// The origin's proxy is Nginx Proxy Manager in a container (`ProxyManager`), its sites' servers are containers beside it. The
/// edge is an nginx (`EdgeNginx`). On the polling host the container `autospy` asks the first site again and again, its
/// neighbour `mirror` another one, rarely. People visit all sites.
public final class StoryB: Sendable {
  /// What may differ.
  public struct Settings: Sendable {
    /// The first one is the site that is polled.
    public var sites = [
      ProxyManager.Site(id: 10, name: "git.example.com", upstream: "git", port: 3000),
      ProxyManager.Site(id: 7, name: "wiki.example.com", upstream: "wiki", port: 8080),
    ]
    public var poller = "autospy"
    public var path = "/api/v1/repos/alice/tools/commits"
    /// Seconds between two requests.
    public var period = 1.0
    /// How far a request may be early or late, in periods.
    public var jitter = 0.0
    public var neighbour = "mirror"
    /// The site that the neighbour asks for; nil for the last one.
    public var neighbourSite: String?
    public var neighbourPeriod = 7.0
    /// How many people there are, from 198.51.100.77 on; none for silence.
    public var people = 3
    /// Mean seconds between two pages of one person.
    public var pause = 4.0
    /// Whether nginx has the upstreams by their containers' names, or by address.
    public var namesUpstreams = true
    public var edgeKeepsConnections = true
    public var edgeAddress = "104.16.80.10"
    public var edgeSources = ["172.68.22.5", "162.158.90.14"]
    public var originAddress = "203.0.113.20"
    public var pollingAddress = "192.0.2.30"
    /// The origin's Docker network.
    public var network = "172.19.0.0/16"

    public init() {}

    var names: [String] { sites.map(\.name) }
    var polled: String { names[0] }
  }

  public static let requirements: [Requirement] = Requirement.docker + Nginx.requirements

  public let settings: Settings
  public let origin: TestHost
  public let edge: TestHost
  public let polling: TestHost
  public let visitors: TestHost
  public let originDocker: DockerHost
  public let pollingDocker: DockerHost
  public let proxy: ProxyManager
  /// The servers behind the proxy, in the order of the sites.
  public let upstreams: [Container]
  public let autospy: Container
  public let neighbour: Container
  private let internet: TestHost
  private let edgeNginx: EdgeNginx
  private let people: BackgroundProcess?

  /// Builds it all; the first answers have arrived when this returns.
  public init(_ settings: Settings = Settings()) throws {
    self.settings = settings
    (internet, origin, edge) = (try TestHost("internet"), try TestHost("origin"), try TestHost("edge"))
    (polling, visitors) = (try TestHost("polling"), try TestHost("visitors"))
    let addresses = (0..<settings.people).map { "198.51.100.\(77 + $0)" }
    try Self.connect(
      internet, origin: origin, edge: edge, polling: polling, visitors: visitors, settings: settings,
      people: addresses)
    let behind = try DockerHost(origin)
    let pollers = try DockerHost(polling)
    (originDocker, pollingDocker) = (behind, pollers)

    var sites = settings.sites
    let network = try behind.docker("network", "create", "--subnet", settings.network, "proxy")
    let prefix = settings.network.split(separator: ".").prefix(3).joined(separator: ".")
    guard !network.isEmpty, !sites.isEmpty else { throw LabError("no network or no site for the origin") }
    upstreams = try sites.enumerated().map { number, site in
      try behind.docker.container(
        name: site.upstream, command: Traffic.serverCommand(port: site.port, mode: .http, bytes: 2300 + 700 * number),
        options: ["--network", "proxy", "--ip", "\(prefix).\(number + 3)"])
    }
    for upstream in upstreams { try upstream.waitFor("ready") }
    if !settings.namesUpstreams {
      sites = sites.enumerated().map { number, site in
        ProxyManager.Site(id: site.id, name: site.name, upstream: "\(prefix).\(number + 3)", port: site.port)
      }
    }
    proxy = try ProxyManager(
      in: behind, sites: sites, options: ["--network", "proxy", "--ip", "\(prefix).2"],
      trusted: ["104.16.0.0/13", "162.158.0.0/15", "172.64.0.0/13"])
    edgeNginx = try EdgeNginx(
      on: edge, address: settings.edgeAddress, sites: settings.names, origin: settings.originAddress,
      sources: settings.edgeSources, keepsConnections: settings.edgeKeepsConnections)

    try Self.trustEdge(edge, on: [polling, visitors], sites: settings.names)
    people =
      settings.people == 0
      ? nil
      : try visitors.start(
        ["python3", "-u", "/run/lab/people.py", "--server", settings.edgeAddress, "--authority", Self.authority]
          + ["--pause", "\(settings.pause)", "--from"] + addresses + ["--site"] + settings.names)
    neighbour = try Self.poller(
      settings.neighbour, in: pollers, settings, site: settings.neighbourSite ?? settings.names[sites.count - 1],
      path: "/feed.xml", period: settings.neighbourPeriod, jitter: 0.3)
    autospy = try Self.poller(
      settings.poller, in: pollers, settings, site: settings.polled, path: settings.path,
      period: settings.period, jitter: settings.jitter)
    for container in [neighbour, autospy] { try container.waitFor("ready", timeout: .seconds(20)) }
    try people?.waitFor("ready")
  }

  /// Ends it all.
  public func stop() {
    people?.stop()
    edgeNginx.stop()
    [visitors, polling, edge, origin, internet].forEach { $0.stop() }
  }

  /// Where the edge's certificates lie in the hosts that trust them.
  private static let authority = "/etc/ssl/edge.pem"

  private static func connect(
    _ internet: TestHost, origin: TestHost, edge: TestHost, polling: TestHost, visitors: TestHost, settings: Settings,
    people: [String]
  ) throws {
    func gateway(_ address: String) -> String { address.split(separator: ".").prefix(3).joined(separator: ".") + ".1" }
    let ends = [
      (origin, settings.originAddress, []), (edge, settings.edgeAddress, settings.edgeSources),
      (polling, settings.pollingAddress, []), (visitors, people.first ?? "198.51.100.77", Array(people.dropFirst())),
    ]
    for (number, (host, address, more)) in ends.enumerated() {
      let own = Plug(host: host, interface: "eth0", addresses: ["\(address)/24"] + more.map { "\($0)/32" })
      try Wire(own, internet.plug("eth\(number)", "\(gateway(address))/24"))
      try host.route("default", via: gateway(address))
    }
    for source in settings.edgeSources { try internet.route("\(source)/32", via: settings.edgeAddress) }
    try internet.forward()
  }

  /// Puts the edge's certificates, and the sites' names, into other hosts.
  private static func trustEdge(_ edge: TestHost, on hosts: [TestHost], sites: [String]) throws {
    let certificates = try edge.output(of: ["cat"] + sites.map { "\(EdgeNginx.certificates)/lab-\($0).crt" })
    for host in hosts { try host.write(authority, certificates) }
  }

  private static func poller(
    _ name: String, in docker: DockerHost, _ settings: Settings, site: String, path: String, period: Double,
    jitter: Double
  ) throws -> Container {
    try docker.docker.container(
      name: name,
      command: [
        "python3", "-u", "/run/lab/poller.py", site, "--path", path, "--period", "\(period)", "--jitter", "\(jitter)",
        "--agent", "\(name)/1.0", "--authority", authority,
      ],
      options: ["--volume", "\(authority):\(authority):ro", "--add-host", "\(site):\(settings.edgeAddress)"])
  }
}
