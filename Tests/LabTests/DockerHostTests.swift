import Glibc
import Lab
import Testing

@Suite(.requires(Requirement.docker + [.program("conntrack")])) struct DockerHostTests {
  /// A Docker host with a wire to an outside host at 198.51.100.9.
  private struct Place {
    let host: TestHost
    let outside: TestHost
    let daemon: DockerHost

    init() throws {
      host = try TestHost("dockerhost")
      outside = try TestHost("outside")
      try Wire(host.plug("eth0", "198.51.100.1/24"), outside.plug("eth0", "198.51.100.9/24"))
      daemon = try DockerHost(host)
    }
    func stop() { [host, outside].forEach { $0.stop() } }
  }

  @Test func `containers go out through Docker's masquerade and are reached through published ports`() throws {
    let place = try Place()
    defer { place.stop() }
    let one = try place.daemon.docker.container(name: "one")
    let two = try place.daemon.docker.container(name: "two")
    let far = try Traffic.serve(on: place.outside, port: 443)
    for container in [one, two] {
      let sent = try Traffic.send(.bulk(bytes: 1_000_000), from: container, to: "198.51.100.9", port: 443)
      let port = try #require(sent.endpoints.first?.split(separator: ":").last)
      let entry = try place.host.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-src", "\(port)"])
      #expect(entry.contains("src=\(try container.address())"))
      #expect(entry.contains("src=198.51.100.9 dst=198.51.100.1 "))
    }
    #expect(try far.stop().received == 2_000_000)

    let web = try place.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    let outer = try Traffic.send(.http(count: 5), from: place.outside, to: "198.51.100.1", port: 8080)
    let webAddress = try web.address()
    let translated = try place.host.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-dst", "8080"])
    #expect(translated.contains("src=198.51.100.9") && translated.contains("src=\(webAddress)"))
    let loopback = try Traffic.send(.http(count: 5), from: place.host, to: "127.0.0.1", port: 8080)
    #expect(try place.host.run(["pgrep", "-x", "docker-proxy"]).status == 0)
    #expect(outer.requests == 5 && loopback.requests == 5)
    #expect(try Traffic.report(web.terminate()).sent == outer.received + loopback.received)
  }

  @Test(.requires(.program("capsh"))) func `Docker runs in Docker`() throws {
    let place = try Place()
    defer { place.stop() }
    let nested = try place.daemon.docker.nested(name: "outer")
    let inner = try nested.docker.container(name: "inner")
    let far = try Traffic.serve(on: place.outside, port: 443)
    let sent = try Traffic.send(.bulk(bytes: 1_000_000), from: inner, to: "198.51.100.9", port: 443)
    #expect(sent.sent == 1_000_000)
    #expect(try far.stop().received == 1_000_000)
    let port = try #require(sent.endpoints.first?.split(separator: ":").last)
    // Translated twice: in the outer container and on the host.
    let innerAddress = try inner.address()
    let outerAddress = try nested.container.address()
    let within = try nested.container.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-src", "\(port)"])
    #expect(within.contains("src=\(innerAddress)") && within.contains("dst=\(outerAddress) "))
    let without = try place.host.output(of: ["conntrack", "-L", "-p", "tcp", "--orig-port-dst", "443"])
    #expect(without.contains("src=\(outerAddress)") && without.contains("dst=198.51.100.1 "))
  }

  @Test func `a stopped process in a container is stopped there`() throws {
    let place = try Place()
    defer { place.stop() }
    let container = try place.daemon.docker.container(name: "busy")
    let process = try container.start(["sh", "-c", "echo up; exec sleep 1000"])
    try process.waitFor("up")
    process.stop()
    #expect(try container.run(["pgrep", "-f", "sleep 1000"]).status == 1)
  }
}
