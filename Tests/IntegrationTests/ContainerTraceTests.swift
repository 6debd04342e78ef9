import Documents
import Flows
import Foundation
import Lab
import Testing

@Suite(.requires(Requirement.docker + [.program("conntrack"), .built("headwater")]), .serialized)
struct ContainerTraceTests {
  /// The chain that ends in the container `talker`, with its NAT hop checked.
  private func checkChain(_ document: TraceDocument, _ lab: DockerLab, processName: String? = "python3") throws -> Chain
  {
    let chain = try #require(document.chains.first { $0.hops.contains { $0.container?.name == "talker" } })
    let address = try lab.talker.address(lab.family)
    let service = Endpoint(lab.family.endpoint(lab.far, 443))
    let nat = try #require(chain.hops.first { $0.kind == .nat })
    #expect(nat.flow?.source.address == IPAddress(address))
    #expect(nat.translated?.source.address == IPAddress(lab.near))
    #expect(nat.flow?.destination == service)
    #expect(nat.certainty == .observed)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .socket])
    #expect(chain.destination.endpoint == service)
    #expect(chain.hops.allSatisfy { !$0.evidence.isEmpty })
    let container = try #require(chain.hops.first { $0.kind == .container }?.container)
    #expect(container.id == lab.talker.id && container.runtime == "docker")
    if let processName {
      let process = try #require(chain.hops.last?.process)
      #expect(process.name.hasPrefix(processName))
      #expect(chain.source.kind == .process)
    }
    #expect(!document.chains.contains { $0.hops.contains { $0.container?.name == "idle" } })
    return chain
  }

  @Test(arguments: IPFamily.allCases)
  func `bulk traffic to a prefix leads through NAT to the container and its process`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    let trace = try Headwater(machine: lab.host).start("trace", lab.network, "--json", "--for", Headwater.untilEnded)
    let sent = try Traffic.send(.bulk(bytes: 20_000_000), from: lab.talker, to: lab.far, port: 443)
    let document = try trace.end().document()
    #expect(try far.stop().received == sent.sent)
    let chain = try checkChain(document, lab)
    // Payload, plus headers of at most 52 bytes per 1448 bytes, and as much for an acknowledgement of each segment; 20 bytes
    // more for IPv6. What is sent again on a busy machine counts as well.
    #expect(chain.bytes > UInt64(sent.sent) && chain.bytes < UInt64(sent.sent) * (family == .v4 ? 110 : 113) / 100)
    #expect(document.coverage.unknown == 0)
    #expect(document.schema == "headwater.trace/1")
  }

  @Test(arguments: ["ebpf", "sockets"], IPFamily.allCases)
  func `a connection of 50 ms is found after it closed`(meter: String, family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    let trace = try Headwater(machine: lab.host)
      .start("trace", lab.network, "--json", "--for", Headwater.untilEnded, "--meter", meter)
    try Traffic.send(.short(count: 1, bytes: 5000, milliseconds: 50), from: lab.talker, to: lab.far, port: 443)
    let document = try trace.end().document()
    _ = try far.stop()
    let chain = try checkChain(document, lab)
    #expect(chain.flows == 1)
    #expect(chain.bytes > 5000 && chain.bytes < 7000)
  }

  @Test(arguments: IPFamily.allCases)
  func `a published port leads from the outside address through DNAT to the container`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let web = try lab.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, address: family.any, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    try Traffic.awaitEcho(of: web.address(family), from: lab.host)
    let trace = try Headwater(machine: lab.host).start("trace", ":8080", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.http(count: 20), from: lab.outside, to: lab.near, port: 8080)
    let document = try trace.end().document()
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .external && chain.source.name == lab.far)
    #expect(chain.hops.map(\.kind) == [.socket, .container, .nat, .external])
    #expect(chain.destination.container?.name == "web")
    let nat = try #require(chain.hops.first { $0.kind == .nat })
    #expect(nat.flow?.destination == Endpoint(family.endpoint(lab.near, 8080)))
    #expect(nat.translated?.destination == Endpoint(family.endpoint(try web.address(family), 80)))
  }

  @Test(arguments: IPFamily.allCases)
  func `a published port on loopback leads through docker-proxy to the container`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let web = try lab.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, address: family.any, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    try Traffic.awaitEcho(of: web.address(family), from: lab.host)
    let trace = try Headwater(machine: lab.host).start("trace", "web", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.http(count: 20), from: lab.host, to: family.loopback, port: 8080)
    let document = try trace.end().document()
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .container, .socket, .relay, .socket])
    let relay = try #require(chain.hops.first { $0.kind == .relay })
    #expect(relay.relay?.software == "docker-proxy" && (relay.certainty == .matched || relay.certainty == .observed))
    #expect(relay.flow?.destination == Endpoint(family.endpoint(family.loopback, 8080)))
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"))
  }

  @Test(.requires(.program("capsh")), arguments: IPFamily.allCases)
  func `a container in a container is followed through both translations`(_ family: IPFamily) throws {
    let lab = try DockerLab(family)
    defer { lab.stop() }
    let nested = try lab.daemon.docker.nested(
      name: "outer", daemon: family == .v4 ? [] : DockerHost.speakingIPv6("fd00:d0d::/64"))
    let inner = try nested.docker.container(name: "inner")
    try Traffic.awaitEcho(of: lab.far, from: inner)
    let far = try Traffic.serve(on: lab.outside, port: 443, address: family.any)
    let trace = try Headwater(machine: lab.host).start("trace", lab.far, "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 1_000_000), from: inner, to: lab.far, port: 443)
    let document = try trace.end().document()
    _ = try far.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .container, .socket])
    let containers = chain.hops.compactMap(\.container)
    #expect(containers.first?.name == "outer")
    #expect(chain.hops.filter { $0.kind == .container }.last?.container?.id == inner.id)
    #expect(chain.hops.last?.process?.name.hasPrefix("python3") == true)
  }
}
