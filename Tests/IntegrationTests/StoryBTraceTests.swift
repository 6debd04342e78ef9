import Documents
import Flows
import Foundation
import Lab
import Testing

/// The second story: a site behind a CDN is asked once a second, by a container on another host of the same owner.
@Suite(
  .requires(StoryB.requirements + Requirement.ssh + [.built("headwater"), .file(Executables.probe)]), .serialized)
struct StoryBTraceTests {
  private let site = "git.example.com"

  private func trace(_ machine: TestHost, _ more: [String] = []) throws -> TraceDocument {
    let words = [Executables.path(), "trace", "cloudflare", "--json", "--for", "10"] + more
    let result = try machine.run(words, timeout: .seconds(60), environment: ["HEADWATER_PROBE": Executables.probe])
    #expect(result.status == 0, "\(result.stderr)")
    return try Headwater.decode(TraceDocument.self, result)
  }

  /// Until a period can be seen: time stamps of whole seconds need a minute of them.
  private func waitForPolls(_ story: StoryB) throws {
    try waitUntil("seventy polls in the log", timeout: .seconds(120), every: 200_000) {
      try story.proxy.log(of: 10).filter { $0.contains("autospy/1.0") }.count >= 70
    }
  }

  @Test func `the origin names the site, the polling host its container, and both together the whole chain`() throws {
    let story = try StoryB()
    defer { story.stop() }
    let keys = try SSHKeys()
    let server = try SSHServer(on: story.polling, keys: keys)
    try story.origin.install([SSHAccess("polling", server, at: story.settings.pollingAddress)], keys: keys)
    try story.origin.write("/root/hosts.yaml", "hosts:\n  - name: polling\n    ssh: polling\n")
    try waitForPolls(story)

    // On the origin alone.
    let origin = try trace(story.origin)
    let polled = try #require(origin.chains.first { $0.destination.site?.name == site }, "\(origin.chains)")
    let served = try #require(polled.destination.site)
    #expect(served.software == "nginx-proxy-manager" && served.id == 10)
    #expect(served.upstream == "http://git:3000" && served.upstreamContainer == "git")
    #expect(served.configuration?.hasPrefix("/data/nginx/proxy_host/10.conf:") == true)
    #expect(served.log == "/data/logs/proxy-host-10_access.log")
    #expect(served.periodSeconds.map { (0.95...1.05).contains($0) } == true, "\(served)")
    #expect(served.requestsPerSecond.map { (0.5...2.5).contains($0) } == true, "\(served)")
    let nginx = polled.hops.contains { $0.process?.name == "nginx" && $0.container?.name == "npm" }
    #expect(nginx || polled.destination.process?.name == "nginx", "\(polled.hops.map(\.kind))")
    #expect(polled.hops.contains { $0.kind == .container && $0.container?.name == "npm" })
    #expect(polled.source.kind == .external)
    #expect(story.settings.edgeSources.contains(polled.source.name), "\(polled.source)")
    let logs = try story.origin.run([Executables.path(), "logs", "--json"], timeout: .seconds(20))
    let document = try Headwater.decode(LogsDocument.self, logs)
    #expect(document.sites.first?.name == site, "\(logs.stdout)\(logs.stderr)")
    #expect(document.regular.first?.site == site, "\(document.regular)")
    let period = document.regular.first?.period?.seconds
    #expect(period.map { (0.95...1.05).contains($0) } == true, "\(document.regular)")

    // On the polling host alone.
    let polling = try trace(story.polling)
    let spy = try #require(polling.chains.first)
    #expect(spy.hops.last?.kind == .socket && spy.hops.last?.container?.name == "autospy")
    #expect(spy.hops.last?.process?.name.hasPrefix("python3") == true && spy.hops.last?.name == site)
    #expect(spy.source.kind == .process && spy.flows >= 3)

    // With both, from the origin: one chain from the site through the edge to the container.
    let both = try trace(story.origin, ["--hosts", "/root/hosts.yaml"])
    let whole = try #require(both.chains.first { chain in chain.hops.contains { $0.kind == .edge } }, "\(both)")
    #expect(whole.destination.site?.name == site && whole.destination.site?.id == 10)
    #expect(whole.hops.last?.kind == .socket && whole.hops.last?.host == "polling")
    #expect(whole.hops.last?.container?.name == "autospy" && whole.source.kind == .process)
    let edge = try #require(whole.hops.first { $0.kind == .edge })
    #expect(edge.certainty == .inferred && edge.host == "polling")
    #expect(edge.edge?.provider == "cloudflare" && edge.edge?.name == site)
    #expect(edge.edge.map { $0.matched >= 3 && $0.connections >= 3 } == true, "\(String(describing: edge.edge))")
    #expect(whole.hops.filter { $0.kind != .external }.allSatisfy { !$0.evidence.isEmpty })
    // Quiet neighbours are not accused: whoever is said to ask for this site is the poller.
    for chain in both.chains where chain.destination.site?.name == site {
      #expect(!chain.hops.contains { $0.container?.name == "mirror" }, "\(chain.source)")
    }
  }
}
