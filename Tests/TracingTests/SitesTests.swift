import AddressSets
import Documents
import Flows
import Questions
import Testing
import Tracing

/// The second story with the answers of both its hosts written down: a container polls a site through a CDN.
@Suite struct SitesTests {
  private let began = 1_700_000_000.25

  /// The host of the site: Nginx Proxy Manager in a container, the service in another.
  private struct Origin {
    var host: RecordedVantage
    let npm: (id: Place, container: Container)
    let git: (id: Place, container: Container)

    init(_ began: Double, requests: [(client: String, times: [Double])], site: String = "git.example.com") throws {
      var host = try RecordedVantage.dockerHost()
      host.host = "origin"
      host.interval.began = began
      npm = try host.container("npm", 2)
      git = try host.container("git", 3)
      let activity = SiteActivity(
        began: began - 598, ended: began + 2, requests: 600, period: 1, periodConfidence: 0.99,
        clients: try requests.map { request in
          SiteClient(
            address: try #require(IPAddress(request.client)), requests: request.times.count, times: request.times)
        })
      host.sites[70] = SitesAnswer(
        software: "nginx-proxy-manager",
        sites: [
          ServedSite(
            names: ["quiet.example.com"], id: 9, configuration: "/data/nginx/proxy_host/9.conf:12",
            upstream: "http://172.17.0.9:80", log: "/data/logs/proxy-host-9_access.log"),
          ServedSite(
            names: [site], id: 10, configuration: "/data/nginx/proxy_host/10.conf:12", upstream: "http://git:3000",
            log: "/data/logs/proxy-host-10_access.log", activity: activity),
        ])
      self.host = host
    }

    /// A connection of the CDN's to the published port, which is translated to the container.
    mutating func connection(from edge: String, bytes: UInt64 = 1000) throws {
      let seen = try flow(edge, "198.51.100.1:443")
      let inside = try flow(edge, "172.17.0.2:443")
      host.translate(seen, to: inside)
      host.moved(seen, .forwarded, out: bytes, in: 0, translated: inside)
      host.moved(inside.reversed, .responder, .process(70, "nginx", in: npm.container), out: 0, in: bytes, at: npm.id)
    }
  }

  /// A host whose containers ask the CDN: each connection is (container, port there, site, seconds after the begin).
  private func poller(
    _ connections: [(name: String, number: UInt64, port: Int, site: String, after: Double)]
  ) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    host.host = "poller"
    host.interval.host = "poller"
    host.interval.began = began
    host.recordedInventory.namespaces.removeAll()
    host.routes = [:]
    host.add(NamespaceDescription(id: .host, name: "host", isHost: true))
    try host.plug("eth0", 2, "203.0.113.50/24", in: .host)
    try host.plug("docker0", 3, "172.17.0.1/16", kind: "bridge", in: .host)
    try host.route("0.0.0.0/0", interface: 2, via: "203.0.113.1", in: .host)
    var containers: [String: (id: Place, container: Container)] = [:]
    host.interval.names = []
    for (index, one) in connections.enumerated() {
      let container = try containers[one.name] ?? host.container(one.name, one.number, gateways: ["172.17.0.1"])
      containers[one.name] = container
      let inside = try flow("172.17.0.\(one.number):\(one.port)", "104.16.0.9:443")
      let outside = try flow("203.0.113.50:\(one.port)", "104.16.0.9:443")
      host.translate(inside, to: outside)
      host.moved(
        inside, .initiator, .process(Int32(900 + index), "curl", in: container.container), at: container.id)
      for (place, name) in [(container.id, inside), (.host, outside)] {
        host.interval.names?.append(
          FlowName(namespace: place, flow: name, name: one.site, kind: .tls, time: began + one.after))
      }
    }
    return host
  }

  private func trace(_ hosts: [RecordedVantage], _ target: String = "cloudflare") async throws -> TraceDocument {
    try await Tracer(CombinedVantage(hosts.map { .init($0) })).trace(target, seconds: 2, sets: AddressSets()).document
  }

  @Test func `the log tells which site an edge's connection asked for, with its number, rate and period`() async throws
  {
    var origin = try Origin(began, requests: [("172.64.1.1", [began + 0.75, began + 1.75])])
    try origin.connection(from: "172.64.1.1:5000")
    let document = try await origin.host.trace("cloudflare")
    let chain = try #require(document.chains.first)
    #expect(chain.destination.process?.name == "nginx" && chain.destination.container?.name == "npm")
    let site = try #require(chain.destination.site)
    #expect(site.name == "git.example.com" && site.id == 10 && site.software == "nginx-proxy-manager")
    #expect(site.upstream == "http://git:3000" && site.upstreamContainer == "git")
    #expect(site.requestsPerSecond == 1 && site.periodSeconds == 1)
    #expect(site.log == "/data/logs/proxy-host-10_access.log" && site.certainty == .matched)
    #expect(chain.source.kind == .external && chain.source.name == "172.64.1.1")
  }

  @Test func `a name that was seen goes before what the log has, and a client of another time is not in it`()
    async throws
  {
    var origin = try Origin(began, requests: [("172.64.1.1", [began - 100])])
    try origin.connection(from: "172.64.1.1:5000")
    #expect(try await origin.host.trace("cloudflare").chains.first?.destination.site == nil)
    origin.host.interval.names = [
      FlowName(
        namespace: .host, flow: try flow("172.64.1.1:5000", "198.51.100.1:443"), name: "quiet.example.com", kind: .tls,
        time: began)
    ]
    let site = try await origin.host.trace("cloudflare").chains.first?.destination.site
    #expect(site?.name == "quiet.example.com" && site?.id == 9 && site?.certainty == .observed)
  }

  @Test func `a name that no site has is told as it was seen, with the requests of the log that has this client`()
    async throws
  {
    var origin = try Origin(began, requests: [("172.64.1.1", [began + 0.75])], site: "router@file")
    try origin.connection(from: "172.64.1.1:5000")
    origin.host.interval.names = [
      FlowName(
        namespace: .host, flow: try flow("172.64.1.1:5000", "198.51.100.1:443"), name: "shop.example.com", kind: .tls,
        time: began)
    ]
    // A configured site is another one, whatever its log has.
    var site = try await origin.host.trace("cloudflare").chains.first?.destination.site
    #expect(site?.name == "shop.example.com" && site?.certainty == .observed && site?.requestsPerSecond == nil)
    #expect(site?.configuration == nil && site?.upstream == nil)
    // A name of the program's own, in its log, stands for it.
    origin.host.sites[70]?.sites[1].configuration = ""
    site = try await origin.host.trace("cloudflare").chains.first?.destination.site
    #expect(site?.name == "shop.example.com" && site?.requestsPerSecond == 1)
    #expect(site?.log == "/data/logs/proxy-host-10_access.log")
  }

  @Test func `an upstream that others are led to as well tells no site`() async throws {
    var answer = SitesAnswer(
      software: "nginx",
      sites: [
        ServedSite(names: ["a.example.com"], configuration: "a:1", upstream: "http://10.0.0.5:80"),
        ServedSite(names: ["b.example.com"], configuration: "b:1", upstream: "http://10.0.0.6:80"),
      ])
    answer.shareUpstreams(among: [(names: [], upstreams: ["http://10.0.0.5:80/x"])])
    #expect(answer.sites.map(\.sharesUpstream) == [true, nil])
  }

  @Test func `a site's name leads to connections that only its log tells of`() async throws {
    var origin = try Origin(began, requests: [("172.64.1.1", [began + 0.75])])
    try origin.connection(from: "172.64.1.1:5000")
    try origin.connection(from: "172.64.1.2:5001")
    origin.host.interval.names = []
    for target in ["git.example.com", "example.com"] {
      let document = try await origin.host.trace(target)
      #expect(document.chains.map(\.source.name) == ["172.64.1.1"], "\(target)")
      #expect(document.chains.first?.destination.site?.name == "git.example.com")
    }
    #expect(try await origin.host.trace("other.example.com").chains.isEmpty)
  }

  @Test func `behind the edge the chain goes on to the container that asks, and its neighbours are not accused`()
    async throws
  {
    var origin = try Origin(began, requests: [("172.64.1.1", [began - 0.25, began + 0.75])])
    try origin.connection(from: "172.64.1.1:5000")
    let poller = try poller([
      ("autospy", 2, 40000, "git.example.com", 0.1), ("autospy", 2, 40001, "git.example.com", 1.1),
      ("quiet", 3, 40002, "other.example.com", 0.5),
    ])
    for hosts in [[origin.host, poller], [poller, origin.host]] {
      let document = try await trace(hosts, "172.64.0.0/13")
      #expect(document.chains.count == 1)
      let chain = try #require(document.chains.first)
      #expect(chain.kinds == [.socket, .container, .nat, .edge, .nat, .container, .socket])
      #expect(chain.source.kind == .process && chain.source.name == "curl")
      #expect(chain.hops.last?.container?.name == "autospy" && chain.hops.last?.host == "poller")
      let edge = try chain.hop(.edge)
      #expect(edge.certainty == .inferred && edge.host == "poller")
      #expect(edge.edge?.provider == "cloudflare" && edge.edge?.name == "git.example.com")
      #expect(edge.edge?.connections == 2 && edge.edge?.matched == 2 && edge.edge?.candidates == 1)
      #expect(chain.destination.site?.name == "git.example.com")
      #expect(!document.chains.contains { $0.hops.contains { $0.container?.name == "quiet" } })
      #expect(document.coverage.bytes == 1000)
    }
  }

  @Test func `requests without a connection of their own stay the edge's, and several sources get their shares`()
    async throws
  {
    let times = (0..<4).map { began + 0.1 + Double($0) * 0.4 }
    var origin = try Origin(began, requests: [("172.64.1.1", times)])
    try origin.connection(from: "172.64.1.1:5000")
    let poller = try poller([
      ("autospy", 2, 40000, "git.example.com", 0.1), ("autospy", 2, 40001, "git.example.com", 0.5),
      ("second", 3, 40002, "git.example.com", 0.9),
    ])
    let document = try await trace([origin.host, poller], "172.64.0.0/13")
    #expect(document.chains.map(\.bytes) == [500, 250, 250])
    #expect(document.chains.first?.hops.last?.container?.name == "autospy")
    #expect(try document.chains.first?.hop(.edge).edge?.candidates == 2)
    #expect(document.chains.filter { $0.source.kind == .external }.map(\.bytes) == [250])
  }

  @Test func `two sources that ask at one moment are not both given its one request`() async throws {
    var origin = try Origin(began, requests: [("172.64.1.1", [began + 0.2, began + 1.5])])
    try origin.connection(from: "172.64.1.1:5000")
    let poller = try poller([
      ("autospy", 2, 40000, "git.example.com", 0.1), ("second", 3, 40001, "git.example.com", 0.15),
      ("third", 4, 40002, "git.example.com", 0.16),
    ])
    let document = try await trace([origin.host, poller], "172.64.0.0/13")
    let matched = document.chains.compactMap { chain in chain.hops.first { $0.kind == .edge }?.edge?.matched }
    #expect(matched == [1, 1] && document.chains.map(\.bytes) == [500, 500])
  }

  @Test func `another site, another provider or another time is no source`() async throws {
    var origin = try Origin(began, requests: [("172.64.1.1", [began + 0.75])])
    try origin.connection(from: "172.64.1.1:5000")
    let other = try poller([("autospy", 2, 40000, "other.example.com", 0.1)])
    #expect(try await trace([origin.host, other], "172.64.0.0/13").chains.map(\.source.kind) == [.external])
    // Long before the request.
    let early = try poller([("autospy", 2, 40000, "git.example.com", -5)])
    #expect(try await trace([origin.host, early], "172.64.0.0/13").chains.map(\.source.kind) == [.external])
  }
}
