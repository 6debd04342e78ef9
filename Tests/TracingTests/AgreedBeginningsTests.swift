import Documents
import Flows
import Testing
import Tracing

/// Flows of which one end saw the beginning and the other goes by the ports, which say the opposite.
@Suite struct AgreedBeginningsTests {
  /// Two programs on one port of a container, which ask a service with a higher one.
  private func host(_ family: Family, isKnown: Bool) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    let (asker, web) = (try host.container("asker", 2), try host.container("web", 3))
    let asked = try flow(family.container(2, 6666), family.container(3, 7111), .udp)
    func add(
      _ flow: Flow, _ role: FlowTraffic.Role, _ owner: Owner, _ out: UInt64, _ inward: UInt64, _ place: Place,
      inferred: Bool
    ) {
      host.moved(flow, role, owner, out: out, in: inward, cookie: UInt64(host.interval.flows.count), at: place)
      if inferred { host.interval.flows[host.interval.flows.count - 1].isRoleInferred = true }
    }
    let (one, other) = (Owner.process(5, "one", in: asker.container), Owner.process(6, "other", in: asker.container))
    add(asked, .responder, one, 100_000, 10_000, asker.id, inferred: true)
    add(asked, .initiator, other, 200_000, 20_000, asker.id, inferred: !isKnown)
    let server = Owner.process(9, "server", in: web.container)
    add(asked.reversed, .responder, server, 30_000, 300_000, web.id, inferred: true)
    return host
  }

  @Test(arguments: Family.allCases, [true, false])
  func `both ends of a flow agree on who began, so that its bytes stand once`(_ family: Family, isKnown: Bool)
    async throws
  {
    let document = try await host(family, isKnown: isKnown).trace(":7111")
    #expect(document.coverage.bytes == 330_000, "\(document.chains.map(\.source))")
    #expect(!document.chains.contains { $0.source.name == "server" }, "\(document.chains.map(\.source))")
  }

  @Test(arguments: Family.allCases)
  func `of sockets on one port, one that saw an answer first does not turn the flow around`(_ family: Family)
    async throws
  {
    var host = try host(family, isKnown: true)
    for index in host.interval.flows.indices { host.interval.flows[index].isRoleInferred = nil }
    let document = try await host.trace(":7111")
    #expect(document.coverage.bytes == 330_000, "\(document.chains.map(\.source))")
    #expect(!document.chains.contains { $0.source.name == "server" })
  }

  @Test(arguments: Family.allCases)
  func `what began in one network says nothing of another with the same addresses`(_ family: Family) async throws {
    var host = try host(family, isKnown: true)
    let twin = try host.container("twin", 4)
    let asked = try flow(family.container(2, 6666), family.container(3, 7111), .udp)
    host.moved(asked, .responder, .process(30, "twin", in: twin.container), out: 500, in: 50, cookie: 99, at: twin.id)
    host.interval.flows[host.interval.flows.count - 1].isRoleInferred = true
    let chains = try await host.trace("twin").chains
    #expect(chains.contains { $0.destination.process?.name == "twin" }, "\(chains.map(\.source))")
  }
}
