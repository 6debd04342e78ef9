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
    let address = try lab.talker.address()
    let nat = try #require(chain.hops.first { $0.kind == .nat })
    #expect(nat.flow?.source.address == IPAddress(address))
    #expect(nat.translated?.source.address == IPAddress("198.51.100.1"))
    #expect(nat.flow?.destination == Endpoint("198.51.100.9:443"))
    #expect(nat.certainty == .observed)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .socket])
    #expect(chain.destination.endpoint == Endpoint("198.51.100.9:443"))
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

  @Test func `bulk traffic to a prefix leads through NAT to the container and its process`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443)
    let trace = try Headwater(machine: lab.host).start("trace", "198.51.100.0/24", "--json", "--for", "2")
    let sent = try Traffic.send(.bulk(bytes: 20_000_000), from: lab.talker, to: "198.51.100.9", port: 443)
    let document = try trace.document()
    #expect(try far.stop().received == sent.sent)
    let chain = try checkChain(document, lab)
    // Payload, plus headers of at least 40 bytes per 64 kB and at most 52 per 1448 bytes, plus acknowledgements.
    #expect(chain.bytes > UInt64(sent.sent) && chain.bytes < UInt64(sent.sent) * 106 / 100)
    #expect(document.coverage.unknown == 0)
    #expect(document.schema == "headwater.trace/1")
  }

  @Test(arguments: ["ebpf", "sockets"])
  func `a connection of 50 ms is found after it closed`(meter: String) throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let far = try Traffic.serve(on: lab.outside, port: 443)
    let trace = try Headwater(machine: lab.host)
      .start("trace", "198.51.100.0/24", "--json", "--for", "2", "--meter", meter)
    try Traffic.send(.short(count: 1, bytes: 5000, milliseconds: 50), from: lab.talker, to: "198.51.100.9", port: 443)
    let document = try trace.document()
    _ = try far.stop()
    let chain = try checkChain(document, lab)
    #expect(chain.flows == 1)
    #expect(chain.bytes > 5000 && chain.bytes < 7000)
  }

  @Test func `a published port leads from the outside address through DNAT to the container`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let web = try lab.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    let trace = try Headwater(machine: lab.host).start("trace", ":8080", "--json", "--for", "2")
    try Traffic.send(.http(count: 20), from: lab.outside, to: "198.51.100.1", port: 8080)
    let document = try trace.document()
    let chain = try #require(document.chains.first)
    #expect(chain.source.kind == .external && chain.source.name == "198.51.100.9")
    #expect(chain.hops.map(\.kind) == [.socket, .container, .nat, .external])
    #expect(chain.destination.container?.name == "web")
    let nat = try #require(chain.hops.first { $0.kind == .nat })
    #expect(nat.flow?.destination == Endpoint("198.51.100.1:8080"))
    #expect(nat.translated?.destination == Endpoint("\(try web.address()):80"))
  }

  @Test func `a published port on loopback leads through docker-proxy to the container`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let web = try lab.daemon.docker.container(
      name: "web", command: Traffic.serverCommand(port: 80, mode: .http, bytes: 1000),
      options: ["--publish", "8080:80"])
    try web.waitFor("ready")
    let trace = try Headwater(machine: lab.host).start("trace", "web", "--json", "--for", "2")
    try Traffic.send(.http(count: 20), from: lab.host, to: "127.0.0.1", port: 8080)
    let document = try trace.document()
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.socket, .container, .socket, .relay, .socket])
    let relay = try #require(chain.hops.first { $0.kind == .relay })
    #expect(relay.relay?.software == "docker-proxy" && (relay.certainty == .matched || relay.certainty == .observed))
    #expect(relay.flow?.destination == Endpoint("127.0.0.1:8080"))
    #expect(chain.source.kind == .process && chain.source.name.hasPrefix("python3"))
  }

  @Test(.requires(.program("capsh"))) func `a container in a container is followed through both translations`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let nested = try lab.daemon.docker.nested(name: "outer")
    let inner = try nested.docker.container(name: "inner")
    let far = try Traffic.serve(on: lab.outside, port: 443)
    let trace = try Headwater(machine: lab.host).start("trace", "198.51.100.9", "--json", "--for", "2")
    try Traffic.send(.bulk(bytes: 1_000_000), from: inner, to: "198.51.100.9", port: 443)
    let document = try trace.document()
    _ = try far.stop()
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .nat, .container, .socket])
    let containers = chain.hops.compactMap(\.container)
    #expect(containers.first?.name == "outer")
    #expect(chain.hops.filter { $0.kind == .container }.last?.container?.id == inner.id)
    #expect(chain.hops.last?.process?.name.hasPrefix("python3") == true)
  }
}
