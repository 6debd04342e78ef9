import Flows
import Foundation
import Lab
import Testing

@testable import VPNs

/// A real server with two clients, `tke-node1` at 172.16.248.22, behind which lies 10.77.0.0/16, and `idle`.
@Suite(.requires(OpenVPN.requirements), .serialized) struct OpenVPNServerTests {
  private final class Place {
    let gate: TestHost
    let nodes: [TestHost]
    var server: OpenVPN.Server?
    var clients: [OpenVPN.Client] = []

    init() throws {
      gate = try TestHost("gate")
      nodes = [try TestHost("node"), try TestHost("idle")]
      try Wire(gate.plug("eth0", "10.0.7.248/24"), nodes[0].plug("eth0", "10.0.7.5/24"))
      try Wire(gate.plug("eth1", "10.0.9.1/24"), nodes[1].plug("eth0", "10.0.9.5/24"))
    }

    func connect(_ server: OpenVPN.Server) throws {
      self.server = server
      try server.assign("172.16.248.22", to: "tke-node1", behind: ["10.77.0.0/16"])
      for (name, address, node) in [("tke-node1", "10.0.7.248", nodes[0]), ("idle", "10.0.9.1", nodes[1])] {
        clients.append(
          try OpenVPN.client(name, on: node, server: address, usesTCP: server.settings.usesTCP))
      }
    }

    func stop() {
      clients.forEach { $0.stop() }
      server?.stop()
      ([gate] + nodes).forEach { $0.stop() }
    }
  }

  private func server(_ place: Place) throws -> OpenVPNServer {
    let pid = try #require(place.server).pid()
    let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
    let command = words.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return try OpenVPNServer(pid: pid, command: command)
  }

  private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

  /// Both clients and the network behind one of them, once a status names them.
  private func check(_ place: Place, _ kind: OpenVPNSource.Kind, within: Duration = .seconds(10)) throws {
    let server = try server(place)
    let wanted = try address("172.16.248.22")
    let other = try address(place.clients[1].address)
    try waitUntil("both clients in the status", timeout: within, every: 50_000) {
      (try? server.clients().client(for: wanted)) != nil && (try? server.clients().client(for: other)) != nil
    }
    let node = try server.client(for: wanted)
    #expect(node.commonName == "tke-node1" && node.peer?.address.description == "10.0.7.5")
    #expect(node.prefix == Prefix(wanted) && node.candidates == 1 && node.certainty == .observed)
    #expect(node.source.kind == kind)
    #expect((node.bytesReceived ?? 0) > 1000 && (node.bytesSent ?? 0) > 1000)
    let since = try #require(node.connectedSince)
    #expect(abs(since - Date.now.timeIntervalSince1970) < 60)
    let idle = try server.client(for: other)
    #expect(idle.commonName == "idle" && idle.peer?.address.description == "10.0.9.5")
    let behind = try server.client(for: try address("10.77.3.4"))
    #expect(behind.commonName == "tke-node1" && behind.prefix == Prefix("10.77.0.0/16"))
    let nobody = try address("172.16.248.200")
    #expect(throws: OpenVPNUnknown.self) { try server.client(for: nobody) }
  }

  private func run(_ command: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }

  @Test(arguments: [1, 2, 3]) func `the status file of a real server is read`(version: Int) throws {
    let place = try Place()
    defer { place.stop() }
    var settings = OpenVPN.Settings()
    settings.statusVersion = version
    settings.usesTCP = version == 2
    try place.connect(OpenVPN.server(on: place.gate, settings))
    try check(place, .statusFile)
    let server = try server(place)
    #expect(server.configuration.statusFile?.interval == 1 && server.configuration.role == .server)
    let node = try server.client(for: try address("172.16.248.22"))
    // The command for people shows what was read.
    let command = try #require(node.evidence.command)
    #expect(try run(command).contains("tke-node1"))
    let now = try server.clients()
    #expect(now.status.version == version && (now.source.age ?? 99) < 3)
  }

  @Test(.requires(Requirement.docker)) func `the status file of a server in a container is read`() throws {
    let place = try Place()
    defer { place.stop() }
    let docker = try DockerHost(place.gate)
    try place.connect(OpenVPN.server(in: docker))
    let server = try server(place)
    let pid = server.pid
    try waitUntil("the client in the status", every: 50_000) {
      (try? server.clients().client(for: try address("172.16.248.22"))) != nil
    }
    let node = try server.client(for: try address("172.16.248.22"))
    #expect(node.commonName == "tke-node1" && node.certainty == .observed)
    #expect(node.source.name == "/tmp/openvpn-status.log")
    #expect(node.evidence.command == "cat /proc/\(pid)/root/tmp/openvpn-status.log")
  }

  @Test func `the management interface is asked in the server's own network, with its password`() throws {
    let place = try Place()
    defer { place.stop() }
    try place.gate.write("/etc/openvpn/password", "correct horse\n", mode: "600")
    var settings = OpenVPN.Settings()
    settings.statusFile = nil
    // It gives up root, and can't read the file any more.
    settings.lines = ["management 127.0.0.1 7505 /etc/openvpn/password", "user nobody", "persist-tun", "persist-key"]
    try place.connect(OpenVPN.server(on: place.gate, settings))
    try check(place, .management)
    // Two questions in a row: the first one has hung up.
    let server = try server(place)
    #expect(try server.clients().status.clients.count == 2)
    var dumped = ""
    dump(try server.clients(), to: &dumped)
    dump(server, to: &dumped)
    #expect(!dumped.contains("correct horse"))

    // OpenVPN has read its file at its start.
    try place.gate.write("/etc/openvpn/password", "wrong\n", mode: "600")
    #expect(code { try server.askManagement() } == .own(.wrongPassword))
    try place.gate.write("/etc/openvpn/password", "correct horse\n", mode: "600")
    #expect(try server.askManagement()?.status.clients.count == 2)

    // One at a time: a program that stays connected keeps all others waiting.
    let occupant = try place.gate.start([
      "python3", "-u", "-c",
      "import socket,time; s=socket.create_connection(('127.0.0.1',7505)); print(s.recv(99)); time.sleep(60)",
    ])
    try occupant.waitFor("ENTER PASSWORD")
    let started = ContinuousClock.now
    #expect(code { try server.askManagement() } == .own(.busy))
    // The occupant stays for a minute.
    #expect(ContinuousClock.now - started < .seconds(30))
    occupant.stop()
    try waitUntil("the management interface to be free", every: 50_000) { (try? server.askManagement()) != nil }
  }

  @Test func `a stale status file gives way to a management socket`() throws {
    let place = try Place()
    defer { place.stop() }
    var settings = OpenVPN.Settings()
    // Written once, at its start: without clients.
    settings.statusInterval = 0
    settings.statusVersion = 2
    settings.lines = ["cd /run/vpn", "management m.sock unix"]
    try place.gate.output(of: ["mkdir", "-p", "/run/vpn"])
    try place.connect(OpenVPN.server(on: place.gate, settings))
    try check(place, .management)
    let name = try server(place).clients().source.name
    #expect(name == "management interface /run/vpn/m.sock")
  }

  @Test func `a server that confined itself is read by the eyes of its parent, or through its open file`() throws {
    let place = try Place()
    defer { place.stop() }
    var settings = OpenVPN.Settings()
    settings.lines = ["chroot /run/jail"]
    try place.gate.output(of: ["mkdir", "-p", "/run/jail/tmp", "/run/jail/etc/openvpn/ccd"])
    try place.connect(OpenVPN.server(on: place.gate, settings))
    let server = try server(place)
    #expect(server.configuration.problems.isEmpty && server.configuration.jail == "/run/jail")
    let address = try address(place.clients[0].address)
    try waitUntil("the client in the status", every: 50_000) { (try? server.clients().client(for: address)) != nil }
    let node = try server.client(for: address)
    #expect(node.commonName == "tke-node1" && node.source.name == "/tmp/openvpn-status.log")

    let bare = try OpenVPNServer(pid: server.pid, command: ["openvpn"])
    let found = try bare.client(for: address)
    #expect(found.commonName == "tke-node1" && found.certainty == .observed)
    let command = try #require(found.source.command)
    #expect(command.hasPrefix("cat /proc/\(server.pid)/fd/"))
    #expect(try run(command).contains("tke-node1"))
    // Its path leads nowhere any more.
    try place.gate.output(of: ["rm", "/tmp/openvpn-status.log"])
    #expect(try server.client(for: address).source.command == found.source.command)
  }

  @Test func `a status that is no longer written is called old`() throws {
    let place = try Place()
    defer { place.stop() }
    try place.connect(OpenVPN.server(on: place.gate))
    let server = try server(place)
    let address = try address("172.16.248.22")
    try waitUntil("the client in the status", every: 50_000) { (try? server.clients().client(for: address)) != nil }
    kill(server.pid, SIGSTOP)
    defer { kill(server.pid, SIGCONT) }
    try waitUntil("the status to be stale", every: 100_000) { try server.clients().source.doubt != nil }
    let node = try server.client(for: address)
    #expect(node.commonName == "tke-node1" && node.certainty == .inferred && (node.source.age ?? 0) > 3)
    #expect(node.source.doubt?.contains("writes it every 1 s") == true)
  }

  @Test func `without a status the plan is told as a plan, or what to add`() throws {
    let place = try Place()
    defer { place.stop() }
    var settings = OpenVPN.Settings()
    settings.statusFile = nil
    settings.lines = ["ifconfig-pool-persist /run/pool.txt 1"]
    try place.connect(OpenVPN.server(on: place.gate, settings))
    let server = try server(place)
    let node = try server.client(for: try address("172.16.248.22"))
    #expect(node.commonName == "tke-node1" && node.certainty == .inferred && node.bytesSent == nil)
    let behind = try server.client(for: try address("10.77.0.9"))
    #expect(behind.prefix == Prefix("10.77.0.0/16"))
    let other = try address(place.clients[1].address)
    try waitUntil("the pool to name the other", every: 50_000) {
      (try? server.client(for: other))?.commonName == "idle"
    }
    place.clients.forEach { $0.stop() }

    // A client process is told to be one.
    let client = try OpenVPN.client("third", on: place.nodes[0], server: "10.0.7.248")
    let pid = try #require(client.process.pid)
    let own = try OpenVPNServer(pid: pid, command: ["openvpn", "--config", "/etc/openvpn/third.conf"])
    #expect(own.configuration.role == .client)
    let reason = #expect(throws: OpenVPNUnknown.self) { try own.clients() }
    #expect(reason?.reason.contains("10.0.7.248") == true)
    client.stop()

    let bare = try OpenVPNServer(pid: server.pid, command: ["openvpn", "--server", "172.16.248.0", "255.255.255.0"])
    let repair = #expect(throws: OpenVPNUnknown.self) { try bare.clients() }
    #expect(repair?.reason.contains("status /run/openvpn/status.log 10") == true)
  }

  @Test func `a program that calls itself openvpn gets no file that it may not read`() throws {
    let place = try Place()
    defer { place.stop() }
    try place.gate.write("/run/secret", "a secret\n", mode: "600")
    let script = """
      import socket, os
      os.setuid(65534)
      s = socket.create_server(("127.0.0.1", 7505)); print("ready")
      while True:
        c = s.accept()[0]; c.sendall(b"ENTER PASSWORD:"); print("got", c.recv(100))
      """
    let process = try place.gate.start(["python3", "-u", "-c", script])
    try process.waitFor("ready")
    let pid = try #require(process.pid)
    let words = ["openvpn", "--mode", "server", "--management", "127.0.0.1", "7505", "/run/secret"]
    let impostor = try OpenVPNServer(pid: pid, command: words)
    #expect(code { try impostor.askManagement() } == .denied)
    #expect(!process.output.contains("secret"))
    // What everybody may read is sent, so that the refusal above is not for another reason.
    try place.gate.output(of: ["chmod", "644", "/run/secret"])
    _ = code { try impostor.askManagement() }
    try process.waitFor("a secret")
  }

  private func code(_ body: () throws -> some Any) -> OpenVPNError.Code? {
    do { _ = try body() } catch { return (error as? OpenVPNError)?.code }
    return nil
  }
}
