import Flows
import Lab

/// A host on which a flow of every kind goes on for as long as the lab lives, each at a steady rate: a service's address that is
/// translated in OUTPUT, a namespace and a container that are masqueraded, HAProxy, a WireGuard client, and a web server.
struct ManyWaysLab {
  let host: TestHost
  let outside: TestHost
  let family: IPFamily
  private let processes: [BackgroundProcess]
  private let proxy: HAProxy
  private let nginx: Nginx
  private let laptop: WireGuard.Client
  private let daemon: DockerHost

  static let requirements: [Requirement] =
    Requirement.docker + WireGuard.requirements + Nginx.requirements
    + [.program("nft"), .program("haproxy"), .program("setpriv"), .built("headwater")]

  /// Bytes per second of each flow; everything else of the host is less than a tenth of it.
  static let rate = 200_000

  init(_ family: IPFamily) throws {
    self.family = family
    let (host, outside) = (try TestHost("node"), try TestHost("outside"))
    (self.host, self.outside) = (host, outside)
    try Wire(
      host.plug("eth0", "10.9.0.1/24", "fd00:9::1/64"), outside.plug("eth0", "10.9.0.254/24", "fd00:9::254/64"))
    daemon = try DockerHost(host, options: family == .v4 ? [] : DockerHost.speakingIPv6())
    try host.forward()
    try host.output(of: ["sh", "-ec", Self.namespaces])
    let near = family == .v4 ? "10.9.0.1" : "fd00:9::1"
    let far = family == .v4 ? "10.9.0.254" : "fd00:9::254"
    let (service, web) = family == .v4 ? ("10.96.0.10", "10.9.1.2") : ("fd00:96::10", "fd00:9:1::2")
    try host.destinationNAT(to: service, port: 80, target: web, targetPort: 80)
    try host.masquerade(out: "eth0")

    var processes: [BackgroundProcess] = []
    func serve(_ port: Int, on machine: TestHost, within namespace: String? = nil) throws {
      let prefix = namespace.map { ["ip", "netns", "exec", $0] } ?? []
      let process = try machine.start(prefix + Traffic.serverCommand(port: port, address: family.any))
      try process.waitFor("\"ready\"")
      processes.append(process)
    }
    func send(to address: String, _ port: Int, from machine: any Machine, within namespace: String? = nil) throws {
      let prefix = namespace.map { ["ip", "netns", "exec", $0] } ?? []
      let kind = Traffic.Kind.bulk(bytes: Self.rate * 3600, rate: Self.rate)
      let process = try machine.start(prefix + Traffic.clientCommand(kind, to: address, port: port))
      try process.waitFor("\"ready\"")
      processes.append(process)
    }
    for port in [9000, 9100, 9200] { try serve(port, on: outside) }
    try serve(80, on: host, within: "web")
    try serve(9300, on: host)

    try send(to: service, 80, from: host)
    try send(to: far, 9000, from: host, within: "inner")
    proxy = try HAProxy(
      """
      global
        stats socket /run/haproxy.sock mode 600 level admin
      defaults
        mode tcp
        timeout connect 5s
        timeout client 1h
        timeout server 1h
      frontend door
        bind \(family == .v4 ? "*" : "::"):8080
        default_backend room
      backend room
        server one \(family.endpoint(far, 9100))

      """, on: host)
    try send(to: near, 8080, from: outside)
    let server = try WireGuard.server(on: host)
    laptop = try WireGuard.client("laptop", on: outside, of: server, at: near)
    try send(to: family == .v4 ? server.address : server.addressV6, 9300, from: outside)
    let talker = try daemon.docker.container(name: "talker")
    try Traffic.awaitEcho(of: far, from: talker)
    try send(to: far, 9200, from: talker)
    nginx = try Nginx(
      Nginx.configuration(
        http: "access_log /var/log/nginx/shop.log;\nserver { listen \(family.endpoint(near, 81)); server_name shop; }"),
      on: host, files: ["/var/log/nginx/shop.log": ""])
    try Traffic.send(.http(count: 5), from: outside, to: near, port: 81)
    self.processes = processes
  }

  func stop() { [host, outside].forEach { $0.stop() } }

  /// The host's processes as they are known there.
  var haproxy: Int32? { proxy.process.pidInHost }

  private static let namespaces = """
    iptables -P FORWARD ACCEPT
    ip6tables -P FORWARD ACCEPT
    number=1
    for name in web inner; do
      ip netns add $name
      ip link add to$name type veth peer name eth0 netns $name
      ip address add 10.9.$number.1/24 dev to$name
      ip address add fd00:9:$number::1/64 dev to$name nodad
      ip link set to$name up
      ip -n $name address add 10.9.$number.2/24 dev eth0
      ip -n $name address add fd00:9:$number::2/64 dev eth0 nodad
      ip -n $name link set eth0 up
      ip -n $name link set lo up
      ip -n $name route add default via 10.9.$number.1
      ip -n $name route add default via fd00:9:$number::1
      number=$((number + 1))
    done
    ip route add default via 10.9.0.254
    ip route add default via fd00:9::254
    """
}
