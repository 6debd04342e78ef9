import Documents
import Flows
import Testing
import Tracing

/// One socket that two processes write to, and whose other end is on the same host.
@Suite struct SharedSocketTests {
  private func host(_ family: Family, more: UInt64) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    let (asker, web) = (try host.container("asker", 2), try host.container("web", 3))
    let asked = try flow(family.container(2, 40000), family.container(3, 80))
    for (pid, name, bytes) in [(Int32(5), "parent", UInt64(20_000)), (6, "child", 80_000)] {
      let owner = Owner.process(pid, name, in: asker.container)
      host.moved(asked, .initiator, owner, out: bytes, in: 0, cookie: 7, at: asker.id)
    }
    let server = Owner.process(9, "server", in: web.container)
    host.moved(asked.reversed, .responder, server, out: 0, in: 100_000 + more, cookie: 8, at: web.id)
    return host
  }

  @Test(arguments: Family.allCases, [UInt64(0), 1500])
  func `each process has its part, also where the other end counted a packet more`(_ family: Family, more: UInt64)
    async throws
  {
    let document = try await host(family, more: more).trace(":80")
    #expect(document.chains.map(\.source.name) == ["child", "parent"])
    #expect(document.chains.map(\.bytes) == [80_000, 20_000])
  }

  @Test(arguments: Family.allCases)
  func `seen from the other end alone, the other processes are named`(_ family: Family) async throws {
    var host = try host(family, more: 0)
    host.recordedInventory.processNames = ["server"]
    let document = try await host.trace("server")
    let hop = try #require(document.chains.first?.hops.last)
    #expect(hop.process?.name == "child" && hop.certainty == .inferred)
    #expect(hop.evidence.contains { $0.detail.contains("parent (pid 5) 20 %") }, "\(hop.evidence)")
  }
}
