import Documents
import Flows
import Testing
import Tracing

/// Programs that a server starts for its clients and feeds through pipes: nothing but their sums tells what they do.
@Suite struct PipedFamilyTests {
  private func owner(_ pid: Int32, _ name: String, of parents: (Int32, String)...) -> Owner {
    Owner(
      process: Process(
        pid: pid, startTime: 1, name: name, command: [name], parents: parents.map { .init(pid: $0.0, name: $0.1) }))
  }

  /// So many clients, each with a process that accepts and one that it started; each takes `given` of 10,000 bytes.
  private func host(_ family: Family, given: [UInt64]) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    for (index, bytes) in given.enumerated() {
      let (head, child) = (Int32(100 + index), Int32(200 + index))
      let client =
        family == .v4 ? "198.51.100.\(20 + index):5000\(index)" : "[2001:db8:51::\(20 + index)]:5000\(index)"
      host.moved(
        try flow(client, family.host(3129)).reversed, .responder, owner(head, "handler", of: (90, "server")),
        out: bytes, in: 100)
      try connect(&host, family, 40000 + index, owner(child, "tool", of: (head, "handler"), (90, "server")), 10_000)
    }
    return host
  }

  private func connect(
    _ host: inout RecordedVantage, _ family: Family, _ port: Int, _ owner: Owner, _ bytes: UInt64
  ) throws {
    let made = try flow(family.loopback(port), family.loopback(8000))
    host.moved(made, .initiator, owner, out: 100, in: bytes)
    host.moved(made.reversed, .responder, .process(60, "server"), out: bytes, in: 100)
  }

  @Test(arguments: Family.allCases)
  func `programs of one server prove each other, wherever the window cuts their connections`(_ family: Family)
    async throws
  {
    // The last one has not sent on what came in just before the window's end.
    let host = try host(family, given: [10_000, 10_000, 10_000, 10_000, 7000])
    let document = try await host.trace(":8000")
    #expect(document.coverage.unknown == 0 && document.chains.count == 5)
    #expect(document.chains.allSatisfy { $0.source.kind == .external && $0.bytes == 10_100 })
  }

  @Test(arguments: Family.allCases)
  func `one whose client was not seen is unknown, and not the source`(_ family: Family) async throws {
    var host = try host(family, given: [10_000, 10_000, 10_000, 10_000])
    try connect(&host, family, 41000, owner(300, "tool", of: (400, "handler"), (90, "server")), 900)
    let document = try await host.trace(":8000")
    #expect(document.coverage.unknown == 1000 && document.chains.last?.source.kind == .unknown)
    #expect(document.chains.last?.source.summary.contains("was not seen") == true)
  }

  @Test(arguments: Family.allCases)
  func `a program that a session started and whose bytes went nowhere is the source`(_ family: Family) async throws {
    let host = try host(family, given: [10, 20, 30, 40, 50])
    let document = try await host.trace(":8000")
    #expect(document.chains.allSatisfy { $0.source.kind == .process && $0.source.name == "tool" })
  }
}
