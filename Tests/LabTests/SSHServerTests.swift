import Lab
import Testing

@Suite(.requires(Requirement.ssh))
struct SSHServerTests {
  @Test func `a client logs in with the lab's key, directly and through a jump host`() throws {
    let keys = try SSHKeys()
    let client = try TestHost("client")
    let jump = try TestHost("jump")
    let inner = try TestHost("inner")
    defer { [client, jump, inner].forEach { $0.stop() } }
    try Wire(client.plug("eth0", "10.1.0.1/24"), jump.plug("eth0", "10.1.0.2/24"))
    try Wire(jump.plug("eth1", "10.2.0.1/24"), inner.plug("eth0", "10.2.0.2/24"))
    let outerServer = try SSHServer(on: jump, keys: keys)
    let innerServer = try SSHServer(on: inner, keys: keys, port: 2222)
    try client.install(
      [
        SSHAccess("jump", outerServer, at: "10.1.0.2"),
        SSHAccess("inner", innerServer, at: "10.2.0.2", through: "jump"),
      ], keys: keys)
    #expect(try client.output(of: ["ssh", "jump", "hostname"]) == "jump\n")
    #expect(try client.output(of: ["ssh", "inner", "hostname"]) == "inner\n")
  }

  @Test(.requires(.program("sudo"), .program("useradd"))) func `a user may become root, or may not`() throws {
    let keys = try SSHKeys()
    let client = try TestHost("client")
    let server = try TestHost("server")
    defer { [client, server].forEach { $0.stop() } }
    try Wire(client.plug("eth0", "10.1.0.1/24"), server.plug("eth0", "10.1.0.2/24"))
    let daemon = try SSHServer(on: server, keys: keys)
    try daemon.addUser("may", sudo: true)
    try daemon.addUser("plain", sudo: false)
    try client.install(
      ["may", "plain"].map { SSHAccess($0, daemon, at: "10.1.0.2", user: $0) }, keys: keys)
    #expect(try client.output(of: ["ssh", "may", "sudo -n id -u"]) == "0\n")
    let refused = try client.run(["ssh", "plain", "sudo -n id -u"])
    #expect(refused.status == 1 && refused.stdout.isEmpty, "\(refused)")
    try daemon.makeReadOnly(homeOf: "plain")
    #expect(try client.run(["ssh", "plain", "touch ~/x"]).stderr.contains("Read-only file system"))
  }

  @Test func `a server drops, resets and is silent when told to`() throws {
    let keys = try SSHKeys()
    let client = try TestHost("client")
    let server = try TestHost("server")
    defer { [client, server].forEach { $0.stop() } }
    try Wire(client.plug("eth0", "10.1.0.1/24"), server.plug("eth0", "10.1.0.2/24"))
    let daemon = try SSHServer(on: server, keys: keys)
    try client.install([SSHAccess("server", daemon, at: "10.1.0.2")], keys: keys)
    let ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=1", "server", "hostname"]
    try daemon.drop()
    #expect(try client.run(ssh).stderr.contains("timed out"))
    try daemon.reset()
    #expect(try client.run(ssh).stderr.contains("refused"))
    try daemon.pass()
    #expect(try client.run(ssh).stdout == "server\n")
    daemon.stop()
    #expect(try client.run(ssh).stderr.contains("refused"))
    let silent = try SSHServer.silent(on: server)
    defer { silent.stop() }
    #expect(try client.run(ssh).stderr.contains("timed out"))
  }
}
