import Foundation

/// An sshd on a test host that lets the lab's key in, as root and as the users that `addUser` makes.
///
/// Its files lie in the host's own `/etc/ssh` and go with it.
public final class SSHServer: Sendable {
  public let host: TestHost
  public let port: Int
  /// Its own public key, as known_hosts holds it: `ssh-ed25519 AAAA…`.
  public let key: String
  public let process: BackgroundProcess

  /// Starts sshd in the foreground and waits until it listens.
  ///
  /// - Parameter settings: further lines of sshd_config, before the lab's own (of each the first counts).
  public init(on host: TestHost, keys: SSHKeys, port: Int = 22, settings: [String] = []) throws {
    self.host = host
    self.port = port
    let own = try SSHKeys.pair()
    key = own.open.split(separator: " ").prefix(2).joined(separator: " ")
    let folder = "/etc/ssh/lab-\(port)"
    try host.write("\(folder)/host_key", own.secret, mode: "600")
    try host.write("\(folder)/authorized_keys", keys.login.open + "\n")
    let configuration =
      settings + [
        "Port \(port)", "HostKey \(folder)/host_key", "AuthorizedKeysFile \(folder)/authorized_keys",
        "PidFile none", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password", "UseDNS no", "PrintMotd no", "LogLevel VERBOSE",
      ]
    try host.write("\(folder)/sshd_config", configuration.joined(separator: "\n") + "\n")
    try host.output(of: ["mkdir", "-p", "-m", "755", "/run/sshd"])
    let program = try host.output(of: ["sh", "-c", "command -v sshd"]).trimmingCharacters(in: .whitespacesAndNewlines)
    process = try host.start([program, "-D", "-e", "-f", "\(folder)/sshd_config"])
    do {
      try process.waitFor("Server listening on")
    } catch {
      process.stop()
      throw error
    }
  }

  /// Makes a user whom the lab's key lets in.
  ///
  /// - Parameters:
  ///   - sudo: whether `sudo` lets it become root without a password.
  ///   - home: below `/var`, which is the host's own.
  ///   - shell: the login shell.
  public func addUser(_ name: String, sudo: Bool, shell: String = "/bin/sh") throws {
    try host.output(of: ["mkdir", "-p", "/var/home"])
    // A password of * can't be typed, but does not lock the account as ! does.
    try host.output(of: ["useradd", "-m", "-d", "/var/home/\(name)", "-s", shell, "-p", "*", name])
    if sudo { try host.write("/etc/sudoers.d/\(name)", "\(name) ALL=(ALL) NOPASSWD: ALL\n", mode: "440") }
  }

  /// The home of a user that `addUser` made takes no more changes; root's is `/root`.
  public func makeReadOnly(homeOf name: String = "root") throws {
    let home = name == "root" ? "/root" : "/var/home/\(name)"
    try host.output(of: ["sh", "-c", #"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1""#, "sh", home])
  }

  /// Drops every packet to its port from now on, of open connections too.
  public func drop() throws { try rule("drop") }

  /// Resets every connection to its port as soon as it moves.
  public func reset() throws { try rule("reject with tcp reset") }

  /// Takes back `drop` and `reset`.
  public func pass() throws { try host.output(of: ["nft", "delete", "table", "inet", "labssh"]) }

  private func rule(_ verdict: String) throws {
    try host.output(
      of: ["nft", "-f", "-"],
      input: """
        add table inet labssh
        flush table inet labssh
        add chain inet labssh input { type filter hook input priority 0; }
        add rule inet labssh input meta l4proto tcp tcp dport \(port) \(verdict)

        """)
  }

  /// Ends it and every session.
  public func stop() {
    process.stop()
    _ = try? host.run(["pkill", "-KILL", "-x", "sshd"])
  }

  /// A listener that takes connections and never says a word.
  public static func silent(on host: TestHost, port: Int = 22) throws -> BackgroundProcess {
    let script = """
      import socket, time
      s = socket.socket(socket.AF_INET6); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      s.bind(("::", \(port))); s.listen(64); print("up", flush=True)
      kept = []
      while True: kept.append(s.accept())
      """
    let process = try host.start(["python3", "-c", script])
    try process.waitFor("up")
    return process
  }
}
