import Flows
import Testing

@testable import Clues

@Suite struct RelaySoftwareTests {
  private func relay(_ words: String, executable: String? = nil, name: String = "x") -> RelaySoftware? {
    RelaySoftware(
      Process(pid: 1, name: name, executable: executable, command: words.split(separator: " ").map(String.init)))
  }

  private func rules(_ words: String) -> [String] {
    (relay(words)?.rules ?? []).map { rule in
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
    #expect(relay(words) == nil)
  }

  @Test func `software is known by its executable, or by its name`() {
    #expect(relay("x", executable: "/usr/sbin/haproxy")?.pairing == .configured)
    #expect(relay("nginx: worker process", executable: "/usr/sbin/nginx")?.software == "nginx")
    #expect(RelaySoftware(Process(pid: 1, name: "stunnel4"))?.software == "stunnel")
    #expect(RelaySoftware(Process(pid: 1, name: "systemd-socket-"))?.software == "systemd-socket-proxyd")
    // A session's title is one argument.
    for (title, user) in [("sshd: git@notty", "git"), ("sshd-session: root [priv]", "root")] {
      let session = Process(pid: 1, name: "sshd", executable: "/usr/sbin/sshd", command: [title])
      #expect(RelaySoftware(session)?.user == user)
    }
    let daemon = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
    #expect(RelaySoftware(Process(pid: 1, name: "sshd", command: [daemon])) == nil)
    #expect(RelaySoftware(Process(pid: 1, name: "bash")) == nil)
  }

  @Test func `a socket leads to the rule it belongs to`() throws {
    let proxy = try #require(
      relay("docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80"))
    #expect(proxy.pairing == .oneToOne)
    #expect(proxy.rules(listening: try #require(Endpoint("192.0.2.1:8080"))).count == 1)
    #expect(proxy.rules(connecting: try #require(Endpoint("172.17.0.2:80"))).count == 1)
    #expect(proxy.rules(connecting: try #require(Endpoint("172.17.0.3:80"))).isEmpty)
    let forward = try #require(relay("ssh -L 81:db:5432 h"))
    #expect(forward.rules(connecting: try #require(Endpoint("10.0.0.1:5432"))).isEmpty, "the far end connects")
  }

  @Test(arguments: [
    "docker-proxy -host-port", "docker-proxy -proto x -host-port 1 -container-port 2",
    "docker-proxy -host-port 99999 -container-port 2", "socat TCP-LISTEN TCP", "socat , ,", "socat [ ]", "ssh -L",
    "ssh -L ::: -R [ -D x -W y -o LocalForward", "systemd-socket-proxyd x", "socat !! !!",
  ]) func `spoiled command lines say nothing`(words: String) {
    #expect(rules(words).isEmpty)
  }
}
