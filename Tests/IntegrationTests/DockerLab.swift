import Lab

/// A Docker host with two containers behind Docker's masquerade, and an outside host at 198.51.100.9.
struct DockerLab {
  let host: TestHost
  let outside: TestHost
  let daemon: DockerHost
  let talker: Container
  let idle: Container

  init() throws {
    host = try TestHost("dockerhost")
    outside = try TestHost("outside")
    try Wire(
      host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
    daemon = try DockerHost(host)
    talker = try daemon.docker.container(name: "talker")
    idle = try daemon.docker.container(name: "idle")
  }

  func stop() { [host, outside].forEach { $0.stop() } }
}
