import Flows
import Foundation
import Lab
import Testing

/// Proxies that answer CONNECT and SOCKS themselves before anything comes back, and redirectors: their clients are told, and
/// never the proxy in their place.
@Suite(.requires(Requirement.host + [.built("headwater")]), .serialized)
struct TunnelProxyTests {
  enum Proxy: String, CaseIterable {
    case squid, microsocks, tinyproxy
    /// Of the lab: accepts at the server's own address (TPROXY).
    case transparent

    var program: String { self == .transparent ? "iptables" : rawValue }
    var mode: String {
      switch self {
      case .squid, .tinyproxy: "connect"
      case .microsocks: "socks5"
      case .transparent: "plain"
      }
    }

    static let both = allCases.flatMap { proxy in IPFamily.allCases.map { (proxy, $0) } }
  }

  /// `clients.py MODE PROXY SERVER ADDRESS COUNT ADDRESS COUNT`: so many tunnels with one request each, six at a time from each
  /// address. Prints what each address has received.
  private static let clients = """
    import socket, sys, threading
    mode, proxy, server = sys.argv[1:4]
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    got = {}
    def exactly(link, count):
        data = b""
        while len(data) < count:
            part = link.recv(count - len(data))
            assert part
            data += part
        return data
    def ask(address):
        link = socket.socket(family)
        link.bind((address, 0))
        link.connect((server, 80) if mode == "plain" else (proxy, 8080))
        name = f"[{server}]:80" if ":" in server else f"{server}:80"
        if mode == "connect":
            link.sendall(f"CONNECT {name} HTTP/1.1\\r\\nHost: {name}\\r\\n\\r\\n".encode())
            answer = b""
            while b"\\r\\n\\r\\n" not in answer: answer += exactly(link, 1)
            assert b" 200" in answer.split(b"\\r\\n")[0], answer
        if mode == "socks5":
            link.sendall(b"\\x05\\x01\\x00"); exactly(link, 2)
            kind = b"\\x04" if ":" in server else b"\\x01"
            link.sendall(b"\\x05\\x01\\x00" + kind + socket.inet_pton(family, server) + (80).to_bytes(2, "big"))
            answer = exactly(link, 4)
            assert answer[1] == 0, answer
            exactly(link, 18 if answer[3] == 4 else 6)
        link.sendall(f"GET / HTTP/1.1\\r\\nHost: {name}\\r\\nConnection: close\\r\\n\\r\\n".encode())
        size = 0
        while part := link.recv(65536): size += len(part)
        assert size > 2000
        link.close()
        return size
    def loop(address, count):
        for _ in range(count):
            size = ask(address)
            got[address] = got.get(address, 0) + size
    threads = [threading.Thread(target=loop, args=(a, int(c) // 6)) for a, c in zip(sys.argv[4::2], sys.argv[5::2])
               for _ in range(6)]
    [t.start() for t in threads]; [t.join() for t in threads]
    print(got)
    """

  /// A relay that accepts what was meant for others, a thread for each connection.
  private static let transparent = """
    import socket, sys, threading
    listener = socket.socket(socket.AF_INET6 if sys.argv[1] == "::" else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(*((socket.IPPROTO_IPV6, 75) if sys.argv[1] == "::" else (socket.SOL_IP, 19)), 1)
    listener.bind((sys.argv[1], 8080)); listener.listen(64)
    def pump(source, sink):
        try:
            while data := source.recv(65536): sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError: pass
    def serve(client):
        made = socket.create_connection(client.getsockname()[:2])
        back = threading.Thread(target=pump, args=(made, client)); back.start()
        pump(client, made); back.join(); made.close(); client.close()
    while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    """

  private func start(_ proxy: Proxy, _ family: IPFamily, on lab: ProxyLab) throws -> BackgroundProcess {
    let host = lab.proxy
    func write(_ text: String, _ name: String) throws -> String {
      let path = "/tmp/\(name)"
      try host.output(of: ["sh", "-c", "cat > \(path) <<'END'\n\(text)\nEND"])
      return path
    }
    let command: [String]
    switch proxy {
    case .squid:
      let path = try write(
        """
        http_port 8080
        acl everyone src all
        http_access allow everyone
        cache deny all
        access_log none
        cache_log /dev/null
        cache_store_log none
        pid_filename none
        coredump_dir /tmp
        netdb_filename none
        pinger_enable off
        visible_hostname proxy
        shutdown_lifetime 0 seconds
        """, "squid.conf")
      command = ["squid", "-N", "-f", path]
    case .microsocks: command = ["microsocks", "-i", family == .v4 ? "0.0.0.0" : "::", "-p", "8080"]
    case .tinyproxy:
      let path = try write(
        "Port 8080\nListen \(family.any)\nTimeout 60\nMaxClients 200\nLogLevel Critical", "tiny.conf")
      command = ["tinyproxy", "-d", "-c", path]
    case .transparent:
      let (tables, version, all) = family == .v4 ? ("iptables", "-4", "0.0.0.0/0") : ("ip6tables", "-6", "::/0")
      let forwarding = family == .v4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding"
      for words in [
        "\(tables) -t mangle -A PREROUTING -p tcp -m socket --transparent -j MARK --set-mark 1",
        "\(tables) -t mangle -A PREROUTING -i eth0 -p tcp --dport 80 -j TPROXY --tproxy-mark 1 --on-port 8080",
        "ip \(version) rule add fwmark 1 lookup 100", "ip \(version) route add local \(all) dev lo table 100",
        "sysctl -qw \(forwarding)=1",
      ] { try host.output(of: words.split(separator: " ").map(String.init)) }
      let way = family == .v4 ? ["10.9.0.0/24", "via", "198.51.100.1"] : ["fd00:9::/64", "via", "fd00:51::1"]
      try lab.client.output(of: ["ip", version, "route", "add"] + way)
      command = ["python3", "-c", Self.transparent, family.any]
    }
    let process = try host.start(command)
    try waitUntil("\(proxy) to listen") { try host.output(of: ["ss", "-tlnH"]).contains(":8080 ") }
    return process
  }

  @Test(arguments: Proxy.both)
  func `each client of small tunnels has its share, and the proxy none`(_ proxy: Proxy, _ family: IPFamily) throws {
    guard Requirement.program(proxy.program).isMet else { return print("skipped: no \(proxy.program)") }
    let lab = try ProxyLab()
    defer { lab.stop() }
    let (near, server) = family == .v4 ? ("198.51.100.1", "10.9.0.2") : ("fd00:51::1", "fd00:9::2")
    let clients = family == .v4 ? ["198.51.100.9", "198.51.100.10"] : ["fd00:51::9", "fd00:51::10"]
    try lab.client.output(
      of: ["ip", "address", "add", clients[1] + (family == .v4 ? "/24" : "/64"), "dev", "eth0"]
        + (family == .v4 ? [] : ["nodad"]))
    try Traffic.awaitEcho(of: near, from: lab.client)
    try Traffic.awaitEcho(of: server, from: lab.proxy)
    let answering = try Traffic.serve(on: lab.server, port: 80, mode: .http, address: family.any, bytes: 2000)
    defer { _ = try? answering.stop() }
    let relay = try start(proxy, family, on: lab)
    defer { relay.stop() }
    let (document, result) = try lab.trace(server) {
      try lab.client.run(
        ["python3", "-c", Self.clients, proxy.mode, near, server, clients[0], "90", clients[1], "30"],
        timeout: .seconds(120))
    }
    #expect(result.status == 0, "\(result.stderr)")
    let bytes = Dictionary(document.chains.map { ($0.source.name, $0.bytes) }, uniquingKeysWith: +)
    let total = Double(bytes.values.reduce(0, +))
    #expect(!document.chains.contains { $0.source.kind == .process }, "\(bytes)")
    // No wrong client: each has at most its part; the rest is said to be open, and is small.
    let unknown = Double(document.chains.filter { $0.source.kind == .unknown }.reduce(0) { $0 + $1.bytes }) / total
    #expect(unknown <= 0.3, "\(bytes)")
    for (client, part) in zip(clients, [0.75, 0.25]) {
      let told = Double(bytes[client] ?? 0) / total
      #expect(told <= part + 0.03 && told + unknown >= part - 0.03, "\(bytes)")
    }
    let observed = document.chains.filter { $0.hops.contains { $0.kind == .relay && $0.certainty == .observed } }
    #expect(observed.contains { clients.contains($0.source.name) }, "\(bytes)")
  }
}
