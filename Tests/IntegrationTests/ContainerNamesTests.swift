import Flows
import Lab
import Questions
import Testing

/// Names across namespaces and hosts.
@Suite(.requires(Requirement.docker + NamesLab.requirements), .serialized)
struct ContainerNamesTests {
  @Test func `a container's flow has its name before and after the translation`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let sites = try NamesLab.serve(on: lab.outside, address: "198.51.100.9")
    defer { sites.stop() }
    let trace = try Headwater(machine: lab.host).start(
      "trace", "shop.lab.example", "--json", "--for", Headwater.untilEnded)
    try NamesLab.fetch("https://shop.lab.example/", from: lab.talker, "--connect-to", "::198.51.100.9:443")
    let chain = try #require(try trace.end().document().chains.first)
    #expect(chain.hops.map(\.kind) == [.nat, .container, .socket])
    #expect(chain.hops.last?.process?.name == "curl" && chain.hops.last?.container?.name == "talker")
    #expect(chain.hops.last?.name == "shop.lab.example")

    let top = try Headwater(machine: lab.host).start(
      "top", "--by", "name", "--json", "--once", "--interval", Headwater.untilEnded)
    try NamesLab.fetch("https://shop.lab.example/", from: lab.talker, "--connect-to", "::198.51.100.9:443")
    let interval = try #require(try top.end().intervals().first)
    let sources = Set((interval.names ?? []).filter { $0.name == "shop.lab.example" }.map(\.flow.source.address))
    #expect(sources == Set([IPAddress(try lab.talker.address()), IPAddress("198.51.100.1")].compactMap { $0 }))
    // Every row of that traffic, in the container and on its way, is put under the name.
    let index = try #require(NameIndex(interval))
    let rows = interval.flows.filter { $0.flow.destination == Endpoint("198.51.100.9:443") }
    #expect(Set(rows.map(\.role)) == [.initiator, .forwarded])
    #expect(rows.allSatisfy { index.name(of: $0)?.name == "shop.lab.example" })
  }

  @Test func `a container that comes up while names are watched is named`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let sites = try NamesLab.serve(on: lab.outside, address: "198.51.100.9")
    defer { sites.stop() }
    let trace = try Headwater(machine: lab.host).start(
      "trace", "late.lab.example", "--json", "--for", Headwater.untilEnded)
    let script =
      "curl --insecure --silent --connect-to ::198.51.100.9:443 https://late.lab.example/; echo fetched; sleep 60"
    try lab.daemon.docker.container(name: "late", command: ["sh", "-c", script]).waitFor("fetched")
    let chain = try #require(try trace.end().document().chains.first)
    #expect(chain.hops.last?.name == "late.lab.example")
    #expect(chain.hops.last?.process?.name == "curl")
  }
}
