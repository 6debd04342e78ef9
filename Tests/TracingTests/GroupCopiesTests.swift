import Documents
import Flows
import Questions
import Testing
import Tracing

/// Traffic to a group, of which several sockets get copies.
@Suite struct GroupCopiesTests {
  private func group(_ family: Family) -> String { family == .v4 ? "239.1.2.3:5055" : "[ff05::77]:5055" }

  /// A host with three listeners, and perhaps a program that sends to them.
  private func host(_ family: Family, _ source: String, sends: Bool) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    let flow = try flow(source, group(family), .udp)
    if sends { host.moved(flow, .initiator, .process(20, "mcaster"), out: 90_000, in: 0, interface: "eth0") }
    for pid in Int32(30)...32 {
      host.moved(flow.reversed, .responder, .process(pid, "listener\(pid)"), out: 0, in: 90_000, interface: "eth0")
      let last = try #require(host.interval.flows.indices.last)
      host.interval.flows[last].cookie = UInt64(pid)
    }
    return host
  }

  @Test(arguments: Family.allCases, ["eth0", ":5055"])
  func `what a host sends to listeners of its own counts once, for its sender`(_ family: Family, _ target: String)
    async throws
  {
    let document = try await host(family, family.host(5000), sends: true).trace(target)
    #expect(document.coverage.bytes == 90_000, "\(document.chains.map { ($0.source.name, $0.bytes) })")
    #expect(document.chains.map(\.source.name) == ["mcaster"])
    let note = try #require(document.coverage.included?.first)
    #expect(note.contains(group(family)) && note.contains("3 sockets"))
  }

  @Test(arguments: Family.allCases, ["eth0", ":5055"])
  func `what arrives for several listeners counts once`(_ family: Family, _ target: String) async throws {
    let document = try await host(family, family.outside(5000), sends: false).trace(target)
    #expect(document.coverage.bytes == 90_000, "\(document.chains.map { ($0.source.name, $0.bytes) })")
    #expect(document.coverage.included?.first?.contains("2 sockets") == true)
    // Who asks for one of the listeners gets that one.
    var asked = try host(family, family.outside(5000), sends: false)
    asked.recordedInventory.processNames = ["listener31"]
    let one = try await asked.trace("listener31")
    #expect(one.coverage.bytes == 90_000 && one.coverage.included == nil)
  }
}
