import Flows
import Questions
import Testing

@Suite struct FindingsTests {
  @Test(arguments: Family.allCases)
  func `a stranger on a published port is a finding with a remedy`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    try host.route(
      family.everywhere, interface: 2, via: family == .v4 ? "198.51.100.254" : "2001:db8:51::fe", in: .host)
    let web = try host.container("web", 2)
    for port in [50000, 50001] {
      let asked = try flow(family.stranger(port), family.host(8080))
      let inside = try flow(family.stranger(port), family.container(2, 80))
      host.translate(asked, to: inside)
      host.moved(inside.reversed, .responder, .process(9, "nginx", in: web.container), at: web.id)
    }
    let document = try await host.trace("web")
    #expect(document.findings.count == 1)
    let finding = try #require(document.findings.first)
    #expect(finding.kind == "exposed-listener" && finding.severity == .medium)
    #expect(finding.summary == "port 8080 of container web is reached from the public address \(family.stranger())")
    #expect(finding.remedy.contains("8080") && finding.remedy.contains("DOCKER-USER"))
  }

  @Test(arguments: [
    "10.1.1.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.1.1", "203.0.113.7", "fd00::1", "fe80::1",
    "2001:db8::1",
  ])
  func `a private or reserved address is no finding`(_ address: String) async throws {
    var host = try RecordedVantage.dockerHost()
    let far = address.contains(":") ? "[\(address)]:5000" : "\(address):5000"
    let near = address.contains(":") ? "[2001:db8:51::1]:22" : "198.51.100.1:22"
    host.moved(try flow(near, far), .responder, .process(9, "sshd"))
    #expect(try await host.trace(":22").chains.count == 1)
    #expect(try await host.trace(":22").findings.isEmpty)
  }

  @Test func `what goes out to a public address is no finding`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow("198.51.100.1:40000", "9.9.9.9:443"), .initiator, .process(9, "curl"))
    #expect(try await host.trace().findings.isEmpty)
  }

  @Test func `two ports that one stranger reaches are two findings`() async throws {
    var host = try RecordedVantage.dockerHost()
    host.moved(try flow("198.51.100.1:80", "9.9.9.9:40000"), .responder, .process(9, "nginx"))
    host.moved(try flow("198.51.100.1:443", "9.9.9.9:40001"), .responder, .process(9, "nginx"))
    #expect(try await host.trace().findings.map(\.summary).filter { $0.contains("9.9.9.9") }.count == 2)
  }
}
