import Flows
import Questions
import Testing

extension RecordedVantage {
  /// A host on which a bit of everything goes on: a client whose connection to a service's address is translated to a
  /// container, a container that is masqueraded on its way out, HAProxy with its own list of sessions, a proxy that nobody
  /// but its bytes tells of, a VPN's client, and a site behind a published port.
  static func busyHost(_ family: Family) throws -> RecordedVantage {
    var host = try RecordedVantage.dockerHost()
    func end(_ v4: String, _ v6: String, _ port: Int) -> String {
      family == .v4 ? "\(v4):\(port)" : "[\(v6)]:\(port)"
    }
    try host.route(family.everywhere, interface: 2, via: family.outside(), in: .host)
    host.neighbours[try #require(IPAddress(family.outside()))] = NeighbourAnswer(
      interface: 2, hardwareAddress: "02:00:00:00:00:09")

    // DNAT in OUTPUT: the client asks a service's address, the container answers.
    let web = try host.container("web", 2)
    let asked = try flow(family.bridge(40001), end("10.96.0.10", "fd96::10", 80))
    let served = try flow(family.bridge(40001), family.container(2, 80))
    host.translate(asked, to: served)
    host.moved(asked, .initiator, .process(50, "curl"), out: 2000, in: 8000)
    host.moved(served.reversed, .responder, .process(51, "web", in: web.container), out: 8000, in: 2000, at: web.id)

    // Masquerading on the way out.
    let talker = try host.container("talker", 3)
    let inner = try flow(family.container(3, 40002), family.stranger(443))
    let outer = try flow(family.host(40002), family.stranger(443))
    host.translate(inner, to: outer)
    host.moved(inner, .initiator, .process(60, "talker", in: talker.container), out: 500, in: 9000, at: talker.id)
    host.moved(inner, .forwarded, out: 500, in: 9000, translated: outer, interface: "docker0", outInterface: "eth0")

    // HAProxy, which lists its sessions.
    let client = try flow(family.outside(40003), family.host(3129))
    let onward = try flow(family.host(40004), end("10.8.1.3", "fd08:1::3", 3129))
    host.moved(client.reversed, .responder, .process(70, "haproxy"), out: 7000, in: 300)
    host.moved(onward, .initiator, .process(70, "haproxy"), out: 300, in: 7000)
    host.relays[70] = RelayAnswer(
      software: "haproxy", isRelay: true, isOneToOne: true,
      sessions: [
        RelayLink(
          namespace: .host, inbound: client, outbound: onward, method: .session,
          names: RelayNames(frontend: "in", backend: "out"))
      ])

    // A proxy of which nothing is read, and that has moved other things as well.
    let first = try flow(family.outside(40005), family.host(8080))
    let second = try flow(family.host(40006), family.container(2, 8080))
    host.relays[80] = RelayAnswer(software: "socat", isRelay: true, isOneToOne: true)
    host.moved(
      first.reversed, .responder, .process(80, "socat"), out: 6000, in: 700, payloadOut: 5500, payloadIn: 450)
    host.moved(second, .initiator, .process(80, "socat"), out: 700, in: 6000, payloadOut: 450, payloadIn: 5500)

    // Another, which has only one connection on either side.
    let asking = try flow(family.outside(40011), family.host(8443))
    let passing = try flow(family.host(40012), family.stranger(8443))
    host.relays[85] = RelayAnswer(software: "stunnel", isRelay: true, isOneToOne: true)
    host.moved(asking.reversed, .responder, .process(85, "stunnel"), out: 900, in: 800)
    host.moved(passing, .initiator, .process(85, "stunnel"), out: 90_000, in: 40)

    // A VPN's client behind a device of the host.
    try host.plug("tun0", 9, family == .v4 ? "10.8.0.1/24" : "fd08::1/64", kind: "tun", in: .host)
    let member = try #require(IPAddress(family == .v4 ? "10.8.0.6" : "fd08::6"))
    let dialled = try flow(end("10.8.0.6", "fd08::6", 40007), family.host(22))
    host.moved(dialled.reversed, .responder, .process(90, "sshd"), out: 4000, in: 400)
    var tunnel = Tunnel(type: "openvpn", interface: "tun0")
    tunnel.client = "laptop"
    tunnel.realAddress = "203.0.113.20:55231"
    host.tunnels[.host] = [
      member: TunnelAnswer(
        tunnel: tunnel, owner: .process(91, "openvpn"), certainty: .observed,
        evidence: [Evidence("openvpn", "its status file says so")])
    ]

    // A published port, behind which a server knows its sites.
    let visitor = try flow(family.stranger(40008), family.host(443))
    let inside = try flow(family.stranger(40008), family.container(2, 443))
    host.translate(visitor, to: inside)
    host.moved(visitor, .forwarded, out: 100, in: 5000, translated: inside, interface: "eth0", outInterface: "docker0")
    host.moved(inside.reversed, .responder, .process(52, "nginx", in: web.container), out: 5000, in: 100, at: web.id)
    host.sites[52] = SitesAnswer(
      software: "nginx",
      sites: [
        ServedSite(
          names: ["shop.example.com"], configuration: "/etc/nginx/conf.d/shop.conf:3",
          activity: SiteActivity(
            began: 0, ended: 10, requests: 3,
            clients: [
              SiteClient(address: visitor.source.address, requests: 3, times: [1, 2, 3])
            ]))
      ])

    for row in host.interval.flows {
      if let process = row.owner.process { host.processes[process.pid] = process }
    }
    host.recordedInventory.processNames = Set(host.processes.values.map(\.name))
    return host
  }
}
