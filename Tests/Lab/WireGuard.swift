import Synchronization

/// WireGuard by `wireguard-go`: servers on test hosts or in containers, and clients on other test hosts.
///
/// ```swift
/// let server = try WireGuard.server(in: DockerHost(host))          // or: WireGuard.server(on: host)
/// let node = try WireGuard.client("tke-node1", on: other, of: server, at: "10.0.7.248", routes: ["10.8.1.0/24"])
/// ```
public enum WireGuard {
  public static let interface = "wg0"
  public static let port = 51820
  /// The addresses inside the tunnel; the server has the first ones, clients the next in the order they come.
  public static let network = "172.16.249.0/24"
  public static let networkV6 = "fd00:249::/64"

  /// What a server on a test host and a client need; a server in a container needs `Requirement.docker` as well.
  public static let requirements: [Requirement] =
    Requirement.host + ["wireguard-go", "wg", "iptables", "ip6tables"].map { .program($0) } + [.file("/dev/net/tun")]

  /// A server: `wg0` of one machine, its configuration in `/etc/wireguard/wg0.conf` there.
  public final class Server: Sendable {
    /// Where `wg0` is: a `TestHost` or a `Container`.
    public let machine: any Machine
    /// The container it runs in, if it does.
    public let container: Container?
    public let publicKey: String
    /// 172.16.249.1 and fd00:249::1
    public let address = WireGuard.address(1)
    public let addressV6 = WireGuard.addressV6(1)
    /// Nil in a container, whose own first process it is.
    public let process: BackgroundProcess?
    /// Its daemon ends with it, and the container with the daemon.
    private let docker: DockerHost?
    private let clients = Mutex(1)

    init(machine: any Machine, container: Container?, docker: DockerHost?, process: BackgroundProcess?) throws {
      self.machine = machine
      self.container = container
      self.docker = docker
      self.process = process
      try WireGuard.awaitSocket(on: machine)
      publicKey = try WireGuard.makeKey(on: machine)
      try WireGuard.shell(
        on: machine,
        """
        wg set wg0 listen-port 51820 private-key /etc/wireguard/private.key
        ip address add 172.16.249.1/24 dev wg0
        ip -6 address add fd00:249::1/64 dev wg0 nodad
        ip link set wg0 up
        { echo '[Interface]'; echo 'Address = 172.16.249.1/24, fd00:249::1/64'; echo 'ListenPort = 51820'
          echo "PrivateKey = $(cat /etc/wireguard/private.key)"; } > /etc/wireguard/wg0.conf
        chmod 600 /etc/wireguard/wg0.conf
        """)
    }

    /// Lets a peer in, and writes it into the configuration with its name in a comment. Gives its number.
    func add(_ name: String, key: String) throws -> Int {
      let number = clients.withLock { number in
        number += 1
        return number
      }
      let allowed = "\(WireGuard.address(number))/32,\(WireGuard.addressV6(number))/128"
      try WireGuard.shell(
        on: machine,
        """
        wg set wg0 peer \(key) allowed-ips \(allowed)
        printf '\\n# %s\\n[Peer]\\nPublicKey = %s\\nAllowedIPs = %s\\n' '\(name)' '\(key)' '\(allowed)' \
        >> /etc/wireguard/wg0.conf
        """)
      return number
    }

    /// `wg show all dump`, without the lines' secrets: the columns of private and preshared keys say `-`.
    public func dump() throws -> [[String]] {
      try machine.output(of: ["wg", "show", "all", "dump"]).split(separator: "\n").map { line in
        var fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        // An interface has 5 columns, the second its private key; a peer 9, the third its preshared key.
        if fields.count == 5 { fields[1] = "-" } else if fields.count == 9 { fields[2] = "-" }
        return fields
      }
    }
  }

  /// A client and its tunnel, which holds as long as this value lives or until `stop`.
  public struct Client: Sendable {
    public let name: String
    public let host: TestHost
    /// Kept alive as well.
    public let server: Server
    /// Inside the tunnel: 172.16.249.2, …
    public let address: String
    public let addressV6: String
    public let publicKey: String
    public let process: BackgroundProcess

    public func address(_ family: IPFamily) -> String { family == .v4 ? address : addressV6 }
    public func stop() { process.stop() }
  }

  /// A server on a test host. It forwards its clients' packets and masquerades them.
  public static func server(on host: TestHost) throws -> Server {
    let process = try host.start(["wireguard-go", "-f", interface])
    try awaitSocket(on: host, process)
    try host.forward()
    let server = try Server(machine: host, container: nil, docker: nil, process: process)
    try masquerade(on: host)
    return server
  }

  /// A server in a container, whose first process is `wireguard-go`. UDP 51820 is published on the host; the clients'
  /// packets leave the container with the container's address, and the host with the host's.
  public static func server(in docker: DockerHost, name: String = "wireguard") throws -> Server {
    let container = try docker.docker.container(
      name: name,
      command: ["sh", "-c", "mkdir -p /etc/wireguard && exec wireguard-go -f \(interface)"],
      options: [
        "--cap-add", "NET_ADMIN", "--device", "/dev/net/tun", "--publish", "\(port):\(port)/udp",
        "--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "net.ipv6.conf.all.disable_ipv6=0",
        "--sysctl", "net.ipv6.conf.default.disable_ipv6=0", "--sysctl", "net.ipv6.conf.all.forwarding=1",
      ])
    let server = try Server(machine: container, container: container, docker: docker, process: nil)
    try masquerade(on: container)
    return server
  }

  /// A client named `name` of `server`, which it reaches at `endpoint` (an address of the server's host).
  ///
  /// Comes back after the first handshake. `routes` are the prefixes that it reaches through the tunnel besides the
  /// tunnel's own network.
  public static func client(
    _ name: String, on host: TestHost, of server: Server, at endpoint: String, routes: [String] = [],
    timeout: Duration = .seconds(15)
  ) throws -> Client {
    let process = try host.start(["wireguard-go", "-f", interface])
    try awaitSocket(on: host, process)
    let key = try makeKey(on: host)
    let number = try server.add(name, key: key)
    let shown = endpoint.contains(":") ? "[\(endpoint)]" : endpoint
    let allowed = ([network, networkV6] + routes).joined(separator: ",")
    try shell(
      on: host,
      """
      wg set wg0 private-key /etc/wireguard/private.key peer \(server.publicKey) endpoint \(shown):\(port) \
      allowed-ips \(allowed) persistent-keepalive 20
      ip address add \(address(number))/24 dev wg0
      ip -6 address add \(addressV6(number))/64 dev wg0 nodad
      ip link set wg0 up
      for route in \(routes.joined(separator: " ")); do ip route replace $route dev wg0; done
      """)
    try waitUntil(
      "handshake of \(name)", timeout: timeout, every: 20_000,
      detail: { (try? host.output(of: ["wg", "show", "wg0"])) ?? process.errors }
    ) {
      let fields = try host.output(of: ["wg", "show", "wg0", "latest-handshakes"]).split(whereSeparator: \.isWhitespace)
      return fields.count == 2 && fields[1] != "0"
    }
    return Client(
      name: name, host: host, server: server, address: address(number), addressV6: addressV6(number), publicKey: key,
      process: process)
  }

  static func address(_ number: Int) -> String { "172.16.249.\(number)" }
  static func addressV6(_ number: Int) -> String { "fd00:249::\(String(number, radix: 16))" }

  private static func awaitSocket(on machine: any Machine, _ process: BackgroundProcess? = nil) throws {
    try waitUntil("wireguard-go", every: 20_000, detail: { process?.errors ?? "" }) {
      if let process, !process.isRunning { throw LabError("wireguard-go ended: \(process.errors)") }
      return try machine.run(["wg", "show", interface]).status == 0
    }
  }

  /// The private key stays in a file of the machine; the public one is given.
  private static func makeKey(on machine: any Machine) throws -> String {
    let made = try machine.output(of: [
      "sh", "-c",
      "umask 077; mkdir -p /etc/wireguard; wg genkey > /etc/wireguard/private.key; wg pubkey < /etc/wireguard/private.key",
    ])
    return made.filter { !$0.isWhitespace }
  }

  private static func masquerade(on machine: any Machine) throws {
    for (program, network) in [("iptables", network), ("ip6tables", networkV6)] {
      try machine.output(of: [
        program, "-t", "nat", "-A", "POSTROUTING", "-s", network, "!", "-o", interface, "-j", "MASQUERADE",
      ])
    }
  }

  private static func shell(on machine: any Machine, _ script: String) throws {
    try machine.output(of: ["sh", "-ec", script])
  }
}
