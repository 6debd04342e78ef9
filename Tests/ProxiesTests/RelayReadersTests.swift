import Flows
import Testing

@testable import Proxies

@Suite struct RelayReadersTests {
  private func process(_ words: String, executable: String? = nil) -> Process {
    Process(pid: 1, name: "x", executable: executable, command: words.split(separator: " ").map(String.init))
  }

  /// What the command line asks for; nil for a process that forwards nothing.
  private func forwards(_ process: Process) -> [RelayRule]? {
    (RelayReaders.reader(for: process) as? any CommandLineRelay)?.rules(of: process)
  }

  private func rules(_ words: String) -> [String] {
    (forwards(process(words)) ?? []).map { rule in
      let listen = rule.listen.map { "\($0.transport) \($0)\(rule.listensHere ? "" : " there")" } ?? "-"
      return "\(listen) -> \(rule.target.map { "\($0)\(rule.connectsHere ? "" : " there")" } ?? "-")"
    }
  }

  @Test(arguments: [
    (
      "/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80",
      "tcp 0.0.0.0:8080 -> 172.17.0.2:80"
    ),
    (
      "docker-proxy --proto=udp -host-ip :: -host-port 53 -container-ip fd00::2 -container-port 5353 -use-listen-fd",
      "udp [::]:53 -> [fd00::2]:5353"
    ),
    ("socat TCP4-LISTEN:8080,bind=127.0.0.1,fork TCP:git:3000", "tcp 127.0.0.1:8080 -> git:3000"),
    ("socat -d -T 60 udp-l:53,reuseaddr UDP4:192.0.2.1:53", "udp *:53 -> 192.0.2.1:53"),
    ("socat UNIX-CONNECT:/run/a.sock TCP6-L:81", "tcp *:81 -> unix:/run/a.sock"),
    ("socat - TCP6:[fd00::1]:80,crlf", "- -> [fd00::1]:80"),
    ("socat tcp-l:1080,fork SOCKS4A:gate:target:80,socksport=9050", "tcp *:1080 -> gate:9050"),
    ("ssh -N -L 8080:db:5432 host", "tcp localhost:8080 -> db:5432 there"),
    ("ssh -fNL *:8080:[fd00::5]:80 -p 22 user@host", "tcp *:8080 -> [fd00::5]:80 there"),
    ("ssh host -R 0.0.0.0:90:localhost:3000", "tcp 0.0.0.0:90 there -> localhost:3000"),
    ("ssh -D1080 host", "tcp localhost:1080 -> -"), ("ssh -W inner:22 jump", "- -> inner:22 there"),
    ("ssh -o LocalForward=1:b:2 host", "tcp localhost:1 -> b:2 there"),
    ("/lib/systemd/systemd-socket-proxyd --connections-max=9 127.0.0.1:8080", "- -> 127.0.0.1:8080"),
  ]) func `a command line says what is forwarded`(words: String, expected: String) {
    #expect(rules(words) == [expected])
  }

  @Test(arguments: [
    "ssh host ls -L 1:a:2", "ssh host", "socat - FILE:/x", "socat", "cat -L 1:b:2", "/usr/sbin/sshd -D",
  ]) func `what forwards nothing is no relay`(words: String) {
    #expect(forwards(process(words)) == nil)
  }

  @Test func `software is known by its executable, or by its name`() {
    func software(_ process: Process) -> String? { RelayReaders.reader(for: process)?.software }
    #expect(software(process("x", executable: "/usr/sbin/haproxy")) == "haproxy")
    #expect(software(process("nginx: worker process", executable: "/usr/sbin/nginx")) == "nginx")
    #expect(software(Process(pid: 1, name: "stunnel4")) == "stunnel")
    #expect(software(Process(pid: 1, name: "systemd-socket-")) == "systemd-socket-proxyd")
    #expect(software(Process(pid: 1, name: "bash")) == nil)
    // A word of a command may be anything.
    #expect(software(process("grep haproxy /etc", executable: "/usr/bin/grep")) == nil)
  }

  @Test func `a session of sshd is a relay, the daemon is none`() {
    // A session's title is one argument.
    for (title, user) in [("sshd: git@notty", "git"), ("sshd-session: root [priv]", "root")] {
      let session = Process(pid: 1, name: "sshd", executable: "/usr/sbin/sshd", command: [title])
      #expect(SSHSessionReader().user(of: session) == user && forwards(session) == [])
    }
    let daemon = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
    #expect(forwards(Process(pid: 1, name: "sshd", command: [daemon])) == nil)
  }

  private func answer(_ words: String) throws -> RelayAnswer {
    let process = process(words)
    let reader = try #require(RelayReaders.reader(for: process))
    return try reader.read(RecordedProgram(process, at: nil, findings: NoFindings())).answer()
  }

  @Test func `what a command line says is a frontend and a backend`() throws {
    let proxy = try answer(
      "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80")
    #expect(proxy.isRelay && proxy.isOneToOne && proxy.frontends.map(\.name) == ["0.0.0.0:8080"])
    #expect(proxy.frontends[0].listens[0].accepts(try #require(Endpoint("192.0.2.1:8080"))))
    #expect(!proxy.frontends[0].listens[0].accepts(try #require(Endpoint("192.0.2.1:8081"))))
    #expect(proxy.backends[0].servers[0].leads(to: try #require(Endpoint("172.17.0.2:80"))))
    #expect(!proxy.backends[0].servers[0].leads(to: try #require(Endpoint("172.17.0.3:80"))))
    #expect(proxy.frontends[0].backends == [proxy.backends[0].name])
    let forward = try answer("ssh -L 81:db:5432 h")
    #expect(forward.isRelay && !forward.isOneToOne && forward.frontends.map(\.name) == ["localhost:81"])
    #expect(forward.backends.isEmpty, "the far end connects")
    let reverse = try answer("ssh -R 90:[::1]:3000 h")
    #expect(reverse.frontends.isEmpty && reverse.backends.map(\.name) == ["[::1]:3000"], "the far end listens")
    #expect(try !answer("ssh host").isRelay && answer("socat - FILE:/x").isRelay == false)
  }

  @Test func `a web server is no relay by its name, and a named proxy is one`() throws {
    #expect(try answer("/usr/sbin/apache2 -k start").isRelay == false)
    #expect(try answer("rinetd").isOneToOne && answer("squid -N").isRelay)
    #expect(RelayReaders.mayWriteLogs("nginx") && RelayReaders.mayWriteLogs("httpd"))
    #expect(
      RelayReaders.mayWriteLogs("haproxy") && RelayReaders.mayWriteLogs("squid") && !RelayReaders.mayWriteLogs("bash"))
    #expect(RelayReaders.usualLogs.contains("/var/log/nginx"))
  }

  @Test func `a daemon without a device is said to speak for its peers`() throws {
    func answer(_ words: String...) throws -> RelayAnswer {
      let process = Process(pid: 5, name: "tailscaled", executable: "/usr/sbin/tailscaled", command: words)
      let reader = try #require(RelayReaders.reader(for: process))
      return try reader.read(RecordedProgram(process, at: nil, findings: NoFindings())).answer()
    }
    let userspace = try answer("tailscaled", "--tun=userspace-networking")
    #expect(userspace.isRelay && userspace.notes.contains { $0.contains("userspace-networking") })
    #expect(try answer("tailscaled").isRelay == false)
  }

  @Test(arguments: [
    "docker-proxy -host-port", "docker-proxy -proto x -host-port 1 -container-port 2",
    "docker-proxy -host-port 99999 -container-port 2", "socat TCP-LISTEN TCP", "socat , ,", "socat [ ]", "ssh -L",
    "ssh -L ::: -R [ -D x -W y -o LocalForward", "systemd-socket-proxyd x", "socat !! !!",
  ]) func `spoiled command lines say nothing`(words: String) {
    #expect(rules(words).isEmpty)
  }
}

/// A bundle that has nothing.
struct NoFindings: RecordedFindings {
  func all<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] { [] }
  func everywhere<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>] { [] }
  func command(showing source: EvidenceLine) -> String? { nil }
}
