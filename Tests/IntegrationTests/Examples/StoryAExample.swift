import Documents
import Flows
import Lab
import Testing

/// The first story's bundle: what people would have collected on its three hosts while the link was full.
enum StoryAExample {
  static let requirements: [Requirement] =
    StoryA.requirements + ["conntrack", "lsof", "netstat", "nethogs", "socat"].map { .program($0) }

  /// The hosts' own names are those of the story.
  private static func plan() -> StoryPlan {
    var plan = StoryPlan()
    (plan.hostNames.service, plan.hostNames.dockerHost, plan.hostNames.node) = ("svc", "s750", "tke")
    plan.quietClients = ["tke-node2"]
    return plan
  }

  /// Lets the story happen and collects its evidence into `folder`.
  static func make(in folder: EvidenceFolder) throws {
    let story = try StoryA(plan())
    defer { story.stop() }
    let cloud = story.cloud
    let traffic = try story.startKnocking(.bulk(bytes: 100_000_000, rate: 2_000_000))
    defer { traffic.process.stop() }
    try waitUntil("the connection on the service's host") {
      try cloud.service.output(of: ["ss", "-tn", "state", "established", "sport", "=", ":3129"]).contains("10.0.7.248")
    }
    try collectService(cloud.service, folder.folder(of: cloud.service))
    try collectDockerHost(cloud.dockerHost, folder.folder(of: cloud.dockerHost))
    try collectNode(cloud.node, folder.folder(of: cloud.node))
    guard traffic.process.isRunning else { throw LabError("the traffic ended before all was collected") }
  }

  private static func collectService(_ host: TestHost, _ folder: EvidenceFolder) throws {
    try folder.save("nethogs.txt", "nethogs -t -d 1 -c 4 eth0 2>&1", on: host)
    try folder.save("netstat.txt", "netstat -tunap", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
  }

  private static func collectDockerHost(_ host: TestHost, _ folder: EvidenceFolder) throws {
    try folder.save("conntrack.txt", "conntrack -L 2>&1", on: host)
    try folder.save("docker-inspect.json", "docker inspect $(docker ps -q)", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
    try folder.save(
      session: "in-the-container.txt",
      ["docker exec openvpn conntrack -L", "docker exec openvpn ip addr", "docker exec openvpn ip route"], on: host)
    try folder.save("openvpn-status.log", "docker exec openvpn cat /tmp/openvpn-status.log", on: host)
  }

  private static func collectNode(_ host: TestHost, _ folder: EvidenceFolder) throws {
    try folder.save("ss.txt", "ss -tunap", on: host)
    try folder.save("lsof.txt", "lsof -i -n -P", on: host)
    try folder.save("show-sess.txt", "echo 'show sess all' | socat - UNIX-CONNECT:/run/haproxy.sock", on: host)
    try folder.save("haproxy.cfg", "cat /etc/haproxy/haproxy.cfg", on: host)
    try folder.save("ip-addr.txt", "ip addr", on: host)
    try folder.save("ip-route.txt", "ip route", on: host)
  }

  /// Holds a trace over the bundle in `path` against the story, and each line that it names against the file.
  static func check(_ trace: ExampleTrace, hasRoutes: Bool = true) throws {
    let document = trace.document
    #expect(document.chains.count == 1 && document.coverage.bytes > 0)
    #expect(Double(document.coverage.explained) >= 0.95 * Double(document.coverage.bytes))
    let chain = try #require(document.chains.first)
    let hops = chain.hops
    let kinds: [Hop.Kind] = [.socket, .host, .nat, .container, .nat, .tunnel, .host, .socket, .relay, .external]
    try #require(hops.map(\.kind) == kinds, "\(hops.map(\.kind))")
    #expect(hops.compactMap(\.host) == ["svc", "s750", "s750", "s750", "s750", "s750", "tke", "tke", "tke"])
    #expect(chain.source.kind == .external && chain.source.name == "198.51.100.77")
    #expect(chain.destination.host == "svc" && chain.destination.endpoint == Endpoint("10.8.1.3:3129"))
    #expect(hops[0].process?.name == "python3" && hops[3].container?.name == "openvpn")
    #expect(hops[5].tunnel?.client == "tke-node1" && hops[5].tunnel?.address == IPAddress("172.16.248.22"))
    #expect(hops[5].tunnel?.realAddress?.hasPrefix("10.12.32.13:") == true)
    let relay = try #require(hops[8].relay)
    #expect(hops[7].process?.name == "haproxy" && relay.software == "haproxy" && relay.method == "show sess")
    #expect([relay.frontend, relay.backend, relay.server] == ["qcproxy", "qcbackend", "qcserver"])
    #expect(hops.allSatisfy { $0.certainty == .observed })

    let port = try #require(hops[0].flow?.source.port)
    try trace.expect(hops[0], cites: "svc/netstat.txt", with: "10.8.1.3:3129", "10.0.7.248:\(port)", "/python3")
    let masked = ["src=172.17.0.2 dst=10.8.1.3", "src=10.8.1.3 dst=10.0.7.248", "dport=\(port)"]
    try trace.expect(hops[1], cites: "s750/conntrack.txt", with: masked)
    try trace.expect(hops[2], cites: "s750/conntrack.txt", with: masked)
    try trace.expect(hops[3], cites: "s750/docker-inspect.json", with: [#""IPAddress": "172.17.0.2""#])
    try trace.expect(
      hops[3], cites: "s750/docker-inspect.json", with: [#""Id": "\#(try #require(hops[3].container?.id))""#])
    try trace.expect(
      hops[4], cites: "s750/in-the-container.txt", with: "src=172.16.248.22 dst=10.8.1.3", "src=10.8.1.3 dst=172.17.0.2"
    )
    try trace.expect(hops[5], cites: "s750/openvpn-status.log", with: "172.16.248.22,tke-node1,10.12.32.13:")
    for hop in hops[6...7] {
      try trace.expect(hop, cites: "tke/lsof.txt", with: "haproxy", "172.16.248.22:\(port)->10.8.1.3:3129")
      try trace.expect(hop, cites: "tke/show-sess.txt", with: "addr=172.16.248.22:\(port)")
    }
    try trace.expect(hops[8], cites: "tke/show-sess.txt", with: "source=198.51.100.77:")
    try trace.expect(hops[8], cites: "tke/haproxy.cfg", with: "server qcserver 10.8.1.3:3129")
    guard hasRoutes else { return }
    try trace.expect(hops[9], cites: "tke/ip-route.txt", with: "default via 10.12.32.1 dev eth0")
  }
}
