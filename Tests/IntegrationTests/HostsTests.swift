import Documents
import Flows
import Foundation
import Glibc
import Lab
import Testing

/// Hosts over real ssh and sshd: what is found out about each, and what one that can't be asked costs.
@Suite(.requires(Requirement.ssh + [.built("headwater"), .file(Executables.probe)]))
struct HostsTests {
  @Test func `the probe is copied on first use, and the connection is open for the next command`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    try lab.probe(size: 4_000_000)
    try lab.know([lab.account("root", as: "outer")])
    // One of an older version, and one that is being copied.
    let old = "/root/.cache/headwater/headwater-probe-\(String(repeating: "0", count: 64))"
    for name in [old, old + ".77"] { try lab.outer.write(name, "old", mode: "700") }
    let first = try #require(try lab.hosts()["outer"])
    #expect(first.reachable && first.copied == true && first.place == "/root/.cache/headwater")
    #expect(first.privileges == "root" && first.notes.isEmpty, "\(first)")
    let second = try #require(try lab.hosts()["outer"])
    #expect(second.copied == false, "\(second)")
    #expect(try lab.clients().count == 1, "one connection is kept")
    let digest = try lab.client.output(of: ["sha256sum", "/root/probe"]).prefix(64)
    #expect(
      Set(try lab.outer.output(of: ["ls", "/root/.cache/headwater"]).split(separator: "\n").map(String.init))
        == ["headwater-probe-\(digest)", "headwater-probe-\(String(repeating: "0", count: 64)).77"])
    #expect(try lab.outer.run(["pgrep", "-f", "headwater-probe"]).stdout.isEmpty, "no probe runs on")

    try lab.client.write("/root/hosts.yaml", "# mine\nhosts:\n  - name: outer # the one\n  - name: other\n")
    let words = [Executables.path(), "hosts", "forget", "outer", "--hosts", "/root/hosts.yaml"]
    let forgotten = try lab.client.run(words, environment: lab.headwater.environment)
    #expect(forgotten.status == 0, "\(forgotten)")
    #expect(try lab.client.output(of: ["cat", "/root/hosts.yaml"]) == "# mine\nhosts:\n  - name: other\n")
    #expect(try lab.outer.run(["ls", "/root/.cache/headwater"]).status != 0)
    try waitUntil("the connection to be closed") { try lab.clients().isEmpty }
  }

  @Test(.requires(.program("sudo"), .program("useradd")))
  func `a user who may not become root is told what is missing`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    try lab.server.addUser("may", sudo: true)
    try lab.server.addUser("plain", sudo: false)
    try lab.server.addUser("noisy", sudo: false, shell: "/bin/bash")
    try lab.outer.write("/var/home/noisy/.bashrc", "echo Welcome; echo headwater-start; echo beware >&2\n")
    try lab.server.addUser("frozen", sudo: false)
    try lab.server.makeReadOnly(homeOf: "frozen")
    try lab.know(["may", "plain", "noisy", "frozen"].map { lab.account($0) })
    let hosts = try lab.hosts()
    #expect(hosts["may"]?.privileges == "sudo" && hosts["may"]?.notes == [], "\(hosts)")
    #expect(hosts["plain"]?.privileges == "none")
    #expect(hosts["plain"]?.notes.contains { $0.contains("sudo -n is refused") } == true, "\(hosts)")
    #expect(hosts["noisy"]?.place == "/var/home/noisy/.cache/headwater")
    let frozen = try #require(hosts["frozen"])
    let uid = try lab.outer.output(of: ["id", "-u", "frozen"]).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(frozen.place == "/tmp/headwater-\(uid)")
    #expect(frozen.notes.contains { $0.contains("Read-only file system") }, "\(frozen.notes)")
    // It runs as root where that is allowed.
    let table = try lab.headwater.run("hosts", "--hosts", "/root/hosts.yaml")
    #expect(table.stdout.contains("sudo -n is refused"))
  }

  @Test func `places that can't run programs are passed over, and if all are, it is said why`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    try lab.know([lab.account("root", as: "outer")])
    try lab.outer.output(of: [
      "sh", "-c",
      "mount -o remount,noexec /root && mount -o remount,noexec /tmp && mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm",
    ])
    let outer = try #require(try lab.hosts()["outer"])
    #expect(outer.place == "/dev/shm/headwater-0")
    #expect(outer.notes.filter { $0.contains("Permission denied") }.count == 2, "\(outer.notes)")
    try lab.outer.output(of: ["mount", "-o", "remount,noexec", "/dev/shm"])
    try lab.outer.output(of: ["sh", "-c", "mkdir -p /run/user/0; mount -t tmpfs -o noexec tmpfs /run/user/0"])
    let nowhere = try #require(try lab.hosts(status: 4)["outer"])
    #expect(nowhere.error?.code == "noPlace" && nowhere.error?.detail.contains("/dev/shm/headwater-0") == true)
  }

  @Test func `every way in which a host can't be reached is told apart, and costs the others nothing`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    let innerServer = try SSHServer(on: lab.inner, keys: lab.keys)
    let dropping = try SSHServer(on: lab.outer, keys: lab.keys, port: 2201)
    try dropping.drop()
    let silent = try SSHServer.silent(on: lab.outer, port: 2202)
    defer { silent.stop() }
    let strict = try SSHServer(on: lab.outer, keys: lab.keys, port: 2203, settings: ["AllowUsers nobody"])
    func entry(_ name: String, _ port: Int, key: String?) -> SSHAccess {
      SSHAccess(name, address: "10.1.0.2", port: port, key: key)
    }
    // For known_hosts a name of its own: there is one entry for an address and a port.
    try lab.know([
      lab.account("root", as: "outer"), SSHAccess("inner", innerServer, at: "10.2.0.2", through: "outer"),
      entry("dropping", 2201, key: dropping.key), entry("silent", 2202, key: nil),
      entry("strict", 2203, key: strict.key),
      entry("refusing", 9, key: nil), SSHAccess("nowhere", address: "10.9.9.9", key: nil),
      SSHAccess("unnamed", address: "no-such-host.invalid", key: nil),
      SSHAccess("behind", address: "10.2.0.2", port: 9, through: "outer", key: nil),
    ])
    let begin = ContinuousClock.now
    let hosts = try lab.hosts("--host-timeout", "8", status: 4)
    let took = ContinuousClock.now - begin
    // One after the other they would take the eight seconds of each that is silent, and more.
    #expect(took < .seconds(40), "\(took)")
    #expect(hosts["outer"]?.reachable == true && hosts["inner"]?.reachable == true, "\(hosts)")
    let codes = hosts.mapValues { $0.error?.code }
    #expect(codes["dropping"] == "timedOut" && codes["silent"] == "timedOut", "\(hosts)")
    #expect(codes["strict"] == "denied" && codes["refusing"] == "refused", "\(hosts)")
    #expect(codes["nowhere"] == "unreachable" && codes["unnamed"] == "unknownName", "\(hosts)")
    #expect(codes["behind"] == "refused", "\(hosts)")
    #expect(hosts.values.allSatisfy { $0.reachable || ($0.error?.advice.isEmpty == false && $0.seconds < 25) })
  }

  @Test func `a host's new or changed key is not accepted`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    var changed = lab.account("root", as: "changed")
    changed.key = try SSHKeys.pair().open
    try lab.know([changed])
    #expect(try lab.hosts(status: 4)["changed"]?.error?.code == "hostKeyChanged")
    changed.key = nil
    try lab.know([changed])
    let unknown = try #require(try lab.hosts(status: 4)["changed"]?.error)
    #expect(unknown.code == "hostKeyUnknown" && unknown.advice.contains("StrictHostKeyChecking=accept-new"))
    // As the advice says it.
    try lab.client.write(
      "/root/hosts.yaml",
      "hosts:\n  - name: changed\n    ssh_options: [-o, StrictHostKeyChecking=accept-new]\n")
    #expect(try lab.hosts()["changed"]?.reachable == true)
  }

  @Test(arguments: ["reset", "drop"]) func `a connection that breaks off in the middle is named`(_ kind: String) throws
  {
    let lab = try FleetLab()
    defer { lab.stop() }
    let other = try SSHServer(on: lab.inner, keys: lab.keys)
    try lab.know([
      lab.account("root", as: "outer"), SSHAccess("inner", other, at: "10.2.0.2"),
    ])
    try lab.client.route("10.2.0.0/24", via: "10.1.0.2")
    try lab.inner.route("10.1.0.0/24", via: "10.2.0.1")
    try lab.outer.forward()
    try lab.wire.limit(megabits: 40)
    let process = try lab.client.start(
      [Executables.path(), "hosts", "--json", "--hosts", "/root/hosts.yaml"],
      environment: lab.headwater.environment)
    try waitUntil("copying to begin") {
      try lab.outer.output(of: ["sh", "-c", "cat /root/.cache/headwater/* 2>/dev/null | wc -c"]).first != "0"
    }
    if kind == "reset" { try lab.server.reset() } else { try lab.server.drop() }
    let result = try process.wait(timeout: .seconds(90))
    let document = try Headwater.decode(HostsDocument.self, result)
    #expect(result.status == 4)
    let outer = try #require(document.hosts.first { $0.name == "outer" })
    #expect(outer.error?.code == (kind == "reset" ? "brokenOff" : "timedOut"), "\(outer)")
    #expect(outer.seconds < (kind == "reset" ? 20 : 40), "\(outer)")
    #expect(document.hosts.first { $0.name == "inner" }?.reachable == true, "\(document)")
    // What had arrived is no probe, and nothing takes it for one.
    try lab.server.pass()
    let again = try #require(try lab.hosts()["outer"])
    #expect(again.reachable && again.copied == true, "\(again)")
  }

  @Test func `Ctrl-C ends what is under way, shows the rest, and leaves no program behind`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    let silent = try SSHServer.silent(on: lab.outer, port: 2202)
    defer { silent.stop() }
    try lab.know([
      lab.account("root", as: "outer"), SSHAccess("silent", address: "10.1.0.2", port: 2202, key: nil),
    ])
    let process = try lab.client.start(
      [Executables.path(), "hosts", "--json", "--hosts", "/root/hosts.yaml", "--host-timeout", "30"],
      environment: lab.headwater.environment)
    // Its file is there before it runs; then it answers, and ends.
    var quiet = 0
    try waitUntil("the probe to have answered") {
      let files = try lab.outer.run(["find", "/root/.cache/headwater", "-name", "headwater-probe-*"]).stdout
      let isRunning = try lab.outer.run(["pgrep", "-f", "headwater-prob[e]-"]).status == 0
      quiet = files.isEmpty || isRunning ? 0 : quiet + 1
      return quiet >= 8
    }
    let begin = ContinuousClock.now
    process.send(SIGINT)
    let document = try Headwater.decode(HostsDocument.self, process.wait(timeout: .seconds(10)))
    // Not after the thirty seconds that a host may take.
    #expect(ContinuousClock.now - begin < .seconds(20))
    #expect(document.hosts.map(\.error?.code) == [nil, "cancelled"], "\(document)")
    // What is left is the connection that is kept open.
    #expect(try lab.clients().count == 1)
  }

  @Test func `a connection that died unnoticed is made anew`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    try lab.know([lab.account("root", as: "outer")])
    #expect(try lab.hosts()["outer"]?.reachable == true)
    // Its sessions end on the server, and their packets don't arrive: the client knows nothing of it.
    try lab.server.drop()
    try lab.outer.output(of: ["pkill", "-KILL", "-f", "sshd: root"])
    try lab.server.pass()
    let again = try #require(try lab.hosts()["outer"])
    #expect(again.reachable, "\(again)")
  }

  @Test func `nothing is asked without hosts, and wrong ones are refused at once`() throws {
    let lab = try FleetLab()
    defer { lab.stop() }
    let cases: [([String], Int32, String)] = [
      (["hosts"], 1, ""), (["hosts", "--hosts", "/nowhere.yaml"], 2, "/nowhere.yaml: no such file"),
      (["hosts", "--host", "-oProxyCommand=touch /tmp/x"], 2, ""),
      (["hosts", "--host=-oProxyCommand=x"], 2, "begin with -"),
      (["hosts", "--host", "a;reboot"], 2, "can't hold ;"), (["hosts", "add", "a b"], 2, "spaces"),
      (["hosts", "check"], 2, ""), (["hosts", "forget"], 2, ""),
    ]
    for (words, status, message) in cases {
      let result = try lab.client.run([Executables.path()] + words, environment: lab.headwater.environment)
      #expect(result.status == status && (message.isEmpty || result.stderr.contains(message)), "\(words): \(result)")
    }
    let added = try lab.headwater.run("hosts", "add", "outer", "root@10.1.0.2")
    #expect(added.status == 0, "\(added)")
    let own = try lab.client.output(of: ["cat", "/root/.config/headwater/config.yaml"])
    #expect(own == "hosts:\n  - name: outer\n    ssh: root@10.1.0.2\n")
  }
}
