import Foundation

/// A real OpenVPN server, on a test host or in a Docker container, and real clients on other test hosts.
///
///     let server = try OpenVPN.server(in: docker)                      // a container named openvpn, 172.16.248.0/24
///     try server.assign("172.16.248.22", to: "tke-node1")              // before it connects
///     let client = try OpenVPN.client("tke-node1", on: node, server: "10.0.7.248")
///     client.address                                                   // 172.16.248.22
///
/// Both end when their values go, or with `stop()`.
public enum OpenVPN {
  /// What a test needs for it; for a server in a container `Requirement.docker` too.
  public static let requirements: [Requirement] =
    Requirement.host + [
      .program("openvpn"), .program("openssl"), .file(OpenVPNKeys.program), .file("/dev/net/tun"),
    ]

  /// How a server is set up.
  public struct Settings: Sendable {
    /// The VPN's addresses; the server has the first one.
    public var network = "172.16.248.0/24"
    /// IPv6 addresses that clients get besides; nil for none.
    public var networkV6: String?
    /// Networks behind the server that clients learn a route to.
    public var pushedRoutes = ["10.8.1.0/24"]
    public var usesTCP = false
    public var port = 1194
    /// Nil for a server that writes none.
    public var statusFile: String? = "/tmp/openvpn-status.log"
    /// Seconds between two writings of the status file.
    public var statusInterval = 1
    public var statusVersion = 1
    /// Whether clients get the container's address where it sends their packets on; only for a server in a container.
    public var masquerades = true
    /// Further lines of the configuration.
    public var lines: [String] = []
    /// The file of the configuration, in the container too; `ccd` lies beside it.
    public var configuration = "/etc/openvpn/server.conf"
    /// What starts the server.
    public var command: [String] { ["openvpn", "--config", configuration] }

    public init() {}

    var folder: String { URL(fileURLWithPath: configuration).deletingLastPathComponent().path }

    func text() throws -> String {
      let identity = try OpenVPNKeys.identity("vpn-server", .server)
      let parts = network.split(separator: "/")
      guard parts.count == 2, let length = Int(parts[1]) else { throw LabError("no prefix: \(network)") }
      var text = """
        server \(parts[0]) \(OpenVPN.mask(length))
        topology subnet
        dev tun0
        dev-type tun
        proto \(usesTCP ? "tcp-server" : "udp")
        port \(port)
        keepalive 1 20
        dh none
        verb 3
        client-config-dir \(folder)/ccd

        """
      if let statusFile { text += "status \(statusFile) \(statusInterval)\nstatus-version \(statusVersion)\n" }
      if let networkV6 { text += "server-ipv6 \(networkV6)\n" }
      for route in pushedRoutes {
        if route.contains(":") {
          text += "push \"route-ipv6 \(route)\"\n"
          continue
        }
        let parts = route.split(separator: "/")
        guard parts.count == 2, let length = Int(parts[1]) else { throw LabError("no prefix: \(route)") }
        text += "push \"route \(parts[0]) \(OpenVPN.mask(length))\"\n"
      }
      return text + lines.map { $0 + "\n" }.joined() + identity.inline
    }
  }

  /// A server that answers clients.
  public final class Server: Sendable {
    public let settings: Settings
    /// The container it runs in; nil for a server on the host itself.
    public let container: Container?
    private let host: TestHost
    private let process: BackgroundProcess?

    init(_ settings: Settings, host: TestHost, process: BackgroundProcess?, container: Container?) {
      self.settings = settings
      self.host = host
      self.process = process
      self.container = container
    }

    /// Where its files are: the container, or the host.
    public var machine: any Machine { container ?? host }

    /// Its pid as programs on the host see it.
    public func pidOnHost() throws -> Int32 {
      if let container { return try container.pid() }
      guard let pid = process?.pidInHost else { throw LabError("the VPN server ended: \(log())") }
      return pid
    }

    /// Its pid as this process sees it.
    public func pid() throws -> Int32 { try host.machinePid(of: pidOnHost()) }

    /// What it printed.
    public func log() -> String {
      if let container { return (try? container.logs()) ?? "" }
      return (process?.output ?? "") + (process?.errors ?? "")
    }

    /// The client with the common name `client` gets `address` (`ifconfig-push`), and the networks in `behind` are
    /// reached through it (`iroute`). Holds from its next connection on.
    public func assign(_ address: String, to client: String, behind: [String] = []) throws {
      let length = Int(settings.network.split(separator: "/")[1]) ?? 24
      var text = "ifconfig-push \(address) \(OpenVPN.mask(length))\n"
      for network in behind {
        let parts = network.split(separator: "/")
        text += "iroute \(parts[0]) \(OpenVPN.mask(Int(parts[1]) ?? 32))\n"
      }
      try host.write("\(settings.folder)/ccd/\(client)", text)
    }

    public func stop() {
      process?.stop()
      try? container?.remove()
    }
  }

  /// A client that is connected.
  public struct Client: Sendable {
    /// Its certificate's common name.
    public let name: String
    public let host: TestHost
    /// Its address in the VPN.
    public let address: String
    /// Empty if it has none.
    public let addressV6: String
    /// `tun0` unless said otherwise.
    public let interface: String
    public let process: BackgroundProcess

    public func address(_ family: IPFamily) -> String { family == .v4 ? address : addressV6 }
    public func stop() { process.stop() }
  }

  /// Starts a server on `host` and waits until it takes clients.
  public static func server(on host: TestHost, _ settings: Settings = Settings()) throws -> Server {
    try prepare(settings, host)
    let process = try host.start(settings.command)
    try process.waitFor("Initialization Sequence Completed")
    return Server(settings, host: host, process: process, container: nil)
  }

  /// Starts a server in a container and waits until it takes clients at the host's port.
  ///
  /// What clients send into the networks behind the server gets the container's address, as images such as
  /// kylemanna/openvpn set it up; Docker's own masquerade then gives it the host's.
  public static func server(
    in docker: DockerHost, name: String = "openvpn", _ settings: Settings = Settings()
  ) throws -> Server {
    try prepare(settings, docker.host)
    var script = ""
    if settings.masquerades {
      for (program, network) in [("iptables", settings.network), ("ip6tables", settings.networkV6)] {
        guard let network else { continue }
        script += "\(program) -t nat -A POSTROUTING -s \(network) -o eth0 -j MASQUERADE && "
      }
    }
    script += "exec \"$@\""
    let sysctls = settings.networkV6 == nil ? [] : ["all.disable_ipv6=0", "default.disable_ipv6=0", "all.forwarding=1"]
    let container = try docker.docker.container(
      name: name, command: ["sh", "-c", script, "sh"] + settings.command,
      options: [
        "--cap-add", "NET_ADMIN", "--device", "/dev/net/tun", "--sysctl", "net.ipv4.ip_forward=1",
        "--volume", "\(settings.folder):\(settings.folder)",
        "--publish", "\(settings.port):\(settings.port)/\(settings.usesTCP ? "tcp" : "udp")",
      ] + sysctls.flatMap { ["--sysctl", "net.ipv6.conf.\($0)"] })
    try container.waitFor("Initialization Sequence Completed")
    return Server(settings, host: docker.host, process: nil, container: container)
  }

  /// Connects `host` to the server at `server`, with a certificate for `name`, and waits until it has its address.
  public static func client(
    _ name: String, on host: TestHost, server: String, port: Int = 1194, usesTCP: Bool = false,
    interface: String = "tun0", timeout: Duration = .seconds(20)
  ) throws -> Client {
    let text = """
      client
      dev \(interface)
      dev-type tun
      proto \(usesTCP ? "tcp-client" : "udp")
      remote \(server) \(port)
      nobind
      remote-cert-tls server
      connect-retry 1 1
      verb 3

      """
    let file = "/etc/openvpn/\(name).conf"
    try host.write(file, text + OpenVPNKeys.identity(name, .client).inline, mode: "600")
    let process = try host.start(["openvpn", "--config", file])
    try process.waitFor("Initialization Sequence Completed", timeout: timeout)
    let line = try host.output(of: ["ip", "-o", "address", "show", "dev", interface, "scope", "global"])
    let words = line.split(whereSeparator: \.isWhitespace)
    func address(_ word: String) -> String? {
      guard let at = words.firstIndex(where: { $0 == word }), at + 1 < words.count else { return nil }
      return words[at + 1].split(separator: "/").first.map(String.init)
    }
    guard let own = address("inet") else { throw LabError("no address on \(interface) of \(host.name): \(line)") }
    return Client(
      name: name, host: host, address: own, addressV6: address("inet6") ?? "", interface: interface, process: process)
  }

  private static func prepare(_ settings: Settings, _ host: TestHost) throws {
    try host.write(settings.configuration, settings.text(), mode: "600")
    try host.output(of: ["mkdir", "-p", "\(settings.folder)/ccd"])
  }

  static func mask(_ length: Int) -> String {
    let bits = length == 0 ? 0 : UInt32.max << UInt32(32 - min(max(length, 0), 32))
    return [24, 16, 8, 0].map { "\(bits >> UInt32($0) & 255)" }.joined(separator: ".")
  }
}
