import Documents
import Flows
import Foundation
import Lab
import Testing

/// A peer of a Tailscale network as the source of traffic.
///
/// `tailscaled` needs an account, so a stand-in of that name holds a real device, carries its packets over UDP to the other
/// machine, and answers the local API as ipn/ipnstate of Tailscale's source does.
@Suite(.requires(Requirement.host + [.built("headwater"), .file("/dev/net/tun")]), .serialized)
struct TailscaleTraceTests {
  /// Arguments: this machine's addresses in the network, the other's address on the wire, and the answer to `status`.
  private static let daemon = """
    import fcntl, os, select, socket, struct, subprocess, sys, threading
    v4, v6, peer, status = sys.argv[1:]
    device = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(device, 0x400454ca, struct.pack('16sH22x', b'tailscale0', 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
    for words in (f'address add {v4}/32 dev tailscale0', f'address add {v6}/128 dev tailscale0 nodad',
                  'link set tailscale0 mtu 1280 up', 'route add 100.64.0.0/10 dev tailscale0',
                  'route add fd7a:115c:a1e0::/48 dev tailscale0'):
        subprocess.run(['ip'] + words.split(), check=True)
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.bind(('0.0.0.0', 41641))
    os.makedirs('/run/tailscale', exist_ok=True)
    local = socket.socket(socket.AF_UNIX)
    local.bind('/run/tailscale/tailscaled.sock')
    local.listen(16)
    def answer():
        while True:
            link, _ = local.accept()
            asked = link.recv(4096).decode()
            known = asked.startswith('GET /localapi/v0/status ')
            body = status.encode() if known else b''
            head = 'HTTP/1.1 %s\\r\\nContent-Length: %d\\r\\n\\r\\n' % ('200 OK' if known else '404 Not Found', len(body))
            link.sendall(head.encode() + body)
            link.close()
    threading.Thread(target=answer, daemon=True).start()
    print('up', flush=True)
    while True:
        for ready in select.select([device, wire], [], [])[0]:
            if ready is wire: os.write(device, wire.recv(65536))
            else: wire.sendto(os.read(device, 65536), (peer, 41641))
    """

  private static let status = """
    {"Version":"1.70.0","BackendState":"Running","Self":{"HostName":"s750","TailscaleIPs":["100.64.0.1","fd7a:115c:a1e0::1"]},
    "Peer":{"nodekey:a":{"HostName":"node","DNSName":"tke-node1.tail1234.ts.net.","OS":"linux",
    "TailscaleIPs":["100.64.0.2","fd7a:115c:a1e0::2"],"CurAddr":"203.0.113.2:41641","Relay":"fra","RxBytes":1,"TxBytes":1},
    "nodekey:b":{"HostName":"phone","DNSName":"phone.tail1234.ts.net.","TailscaleIPs":["100.64.0.3"],"CurAddr":""}}}
    """

  private func start(_ host: TestHost, _ v4: String, _ v6: String, peer: String) throws -> BackgroundProcess {
    try host.output(of: ["sh", "-c", "cp \"$(readlink -f /usr/bin/python3)\" /run/tailscaled"])
    let process = try host.start(["/run/tailscaled", "-c", Self.daemon, v4, v6, peer, Self.status])
    try process.waitFor("up")
    return process
  }

  @Test(arguments: IPFamily.allCases)
  func `a flow from a machine of the network ends in that machine's name`(_ family: IPFamily) throws {
    let (host, node) = (try TestHost("s750"), try TestHost("node"))
    defer { [host, node].forEach { $0.stop() } }
    try Wire(host.plug("eth0", "203.0.113.1/24"), node.plug("eth0", "203.0.113.2/24"))
    let daemons = [
      try start(host, "100.64.0.1", "fd7a:115c:a1e0::1", peer: "203.0.113.2"),
      try start(node, "100.64.0.2", "fd7a:115c:a1e0::2", peer: "203.0.113.1"),
    ]
    defer { daemons.forEach { $0.stop() } }
    let (service, client) =
      family == .v4 ? ("100.64.0.1", "100.64.0.2") : ("fd7a:115c:a1e0::1", "fd7a:115c:a1e0::2")
    try Traffic.awaitEcho(of: service, from: node)
    let server = try Traffic.serve(on: host, port: 8080, address: family.any)
    let trace = try Headwater(machine: host).start("trace", ":8080", "--json", "--for", Headwater.untilEnded)
    try Traffic.send(.bulk(bytes: 1_000_000), from: node, to: service, port: 8080)
    try server.awaitArrival(of: 1_000_000)
    let document = try trace.end().document()
    _ = try server.stop()
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && chain.bytes > 1_000_000, "\(document.chains)")
    #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1", "\(chain.source)")
    let hop = try #require(chain.hops.last)
    #expect(hop.kind == .tunnel && hop.certainty == .observed && hop.process?.name == "tailscaled", "\(hop)")
    #expect(hop.tunnel?.type == "tailscale" && hop.tunnel?.realAddress == "203.0.113.2:41641", "\(hop)")
    #expect(hop.evidence.contains { $0.source == "tailscale" && $0.detail.contains(client) }, "\(hop.evidence)")
  }
}
