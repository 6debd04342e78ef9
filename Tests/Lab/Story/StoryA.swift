/// The first story with all its programs: sshd on every host that is asked, the VPN, the proxy and the service.
///
///     let story = try StoryA()
///     defer { story.stop() }
///     let trace = try story.start(["trace", ":3129", "--for", "2"], on: .service)
///     try story.knock(.bulk(bytes: 3_000_000, rate: 6_000_000))
///
/// Whoever asks has `ssh` set up for the others, and `/root/hosts.yaml`.
public final class StoryA: Sendable {
  /// What it needs from the machine.
  public static let requirements: [Requirement] =
    Requirement.docker + Requirement.ssh + OpenVPN.requirements + [.program("haproxy"), .file(Executables.probe)]

  /// Where somebody asks.
  public enum Asker: Sendable, CaseIterable {
    case service, dockerHost
    /// A machine on none of the paths.
    case elsewhere
  }

  public let plan: StoryPlan
  public let cloud: CloudLab
  public let node: SSHServer
  public let dockerHost: SSHServer
  public let service: SSHServer
  /// On the other host, which no path passes.
  public let other: SSHServer
  public let vpn: OpenVPN.Server
  public let client: OpenVPN.Client
  public let quietClients: [OpenVPN.Client]
  public let haproxy: HAProxy
  public let server: TrafficServer
  /// The node's cloud, where the plan wants it to be asked.
  public let metadata: CloudMachine?

  public static let settings = "/root/hosts.yaml"

  /// - Parameter step: told of each thing before it is made.
  public init(_ plan: StoryPlan = StoryPlan(), step: (String) -> Void = { _ in }) throws {
    self.plan = plan
    step("a router, and hosts behind it: a stranger, a cloud node, a Docker host, the service, two more")
    let cloud = try CloudLab(plan)
    self.cloud = cloud
    do {
      metadata = try plan.publicAddress.flatMap { address in
        plan.cloudTellsPublicAddress ? try CloudMachine(cloud.node, outer: address, own: plan.proxyAddress) : nil
      }
      step("sshd on the node, the Docker host and the service")
      let keys = try SSHKeys()
      node = try SSHServer(on: cloud.node, keys: keys)
      dockerHost = try SSHServer(on: cloud.dockerHost, keys: keys)
      service = try SSHServer(on: cloud.service, keys: keys)
      other = try SSHServer(on: cloud.other, keys: keys)
      step("an OpenVPN server in the container \(plan.container) on the Docker host, \(plan.vpnNetwork)")
      vpn = try OpenVPN.server(in: cloud.docker, name: plan.container, OpenVPN.Settings(plan))
      if let address = plan.vpnAddress { try vpn.assign(address, to: plan.vpnClient) }
      if plan.isRouted, let container = vpn.container {
        try cloud.dockerHost.route(plan.vpnNetwork, via: container.address())
        try cloud.service.route(plan.vpnNetwork, via: plan.dockerHostAddress)
      }
      step("the node as its client \(plan.vpnClient)")
      client = try OpenVPN.client(
        plan.vpnClient, on: cloud.node, server: plan.gateway.address, port: plan.vpnPort)
      quietClients = try plan.quietClients.enumerated().map { number, name in
        try OpenVPN.client(
          name, on: cloud.other, server: plan.gateway.address, port: plan.vpnPort, interface: "tun\(number)")
      }
      step("HAProxy on the node, from \(plan.exposedAddress) to \(plan.serviceAddress):\(plan.servicePort)")
      haproxy = try cloud.haproxy(global: "stats socket /run/haproxy.sock level operator")
      server = try Traffic.serve(on: cloud.service, port: plan.servicePort, address: plan.familyInside.any)
      for asker in Asker.allCases { try Self.introduce(asker, cloud, node, dockerHost, service, other, keys) }
      let container = vpn.container
      // Written every second; before, the server itself can't tell either.
      try waitUntil("the clients in the status file") {
        let status = try container?.run(["cat", plan.statusFile]).stdout ?? ""
        return ([plan.vpnClient] + plan.quietClients).allSatisfy(status.contains)
      }
    } catch {
      cloud.stop()
      throw error
    }
  }

  /// Ends every program and host.
  public func stop() { cloud.stop() }

  /// The host of `asker`.
  public func host(_ asker: Asker) -> TestHost {
    switch asker {
    case .service: cloud.service
    case .dockerHost: cloud.dockerHost
    case .elsewhere: cloud.elsewhere
    }
  }

  /// The words of `headwater` with `words` and the story's hosts.
  public static func command(_ words: [String]) -> [String] {
    [Executables.path()] + words + ["--hosts", settings]
  }

  /// What `headwater` finds its probe by.
  public static let environment = ["HEADWATER_PROBE": Executables.probe]

  /// Starts `headwater` with `words` where `asker` is, and waits until all hosts count.
  public func start(_ words: [String], on asker: Asker = .service) throws -> BackgroundProcess {
    let process = try host(asker).start(Self.command(words) + ["--verbose"], environment: Self.environment)
    try process.waitFor("measuring", timeout: .seconds(40))
    return process
  }

  /// The stranger's traffic to the proxy, until all is sent.
  @discardableResult
  public func knock(_ kind: Traffic.Kind = .bulk(bytes: 3_000_000, rate: 6_000_000)) throws -> Traffic.Report {
    try Traffic.send(kind, from: cloud.scanner, to: plan.exposedAddress, port: plan.proxyPort)
  }

  /// The same in the background.
  public func startKnocking(_ kind: Traffic.Kind) throws -> Traffic.Client {
    try Traffic.start(kind, from: cloud.scanner, to: plan.exposedAddress, port: plan.proxyPort)
  }

  /// Gives `asker` the others' keys and addresses. The service has no way to the cloud but through the Docker host, and
  /// back.
  private static func introduce(
    _ asker: Asker, _ cloud: CloudLab, _ node: SSHServer, _ dockerHost: SSHServer, _ service: SSHServer,
    _ other: SSHServer, _ keys: SSHKeys
  ) throws {
    let (plan, names) = (cloud.plan, cloud.plan.aliases)
    let jump = asker == .service ? names.dockerHost : nil
    let gateway = asker == .service ? plan.dockerHostAddress : plan.gateway.address
    var access: [SSHAccess] = []
    if asker != .service {
      access.append(
        SSHAccess(
          names.service, service, at: StoryPlan.bare(plan.serviceHost),
          through: asker == .elsewhere ? names.dockerHost : nil))
    }
    if asker != .dockerHost { access.append(SSHAccess(names.dockerHost, dockerHost, at: gateway)) }
    access.append(SSHAccess(names.node, node, at: plan.node.address, through: jump))
    access.append(SSHAccess(names.other, other, at: plan.other.address, through: jump))
    let host =
      switch asker {
      case .service: cloud.service
      case .dockerHost: cloud.dockerHost
      case .elsewhere: cloud.elsewhere
      }
    try host.install(access, keys: keys)
    let entries = access.map { entry in
      var lines = ["  - name: \(entry.alias)", "    ssh: \(entry.alias)"]
      if entry.alias == names.node, let address = plan.publicAddress, !plan.cloudTellsPublicAddress {
        lines.append("    public_addresses: { \"\(address)\": \"\(plan.proxyAddress)\" }")
      }
      return lines.joined(separator: "\n") + "\n"
    }
    try host.write(settings, "hosts:\n" + entries.joined())
  }
}

extension OpenVPN.Settings {
  /// As the story's server is set up.
  public init(_ plan: StoryPlan) throws {
    self.init()
    network = plan.vpnNetwork
    networkV6 = plan.vpnNetworkV6
    pushedRoutes = [try StoryPlan.network(plan.service)]
    port = plan.vpnPort
    statusFile = plan.statusFile
    masquerades = !plan.isRouted
  }
}
