import Documents
import Flows
import Questions
import Testing
import Tracing

/// Two processes that have the same number, because one of them is in another pid namespace.
@Suite struct OutsideProcessTests {
  private func outside(_ pid: Int32, _ name: String) -> Owner {
    var process = Process(pid: pid, startTime: 1, name: name)
    process.outside = true
    return Owner(process: process)
  }

  @Test(arguments: Family.allCases)
  func `what one of them was asked is not what the other asks`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let web = try host.container("web", 2)
    host.relays[20] = RelayAnswer(software: "proxy", isRelay: true, isOneToOne: true)
    let client = family == .v4 ? "198.51.100.20:50000" : "[2001:db8:51::20]:50000"
    host.moved(
      try flow(client, family.host(3129)).reversed, .responder, .process(20, "proxy"), out: 9000, in: 300)
    let made = try flow(family.bridge(60000), family.container(2, 80))
    host.moved(made, .initiator, outside(20, "crawler"), out: 300, in: 9000)
    host.moved(made.reversed, .responder, .process(40, "nginx", in: web.container), out: 9000, in: 300, at: web.id)
    let document = try await host.trace("web")
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.hops.allSatisfy { $0.kind != .relay }, "\(chain)")
    #expect(chain.source.name == "crawler" && chain.hops.last?.process?.outside == true)
  }

  @Test(arguments: Family.allCases)
  func `the device of one is not the other's`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    let address = family == .v4 ? "10.8.0.1/24" : "fd00:8::1/64"
    try host.plug("tun0", 9, address, kind: .tun, in: .host)
    host.change(.host) { place in
      guard let last = place.interfaces.indices.last else { return }
      place.interfaces[last].deviceOwner = .process(30, "vpn")
    }
    let inner = family == .v4 ? "10.8.0.7:80" : "[fd00:8::7]:80"
    let near = family == .v4 ? "10.8.0.1:40000" : "[fd00:8::1]:40000"
    host.moved(try flow(near, inner), .initiator, .process(50, "curl"), out: 1000, in: 90_000, interface: "tun0")
    let far = family == .v4 ? "198.51.100.30:1194" : "[2001:db8:51::30]:1194"
    host.moved(try flow(family.host(41000), far), .initiator, outside(30, "crawler"), out: 2000, in: 95_000)
    let document = try await host.trace()
    #expect((document.carriers ?? []).isEmpty)
    #expect(document.chains.contains { $0.source.name == "crawler" && $0.bytes == 97_000 })
  }
}
