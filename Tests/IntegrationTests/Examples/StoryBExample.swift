import Flows
import Foundation
import Lab
import Testing

/// The second story's bundle: what there is to collect on the origin and on the polling host.
enum StoryBExample {
  static let requirements: [Requirement] = StoryB.requirements + ["conntrack", "lsof"].map { .program($0) }

  /// Lets the story happen for a while and collects its evidence into `folder`.
  static func make(in folder: EvidenceFolder, seconds: Int = 60) throws {
    let story = try StoryB()
    defer { story.stop() }
    try waitUntil("\(seconds) requests of the poller", timeout: .seconds(seconds * 2 + 20), every: 200_000) {
      try story.proxy.log(of: 10).filter { $0.contains("autospy") }.count >= seconds
    }
    try collectOrigin(story, folder.folder(of: story.origin))
    try collectPolling(story, folder.folder(of: story.polling))
  }

  private static func collectOrigin(_ story: StoryB, _ folder: EvidenceFolder) throws {
    let host = story.origin
    try folder.save("conntrack.txt", "conntrack -L 2>&1", on: host)
    try folder.save("ss.txt", "ss -tunap", on: host)
    try folder.save("docker-inspect.json", "docker inspect $(docker ps -q)", on: host)
    try folder.save("docker-network-inspect.json", "docker network inspect bridge proxy", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
    try folder.save(
      session: "in-the-container.txt", ["nsenter -t \(story.proxy.container.pid()) -n ss -tunap"], on: host)
    let inside = EvidenceFolder(path: "\(folder.path)/containers/npm/files")
    let configuration = try story.proxy.container.output(of: [
      "find", "/etc/nginx", "/data/nginx", "-name", "*.conf",
    ])
    for file in configuration.split(separator: "\n").sorted() {
      try inside.save(String(file.dropFirst()), "cat \(file)", on: story.proxy.container)
    }
    let logs = try story.proxy.container.output(of: ["find", "/data/logs", "-name", "*_access.log", "-size", "+0"])
    for file in logs.split(separator: "\n").sorted() {
      try inside.save(String(file.dropFirst()), "cat \(file)", on: story.proxy.container)
    }
  }

  private static func collectPolling(_ story: StoryB, _ folder: EvidenceFolder) throws {
    let host = story.polling
    try folder.save("conntrack.txt", "conntrack -L 2>&1", on: host)
    try folder.save("docker-inspect.json", "docker inspect $(docker ps -q)", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
  }

  /// Holds a trace of the CDN's flows over the bundle against the story, as far as containers and processes go.
  static func check(_ trace: ExampleTrace) throws {
    let chains = trace.document.chains
    // On the polling host: one container is behind nearly all of the flows to the CDN.
    let asking = chains.filter { chain in chain.hops.contains { $0.host == "polling" } }
    let names = asking.map { chain in chain.hops.first { $0.kind == .container }?.container?.name }
    #expect(names == ["autospy", "mirror"], "\(names)")
    let poller = try #require(asking.first)
    #expect(poller.source.kind == .container && poller.source.name == "autospy")
    #expect(poller.flows >= 5 * (asking.last?.flows ?? 0), "\(asking.map(\.flows))")
    let inner = try #require(poller.hops.first { $0.kind == .nat })
    let flow = try #require(inner.flow)
    try trace.expect(
      inner, cites: "polling/conntrack.txt",
      with: "src=\(flow.source.address) dst=104.16.80.10 sport=\(flow.source.port)", "dst=192.0.2.30")
    let container = try #require(poller.hops.first { $0.kind == .container })
    try trace.expect(
      container, cites: "polling/docker-inspect.json", with: #""IPAddress": "\#(flow.source.address)""#)
    // On the origin: the edge's addresses come to nginx in the proxy's container.
    let served = chains.filter { chain in chain.hops.contains { $0.host == "origin" } }
    #expect(Set(served.map(\.source.name)).isSubset(of: ["172.68.22.5", "162.158.90.14"]))
    // Connections that were closed by then have no process any more.
    let open = served.filter { $0.destination.process != nil }
    #expect(!open.isEmpty)
    for chain in open {
      #expect(chain.source.kind == .external && chain.destination.process?.name == "nginx")
      #expect(
        chain.destination.container?.name == "npm" && chain.hops.map(\.kind) == [.socket, .container, .nat, .external])
      try trace.expect(
        chain.hops[0], cites: "origin/in-the-container.txt", with: "172.19.0.2:443", "\(chain.source.name):",
        #"(("nginx""#)
      try trace.expect(chain.hops[1], cites: "origin/docker-inspect.json", with: #""IPAddress": "172.19.0.2""#)
      try trace.expect(
        chain.hops[2], cites: "origin/conntrack.txt", with: "src=\(chain.source.name) dst=203.0.113.20",
        "src=172.19.0.2")
    }
    #expect(asking.count + served.count == chains.count, "\(chains)")
    // What tells the site is there as well: a line for each request, all of them of the edge.
    let log = try String(
      contentsOfFile: "\(trace.bundle)/origin/containers/npm/files/data/logs/proxy-host-10_access.log", encoding: .utf8)
    #expect(log.split(separator: "\n").filter { $0.contains("autospy/1.0") }.count >= 60)
  }
}
