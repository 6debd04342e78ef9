import Lab

/// The first story's hosts: a stranger, a router with a public address for a cloud node, the node, a Docker host whose VPN
/// server the node uses, and the service behind it.
///
///     scanner 198.51.100.77 -- router (203.0.113.10 is 10.12.32.13) -- node 10.12.32.13 == VPN == container on
///     dockerHost 192.0.2.248, 10.0.7.248 -- service 10.8.1.3
final class CloudLab {
  let scanner: TestHost
  let router: TestHost
  let node: TestHost
  let other: TestHost
  let dockerHost: TestHost
  let service: TestHost
  let docker: DockerHost

  static let publicAddress = "203.0.113.10"
  static let vpnAddress = "192.0.2.248"
  static let servicePort = 3129

  init() throws {
    scanner = try TestHost("scanner")
    router = try TestHost("router")
    node = try TestHost("node")
    other = try TestHost("other")
    dockerHost = try TestHost("dockerhost")
    service = try TestHost("service")
    try Wire(scanner.plug("eth0", "198.51.100.77/24"), router.plug("eth0", "198.51.100.1/24"))
    try Wire(node.plug("eth0", "10.12.32.13/24"), router.plug("eth1", "10.12.32.1/24"))
    try Wire(other.plug("eth0", "10.12.33.14/24"), router.plug("eth2", "10.12.33.1/24"))
    try Wire(dockerHost.plug("eth1", "\(Self.vpnAddress)/24"), router.plug("eth3", "192.0.2.1/24"))
    try Wire(dockerHost.plug("eth0", "10.0.7.248/24"), service.plug("eth0", "10.0.7.3/24", "10.8.1.3/24"))
    try router.forward()
    try router.oneToOne(Self.publicAddress, "10.12.32.13", out: "eth0")
    try scanner.route("default", via: "198.51.100.1")
    try node.route("default", via: "10.12.32.1")
    try other.route("default", via: "10.12.33.1")
    try dockerHost.route("default", via: "192.0.2.1")
    try dockerHost.route("10.8.1.0/24", via: "10.0.7.3")
    docker = try DockerHost(dockerHost)
  }

  func stop() { [scanner, router, node, other, dockerHost, service].forEach { $0.stop() } }

  /// HAProxy on the node as in the story; `global` are lines of that section.
  func haproxy(global: String = "") throws -> HAProxy {
    try HAProxy(
      """
      global
        \(global)
      defaults
        mode tcp
        timeout connect 5s
        timeout client 30s
        timeout server 30s

      frontend qcproxy
        bind 10.12.32.13:3129
        default_backend qcbackend

      backend qcbackend
        server qcserver 10.8.1.3:3129

      """, on: node)
  }
}
