/// A test host with a Docker daemon of its own, and an image `base` whose containers use the machine's `/usr`.
public final class DockerHost: Sendable {
  public let host: TestHost
  public let docker: Docker
  private let daemon: BackgroundProcess

  /// Options for containers with IPv6 addresses besides, which are translated as those of IPv4 are.
  public static func speakingIPv6(_ network: String = "fd00:d0c::/64") -> [String] {
    ["--ipv6", "--fixed-cidr-v6", network, "--ip6tables", "--experimental"]
  }

  /// Starts the daemon in `host` with what Docker does by default: a bridge `docker0`, iptables rules, docker-proxy.
  ///
  /// The image holds empty folders only, so the `vfs` driver has nothing to copy and needs no feature of the kernel.
  public init(_ host: TestHost, options: [String] = []) throws {
    self.host = host
    daemon = try host.start(["dockerd", "--storage-driver", "vfs"] + options)
    docker = Docker(machine: host, name: host.name)
    let daemon = daemon
    try docker.waitUntilReady(detail: { daemon.errors }, isRunning: { daemon.isRunning })
    try docker.importBase()
  }

  public func stop() { daemon.stop() }
}
