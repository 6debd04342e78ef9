import Flows
import Lab
import Testing

/// A real ocserv, and OpenConnect as its client.
@Suite(
  .requires([
    .program("ocserv"), .program("ocpasswd"), .program("openconnect"), .program("openssl"), .built("headwater"),
  ]),
  .serialized)
struct OcservTests {
  private static let configuration = """
    auth = "plain[passwd=/root/passwd]"
    tcp-port = 4443
    udp-port = 4443
    run-as-user = root
    run-as-group = root
    socket-file = /run/ocserv.sock
    occtl-socket-file = /run/own-name.socket
    use-occtl = true
    server-cert = /root/cert.pem
    server-key = /root/key.pem
    isolate-workers = false
    max-clients = 16
    max-same-clients = 4
    try-mtu-discovery = false
    device = vpns
    ipv4-network = 10.88.0.0/24
    ipv6-network = fd88::/112
    ipv6-subnet-prefix = 124
    route = 10.9.0.0/24
    route = fd00:9::/64
    ping-leases = false

    """
  /// What OpenConnect runs when it is connected.
  private static let script = """
    #!/bin/sh
    [ "$reason" = connect ] || exit 0
    ip address add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
    ip -6 address add "$INTERNAL_IP6_ADDRESS/128" dev "$TUNDEV" nodad
    ip link set "$TUNDEV" up mtu 1300
    ip route add 10.9.0.0/24 dev "$TUNDEV" src "$INTERNAL_IP4_ADDRESS"
    ip -6 route add fd00:9::/64 dev "$TUNDEV" src "$INTERNAL_IP6_ADDRESS"

    """

  /// Of a client in the VPN: from the service's host to the user, and the VPN's own flow aside.
  @Test func `a client of ocserv is named by its user, and its own flow is set aside`() throws {
    let lab = try ProxyLab()
    defer { lab.stop() }
    try lab.proxy.forward()
    try lab.server.route("10.88.0.0/24", via: "10.9.0.1")
    try lab.server.route("fd88::/64", via: "fd00:9::1")
    try lab.proxy.write("/root/ocserv.conf", Self.configuration)
    try lab.proxy.output(of: [
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/root/key.pem", "-out", "/root/cert.pem",
      "-days", "2", "-subj", "/CN=198.51.100.1",
    ])
    try lab.proxy.output(of: ["sh", "-c", #"printf 'word\nword\n' | ocpasswd -c /root/passwd carol"#])
    let pin = try lab.proxy.output(of: [
      "sh", "-c",
      "openssl x509 -in /root/cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64",
    ]).filter { !$0.isWhitespace }
    let daemon = try lab.proxy.start(["ocserv", "-f", "-c", "/root/ocserv.conf"])
    defer { daemon.stop() }
    try waitUntil("ocserv to listen", detail: { daemon.errors }) {
      try lab.proxy.output(of: ["ss", "-tlnH", "sport", "=", ":4443"]).contains("4443")
    }
    try lab.client.write("/root/up.sh", Self.script)
    let client = try lab.client.start([
      "sh", "-c",
      "chmod 755 /root/up.sh; echo word | exec openconnect --passwd-on-stdin -u carol --servercert pin-sha256:\(pin)"
        + " -s /root/up.sh -i oc0 https://198.51.100.1:4443",
    ])
    defer { client.stop() }
    try waitUntil("the tunnel", detail: { client.errors }) {
      try lab.client.run(["ip", "-6", "route", "show", "dev", "oc0"]).stdout.contains("fd00:9::/64")
    }
    for (family, address) in [(IPFamily.v4, "10.9.0.2"), (.v6, "fd00:9::2")] {
      let service = try Traffic.serve(on: lab.server, port: 80, address: family.any)
      let (document, _) = try lab.trace(address) {
        try Traffic.send(.bulk(bytes: 1_000_000), from: lab.client, to: address, port: 80)
        try service.awaitArrival(of: 1_000_000)
      }
      _ = try service.stop()
      let chain = try #require(document.chains.first)
      #expect(chain.source.kind == .vpnClient && chain.source.name == "carol", "\(chain.source)")
      let hop = try #require(chain.hops.last)
      #expect(hop.certainty == .observed && hop.process?.name == "ocserv-worker")
      #expect(hop.tunnel?.realAddress == "198.51.100.9" && hop.tunnel?.type == "openconnect")
      #expect(hop.tunnel?.address == hop.address && document.coverage.unknown == 0)
      #expect(document.carriers?.contains { $0.client == "carol" && $0.bytes > chain.bytes } == true)
    }
  }
}
