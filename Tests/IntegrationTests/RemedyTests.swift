import Flows
import Lab
import Testing

@testable import Tracing

/// The commands that a finding gives for a port that strangers reach, carried out.
@Suite(.requires(Requirement.docker + [.program("curl")]), .serialized)
struct RemedyTests {
  private static let stranger: [IPFamily: String] = [.v4: "192.0.2.77", .v6: "2001:db8:77::1"]

  /// The status of an answer, or `000` if there was none.
  private func ask(_ address: String, _ port: Int, _ family: IPFamily, from machine: any Machine) throws -> String {
    let words = ["curl", "-g", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}"]
    return try machine.run(words + ["http://\(family.endpoint(address, port))/"]).stdout
  }

  /// Carries the command out with `trusted` in its place, and takes it back at the end.
  private func with<Value>(
    _ command: String, _ trusted: String, on host: TestHost, _ body: () throws -> Value
  ) throws -> Value {
    let words = command.replacing("TRUSTED", with: trusted).split(separator: " ").map(String.init)
    try host.output(of: words)
    let value = try body()
    try host.output(of: words.map { $0 == "-I" ? "-D" : $0 })
    return value
  }

  @Test(arguments: IPFamily.allCases)
  func `a published port is closed for strangers, and containers' own traffic goes on`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let server = Traffic.serverCommand(port: 80, mode: .http, address: family.any, bytes: 1000)
    let web = try lab.daemon.docker.container(name: "web", command: server, options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    let far = try Traffic.serve(on: lab.outside, port: 8080, mode: .http, address: family.any, bytes: 1000)
    #expect(try ask(lab.near, 8080, family, from: lab.outside) == "200")
    let command = Findings.blocking(8080, .tcp, isV4: family == .v4, isPublished: true)
    let trusted = try with(command, lab.far, on: lab.host) { try ask(lab.near, 8080, family, from: lab.outside) }
    #expect(trusted == "200", "the trusted one was cut off")
    let other = try #require(Self.stranger[family])
    let strange = try with(command, other, on: lab.host) {
      (try ask(lab.near, 8080, family, from: lab.outside), try ask(lab.far, 8080, family, from: lab.talker))
    }
    #expect(strange.0 == "000", "a stranger came through")
    #expect(strange.1 == "200", "a container cannot ask others any more")
    _ = try far.stop()
  }

  @Test(arguments: IPFamily.allCases)
  func `a port of the host is closed for strangers, and open for its own programs`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let server = try Traffic.serve(on: lab.host, port: 8081, mode: .http, address: family.any, bytes: 1000)
    let command = Findings.blocking(8081, .tcp, isV4: family == .v4, isPublished: false)
    let trusted = try with(command, lab.far, on: lab.host) { try ask(lab.near, 8081, family, from: lab.outside) }
    #expect(trusted == "200", "the trusted one was cut off")
    let other = try #require(Self.stranger[family])
    let strange = try with(command, other, on: lab.host) {
      (try ask(lab.near, 8081, family, from: lab.outside), try ask(family.loopback, 8081, family, from: lab.host))
    }
    #expect(strange.0 == "000", "a stranger came through")
    #expect(strange.1 == "200", "the host's own programs were cut off")
    _ = try server.stop()
  }
}
