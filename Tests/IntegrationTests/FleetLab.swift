import Documents
import Flows
import Foundation
import Lab

/// A client, a server's host with sshd at 10.1.0.2, and an inner one behind it at 10.2.0.2.
struct FleetLab {
  let client: TestHost
  let outer: TestHost
  let inner: TestHost
  let wire: Wire
  let keys: SSHKeys
  let server: SSHServer

  init() throws {
    client = try TestHost("client")
    outer = try TestHost("outer")
    inner = try TestHost("inner")
    wire = try Wire(client.plug("eth0", "10.1.0.1/24"), outer.plug("eth0", "10.1.0.2/24"))
    try Wire(outer.plug("eth1", "10.2.0.1/24"), inner.plug("eth0", "10.2.0.2/24"))
    keys = try SSHKeys()
    server = try SSHServer(on: outer, keys: keys)
    try probe(size: 0)
  }

  func stop() { [client, outer, inner].forEach { $0.stop() } }

  /// The probe that is copied: the built one, with `size` more bytes behind it, which makes it another one.
  func probe(size: Int) throws {
    let script = #"cp "$1" /root/probe && head -c "$2" /dev/zero >>/root/probe && chmod 755 /root/probe"#
    try client.output(of: ["sh", "-c", script, "sh", Executables.probe, "\(size)"])
  }

  /// `name`: an account of the outer host.
  func account(_ name: String, as alias: String? = nil) -> SSHAccess {
    SSHAccess(alias ?? name, server, at: "10.1.0.2", user: name)
  }

  /// Installs `access`, and makes each of it a host of `/root/hosts.yaml`.
  func know(_ access: [SSHAccess]) throws {
    try client.install(access, keys: keys)
    let hosts = access.map { "  - name: \($0.alias)\n" }.joined()
    try client.write("/root/hosts.yaml", "hosts:\n" + hosts)
  }

  var headwater: Headwater { Headwater(machine: client, environment: ["HEADWATER_PROBE": "/root/probe"]) }

  /// `headwater hosts --json` for the hosts of `/root/hosts.yaml`.
  func hosts(_ more: String..., status: Int32 = 0) throws -> [String: HostAnswer] {
    let words = [Executables.path(), "hosts", "--json", "--hosts", "/root/hosts.yaml"] + more
    let result = try client.run(words, timeout: .seconds(60), environment: headwater.environment)
    let document = try Headwater.decode(HostsDocument.self, result)
    guard result.status == status else { throw LabError("status \(result.status): \(result.stdout)\(result.stderr)") }
    return Dictionary(uniqueKeysWithValues: document.hosts.map { ($0.name, $0) })
  }

  /// The pids of ssh programs on the client.
  func clients() throws -> [String] {
    try client.run(["pgrep", "-x", "ssh"]).stdout.split(separator: "\n").map(String.init)
  }
}
