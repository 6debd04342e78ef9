/// The first story's hosts: a stranger, a router with a public address for a cloud node, the node, a Docker host whose VPN
/// server the node uses, and the service behind it. No program of the story runs yet; `StoryA` has them too.
///
///     scanner 198.51.100.77 -- router (203.0.113.10 is 10.12.32.13) -- node 10.12.32.13 == VPN == container on
///     dockerHost 192.0.2.248, 10.0.7.248 -- service 10.8.1.3
public final class CloudLab: Sendable {
  public let plan: StoryPlan
  public let scanner: TestHost
  public let router: TestHost
  public let node: TestHost
  public let other: TestHost
  /// On none of the paths.
  public let elsewhere: TestHost
  public let dockerHost: TestHost
  public let service: TestHost
  public let docker: DockerHost

  /// Those of the plan as it stands.
  public static let publicAddress = "203.0.113.10"
  public static let vpnAddress = "192.0.2.248"
  public static let servicePort = 3129

  public init(_ plan: StoryPlan = StoryPlan()) throws {
    self.plan = plan
    let names = plan.hostNames
    scanner = try TestHost(names.scanner)
    router = try TestHost(names.router)
    node = try TestHost(names.node)
    other = try TestHost(names.other)
    elsewhere = try TestHost(names.elsewhere)
    dockerHost = try TestHost(names.dockerHost)
    service = try TestHost(names.service)
    // Strangers come to the proxy by the interface that the node has anyway.
    let more = plan.proxy.map { ([$0.host], [$0.router]) } ?? ([], [])
    let lines: [(host: TestHost, interface: String, line: StoryPlan.Line)] = [
      (scanner, "eth0", plan.stranger), (node, "eth0", plan.node), (other, "eth0", plan.other),
      (dockerHost, "eth1", plan.gateway), (elsewhere, "eth0", plan.elsewhere),
    ]
    for (number, entry) in lines.enumerated() {
      let (own, routers) = entry.host === node ? more : ([], [])
      try Wire(
        Plug(host: entry.host, interface: entry.interface, addresses: [entry.line.host] + own),
        Plug(host: router, interface: "eth\(number)", addresses: [entry.line.router] + routers))
      try entry.host.route("default", via: StoryPlan.bare(entry.line.router))
    }
    try Wire(dockerHost.plug("eth0", plan.dockerHost), service.plug("eth0", plan.serviceHost, plan.service))
    try router.forward()
    if let line = plan.proxy { try node.route("default", via: StoryPlan.bare(line.router)) }
    if let address = plan.publicAddress { try router.oneToOne(address, plan.proxyAddress, out: "eth0") }
    try dockerHost.route(StoryPlan.network(plan.service), via: StoryPlan.bare(plan.serviceHost))
    docker = try DockerHost(
      dockerHost,
      options: (plan.dockerBridge.map { ["--bip", $0] } ?? [])
        + (plan.familyInside == .v6 ? DockerHost.speakingIPv6() : []))
  }

  public var hosts: [TestHost] { [scanner, router, node, other, elsewhere, dockerHost, service] }

  public func stop() { hosts.forEach { $0.stop() } }

  /// HAProxy on the node as in the story; `global` are lines of that section.
  public func haproxy(global: String = "") throws -> HAProxy {
    try HAProxy(
      """
      global
        \(global)
      defaults
        mode tcp
        timeout connect 5s
        timeout client 30s
        timeout server 30s

      frontend \(plan.frontend)
        bind \(StoryPlan.endpoint(plan.proxyAddress, plan.proxyPort))
        default_backend \(plan.backend)

      backend \(plan.backend)
        server \(plan.server) \(StoryPlan.endpoint(plan.serviceAddress, plan.servicePort))

      """, on: node, file: plan.proxyConfiguration)
  }
}
