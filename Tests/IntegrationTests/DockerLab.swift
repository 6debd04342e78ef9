import Lab

/// A Docker host with two containers behind Docker's masquerade, and an outside host.
struct DockerLab {
  let host: TestHost
  let outside: TestHost
  let daemon: DockerHost
  let talker: Container
  let idle: Container
  let family: IPFamily

  init(_ family: IPFamily = .v4) throws {
    self.family = family
    host = try TestHost("dockerhost")
    outside = try TestHost("outside")
    try Wire(
      host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
    daemon = try DockerHost(host, options: family == .v4 ? [] : DockerHost.speakingIPv6())
    talker = try daemon.docker.container(name: "talker")
    idle = try daemon.docker.container(name: "idle")
    try Traffic.awaitEcho(of: far, from: talker)
  }

  /// The Docker host's outer address.
  var near: String { family == .v4 ? "198.51.100.1" : "fd00:51::1" }
  /// The outside host's.
  var far: String { family == .v4 ? "198.51.100.9" : "fd00:51::9" }
  /// Theirs.
  var network: String { family == .v4 ? "198.51.100.0/24" : "fd00:51::/64" }

  func stop() { [host, outside].forEach { $0.stop() } }
}
