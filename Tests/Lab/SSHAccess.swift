/// One entry of a client's `ssh_config`.
public struct SSHAccess: Sendable {
  public var alias: String
  public var address: String
  public var port: Int
  public var user: String
  /// The alias of a jump host.
  public var jump: String?
  /// The server's public key, put into known_hosts; nil leaves it unknown.
  public var key: String?

  public init(
    _ alias: String, address: String, port: Int = 22, user: String = "root", through jump: String? = nil,
    key: String?
  ) {
    self.alias = alias
    self.address = address
    self.port = port
    self.user = user
    self.jump = jump
    self.key = key
  }

  public init(
    _ alias: String, _ server: SSHServer, at address: String, user: String = "root", through jump: String? = nil
  ) {
    self.init(alias, address: address, port: server.port, user: user, through: jump, key: server.key)
  }
}

extension TestHost {
  /// Makes this host a client of SSH servers, as root: the lab's key, `ssh_config` and known_hosts in `/root/.ssh`.
  public func install(_ access: [SSHAccess], keys: SSHKeys) throws {
    try output(of: ["mkdir", "-p", "-m", "700", "/root/.ssh"])
    try write("/root/.ssh/id_ed25519", keys.login.secret, mode: "600")
    var configuration: [String] = []
    var known: [String] = []
    for entry in access {
      configuration += [
        "Host \(entry.alias)", "  HostName \(entry.address)", "  Port \(entry.port)", "  User \(entry.user)",
      ]
      if let jump = entry.jump { configuration.append("  ProxyJump \(jump)") }
      let name = entry.port == 22 ? entry.address : "[\(entry.address)]:\(entry.port)"
      if let key = entry.key { known.append("\(name) \(key)") }
    }
    configuration += ["Host *", "  IdentityFile /root/.ssh/id_ed25519", "  GlobalKnownHostsFile /dev/null"]
    try write("/root/.ssh/config", configuration.joined(separator: "\n") + "\n", mode: "600")
    try write("/root/.ssh/known_hosts", known.map { $0 + "\n" }.joined(), mode: "600")
  }
}
