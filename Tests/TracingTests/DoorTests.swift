import Documents
import Flows
import Testing
import Tracing

/// Relays of two programs, with a UNIX socket between the two that nothing counts.
@Suite struct DoorTests {
  private func owner(_ pid: Int32, _ name: String, of parent: (Int32, String)? = nil) -> Owner {
    Owner(
      process: Process(
        pid: pid, startTime: 1, name: name, command: [name],
        parents: parent.map { [.init(pid: $0.0, name: $0.1)] }))
  }

  private func accept(
    _ host: inout RecordedVantage, _ family: Family, _ number: Int, _ owner: Owner, out: UInt64, in inward: UInt64
  ) throws {
    let client = family == .v4 ? "198.51.100.\(20 + number)" : "[2001:db8:51::\(20 + number)]"
    let accepted = try flow("\(client):5000\(number)", family.host(3129)).reversed
    host.moved(accepted, .responder, owner, out: out, in: inward, payloadOut: out, payloadIn: inward)
  }

  private func connect(
    _ host: inout RecordedVantage, _ family: Family, _ port: Int, _ owner: Owner, out: UInt64, in inward: UInt64
  ) throws {
    let made = try flow(family.loopback(port), family.loopback(8000))
    host.moved(made, .initiator, owner, out: out, in: inward, payloadOut: out, payloadIn: inward)
    host.moved(made.reversed, .responder, .process(60, "server"), out: inward, in: out)
  }

  private func relay(_ name: String, _ doors: LocalDoors?, isRelay: Bool = true) -> RelayAnswer {
    var answer = RelayAnswer(software: name, isRelay: isRelay, isOneToOne: isRelay)
    answer.doors = doors
    return answer
  }

  @Test(arguments: Family.allCases)
  func `clients of a program that comes through a UNIX socket are the sources`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    for (number, bytes) in [(0, UInt64(40_000)), (1, 9000)] {
      try accept(&host, family, number, owner(100, "front"), out: bytes, in: 700)
      try connect(&host, family, 40000 + number, owner(200, "back"), out: 700, in: bytes)
    }
    let door = LocalDoors(listens: ["/run/back.sock"], callers: [.init(pid: 100, path: "/run/back.sock")])
    host.relays[200] = relay("back", door, isRelay: false)
    let document = try await host.trace(":8000")
    #expect(document.chains.map(\.source.kind) == [.external, .external])
    let hop = try #require(document.chains.first).hop(.relay)
    #expect(hop.certainty == .matched && hop.relay?.method == "mirrored bytes")
    #expect(hop.evidence.contains { $0.detail.contains("front (pid 100)") && $0.detail.contains("/run/back.sock") })
    // From the other side as well.
    let clients = try await host.trace(":3129")
    #expect(clients.chains.allSatisfy { $0.destination.endpoint?.port == 8000 })
  }

  @Test(arguments: Family.allCases)
  func `programs for one client each are paired also after they ended`(_ family: Family) async throws {
    var host = try RecordedVantage.dockerHost()
    for (number, bytes) in [(0, UInt64(40_000)), (1, 9000), (2, 5000)] {
      let (front, back) = (Int32(100 + number), Int32(200 + number))
      try accept(&host, family, number, owner(front, "socat", of: (90, "socat")), out: bytes, in: 700)
      try connect(&host, family, 40000 + number, owner(back, "socat", of: (91, "socat")), out: 700, in: bytes)
    }
    host.relays[91] = relay("socat", LocalDoors(listens: ["/run/back.sock"]))
    let document = try await host.trace(":8000")
    #expect(document.chains.count == 3 && document.chains.allSatisfy { $0.source.kind == .external })
  }

  @Test(arguments: Family.allCases)
  func `a program of this host that asks through the socket is not known to be the source, and the relay is not`(
    _ family: Family
  ) async throws {
    var host = try RecordedVantage.dockerHost()
    try accept(&host, family, 0, owner(100, "shop"), out: 900_000, in: 700)
    try connect(&host, family, 40000, owner(200, "back"), out: 700, in: 9000)
    host.processes[300] = Process(pid: 300, startTime: 1, name: "curl", command: ["curl"])
    host.relays[200] = relay("back", LocalDoors(callers: [.init(pid: 300, path: "@back")]))
    let document = try await host.trace(":8000")
    #expect(document.chains.map(\.source.kind) == [.unknown])
    #expect(document.chains.first?.source.summary.contains("curl (pid 300)") == true)
  }

  @Test(arguments: Family.allCases)
  func `a program that only has a UNIX socket of its own is the source of what it asks for`(_ family: Family)
    async throws
  {
    var host = try RecordedVantage.dockerHost()
    // An engine that somebody steers through its socket, and a server whose answers come from a database.
    try accept(&host, family, 0, owner(100, "front"), out: 900_000, in: 700)
    try connect(&host, family, 40000, owner(200, "engine"), out: 700, in: 9000)
    let door = LocalDoors(listens: ["/run/engine.sock"], callers: [.init(pid: 100, path: "/run/engine.sock")])
    host.relays[200] = relay("engine", door, isRelay: false)
    let document = try await host.trace(":8000")
    #expect(document.chains.map(\.source.name) == ["engine"])
  }

  @Test func `sockets that could not be read leave it open where the sums agree`() async throws {
    var host = try RecordedVantage.dockerHost()
    try accept(&host, .v4, 0, owner(100, "front"), out: 40_000, in: 700)
    try connect(&host, .v4, 40000, owner(200, "back"), out: 700, in: 40_000)
    host.relays[200] = relay("back", LocalDoors(reason: "may not be read"), isRelay: false)
    let document = try await host.trace(":8000")
    #expect(document.chains.map(\.source.kind) == [.unknown])
  }
}
