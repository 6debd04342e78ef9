import Foundation
import Lab

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
  }
}
