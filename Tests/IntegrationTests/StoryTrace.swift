import Documents
import Flows
import Foundation
import Lab
import Testing

extension StoryA {
  /// What `headwater trace TARGET` says of the stranger's traffic, asked for where `asker` is.
  func trace(
    _ target: String, _ more: String..., on asker: Asker = .service
  ) throws -> (document: TraceDocument, result: CommandResult) {
    let process = try start(["trace", target, "--json", "--for", "6"] + more, on: asker)
    try knock()
    let result = try process.wait(timeout: .seconds(120))
    return (try Headwater.decode(TraceDocument.self, result), result)
  }

  /// What a host is called in answers to `asker`: the alias, or its own name where the asker is.
  func name(of host: Asker, for asker: Asker) -> String {
    switch host {
    case .service: asker == .service ? plan.hostNames.service : plan.aliases.service
    case .dockerHost: asker == .dockerHost ? plan.hostNames.dockerHost : plan.aliases.dockerHost
    case .elsewhere: plan.hostNames.elsewhere
    }
  }

  /// Holds a document against the plan: the whole chain from the service to the stranger, with every name, evidence on
  /// each hop, and nearly all bytes explained.
  func checkWholeChain(_ document: TraceDocument, asker: Asker, location: SourceLocation = #_sourceLocation) throws {
    let chain = try #require(document.chains.first, sourceLocation: location)
    let gate = name(of: .dockerHost, for: asker)
    let node = plan.aliases.node
    let nat: [Hop.Kind] = plan.isRouted ? [] : [.nat]
    #expect(
      chain.hops.map(\.kind)
        == [.socket, .host] + nat + [.container] + nat + [.tunnel, .host, .socket, .relay, .external],
      "\(chain.source.summary)", sourceLocation: location)
    #expect(
      chain.hops.compactMap(\.host)
        == [name(of: .service, for: asker)] + Array(repeating: gate, count: plan.isRouted ? 3 : 5)
        + Array(repeating: node, count: 3), sourceLocation: location)
    let stranger = IPAddress(plan.stranger.address)
    #expect(
      chain.source.kind == .external && chain.source.name == stranger?.description
        && chain.hops.last?.address == stranger, "\(chain.source)", sourceLocation: location)
    #expect(chain.hops.first?.process?.name.hasPrefix("python3") == true, sourceLocation: location)
    #expect(chain.destination.endpoint?.address == IPAddress(plan.serviceAddress), sourceLocation: location)
    #expect(chain.destination.process?.name.hasPrefix("python3") == true, sourceLocation: location)

    let container = chain.hops.first { $0.kind == .container }?.container
    #expect(container?.name == plan.container, sourceLocation: location)
    let vpn = chain.hops.first { $0.kind == .tunnel }?.tunnel
    #expect(
      vpn?.client == plan.vpnClient && vpn?.address == IPAddress(client.address(plan.familyInside)),
      sourceLocation: location)
    #expect(vpn?.realAddress?.hasPrefix("\(plan.node.address):") == true, sourceLocation: location)
    #expect(vpn?.statusFile == plan.statusFile, sourceLocation: location)
    let relay = try #require(chain.hops.first { $0.kind == .relay }, sourceLocation: location)
    #expect(
      relay.relay?.frontend == plan.frontend && relay.relay?.backend == plan.backend
        && relay.relay?.server == plan.server, sourceLocation: location)
    #expect(relay.relay?.configuration?.hasPrefix(plan.proxyConfiguration + ":") == true, sourceLocation: location)
    #expect(relay.flow?.source.address == stranger, sourceLocation: location)
    #expect(
      relay.flow?.destination.address == IPAddress(plan.proxyAddress)
        && relay.flow?.destination.port == UInt16(plan.proxyPort), sourceLocation: location)

    #expect(chain.hops.allSatisfy { !$0.evidence.isEmpty }, "\(chain.source.summary)", sourceLocation: location)
    // A connection that has ended is in no session list any more; what the proxy's threads did tells as well.
    let unsure = chain.hops.filter { $0.certainty != .observed && !($0.kind == .relay && $0.certainty == .matched) }
    #expect(unsure.isEmpty, "\(unsure)", sourceLocation: location)
    let (explained, bytes) = (document.coverage.explained, document.coverage.bytes)
    #expect(bytes > 2_500_000 && explained * 100 >= bytes * 95, "\(document.coverage)", sourceLocation: location)
    #expect(chain.share > 0.95, sourceLocation: location)
  }
}
