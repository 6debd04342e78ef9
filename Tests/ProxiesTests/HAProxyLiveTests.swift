import Flows
import Foundation
import Lab
import LinuxSystem
import Testing

@testable import Programs
@testable import Proxies

/// The installed HAProxy, asked while it relays.
@Suite(.requires(Requirement.host + [.program("haproxy"), .program("ss")]), .serialized)
struct HAProxyLiveTests {
  private static let common = """
    defaults
      timeout connect 5s
      timeout client 60s
      timeout server 60s

    """

  private static let relay =
    common + """
      global
        stats socket /run/haproxy.sock level operator
      listen relay
        bind 10.1.0.2:3129
        server one 10.2.0.2:4001

      """

  @Test func `both ends of relayed connections are what clients and servers see`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let four = try Traffic.serve(on: lab.servers, port: 4001)
    let six = try Traffic.serve(on: lab.servers, port: 4002, address: "::")
    let text =
      Self.common + """
        global
          stats socket /run/haproxy.sock mode 600 level operator
        frontend four
          bind 10.1.0.2:3129
          default_backend servers
        backend servers
          server four 10.2.0.2:4001
        listen six
          bind fd01::2:3130
          server six fd02::2:4002

        """
    let haproxy = try HAProxy(text, on: lab.proxy)
    defer { haproxy.stop() }
    let first = try lab.hold("10.1.0.2", 3129, send: "12345")
    let second = try lab.hold("10.1.0.2", 3129, send: "1234567")
    let third = try lab.hold("fd01::2", 3130, send: "123")
    try waitUntil("servers to be reached") {
      try lab.peers(port: 4001).count == 2 && lab.peers(port: 4002).count == 1
    }

    let runtime = try HAProxyLab.runtime(haproxy.pid)
    #expect(runtime.process.role == .single)
    #expect(runtime.process.unreadable == [])
    #expect(try runtime.info().version?.isEmpty == false)
    var sessions: [HAProxySession] = []
    try waitUntil("bytes to be counted") {
      sessions = try runtime.sessions()
      return sessions.allSatisfy { $0.bytes?.fromClient != 0 }
    }
    let byClient = Dictionary(sessions.map { ($0.client, $0) }) { first, _ in first }
    #expect(Set(byClient.keys) == [first.endpoint, second.endpoint, third.endpoint])
    let own = [first, second].compactMap { byClient[$0.endpoint]?.own }
    #expect(Set(own) == (try lab.peers(port: 4001)))
    #expect(byClient[third.endpoint]?.own.map { [$0] } == (try lab.peers(port: 4002)))
    #expect(byClient[first.endpoint]?.acceptedOn == Endpoint("10.1.0.2:3129"))
    #expect(byClient[first.endpoint]?.target == Endpoint("10.2.0.2:4001"))
    #expect(byClient[third.endpoint]?.acceptedOn == Endpoint("[fd01::2]:3130"))
    #expect(byClient[third.endpoint]?.target == Endpoint("[fd02::2]:4002"))
    #expect([first, second, third].map { byClient[$0.endpoint]?.bytes?.fromClient } == [5, 7, 3])

    let places = runtime.process.configuration.places(of: try #require(byClient[first.endpoint]))
    #expect(
      places.frontend == ConfigurationLine(file: haproxy.file, line: try lab.line("bind 10.1.0.2:3129", in: text)))
    #expect(places.server?.line == (try lab.line("server four", in: text)))
    // The descriptor leads to the socket of the same connection.
    let descriptors = try runtime.descriptors()
    let number = try #require(byClient[first.endpoint]?.clientDescriptor)
    #expect(descriptors.first { $0.number == number }?.remotePort == first.endpoint.port)
    let servers = try runtime.statistics().filter { $0.kind == .server }
    #expect(servers.compactMap(\.address) == [Endpoint("10.2.0.2:4001"), Endpoint("[fd02::2]:4002")])
    #expect(servers.map(\.sessions) == [2, 1])

    [first, second, third].forEach { $0.process.stop() }
    #expect(try four.stop().received == 12)
    #expect(try six.stop().received == 3)
  }

  @Test func `in HTTP mode idle clients and pooled connections are found by their ports`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let quick = try Traffic.serve(on: lab.servers, port: 4001, mode: .http, bytes: 10)
    let never = try Traffic.serve(on: lab.servers, port: 4002)
    let text =
      Self.common + """
        global
          stats socket ipv4@127.0.0.1:9999 level admin
        frontend web
          mode http
          bind [::]:80
          use_backend slow if { path_beg /slow }
          default_backend quick
        backend quick
          mode http
          http-reuse always
          server q 10.2.0.2:4001
        backend slow
          mode http
          server s 10.2.0.2:4002

        """
    let haproxy = try HAProxy(text, on: lab.proxy)
    defer { haproxy.stop() }
    let head = " HTTP/1.1\r\nHost: x\r\n\r\n"
    let idle = try lab.hold("10.1.0.2", 80, send: "GET /" + head, answer: "\r\n\r\n")
    let other = try lab.hold("fd01::2", 80, send: "GET /" + head, answer: "\r\n\r\n")
    let waiting = try lab.hold("10.1.0.2", 80, send: "GET /slow" + head)
    try waitUntil("the slow server to be reached") { try lab.peers(port: 4002).count == 1 }

    let runtime = try HAProxyLab.runtime(haproxy.pid)
    let snapshot = try runtime.snapshot()
    let session = try #require(snapshot.sessions.first)
    #expect(snapshot.sessions.count == 1)
    #expect(session.client == waiting.endpoint)
    #expect((session.frontend, session.backend, session.server) == ("web", "slow", "s"))
    #expect(session.own.map { [$0] } == (try lab.peers(port: 4002)))
    #expect(Set(snapshot.idleClients.compactMap(\.remotePort)) == [idle.endpoint.port, other.endpoint.port])
    #expect(snapshot.idleClients.allSatisfy { $0.frontend == "web" && $0.localPort == 80 })
    let pooled = try lab.peers(port: 4001).map(\.port)
    #expect(!pooled.isEmpty)
    #expect(Set(snapshot.idleServers.compactMap(\.localPort)) == Set(pooled))
    #expect(snapshot.idleServers.allSatisfy { $0.backend == "quick" && $0.server == "q" })
    let configuration = runtime.process.configuration
    #expect(configuration.routes(from: "web").map(\.target) == ["slow", "quick"])
    #expect(configuration.frontend(accepting: try #require(session.acceptedOn))?.name == "web")
    [idle, other, waiting].forEach { $0.process.stop() }
    _ = try (quick.stop(), never.stop())
  }

  @Test func `after a reload the old worker is asked through its master`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.servers, port: 4001)
    let haproxy = try HAProxy(Self.relay, on: lab.proxy, isMaster: true)
    defer { haproxy.stop() }
    let old = try #require(haproxy.workers.first)
    let master = try #require(haproxy.pid)
    let early = try lab.hold("10.1.0.2", 3129, send: "a")
    try haproxy.reload()
    let new = try #require(haproxy.workers.first { $0 != old })
    try waitUntil("the new worker to answer") {
      try haproxy.ask("/run/haproxy.sock", "show info").contains("\nPid: \(try ProcessFiles().ownPID(of: new))\n")
    }
    let late = try lab.hold("10.1.0.2", 3129, send: "b")
    try waitUntil("both to be relayed") { try lab.peers(port: 4001).count == 2 }

    let process = try HAProxyProcess(reading: master, from: ProcessFiles())
    #expect(process.role == .master)
    #expect(Set(try process.workers(from: ProcessFiles())) == [old, new])
    let ofOld = try HAProxyLab.runtime(old)
    #expect(ofOld.process.role == .worker(master: master))
    #expect(try ofOld.sessions().map(\.client) == [early.endpoint])
    #expect(try HAProxyLab.runtime(new).sessions().map(\.client) == [late.endpoint])
    #expect(Set(try ofOld.workers().filter(\.isOld).map(\.pid)) == [ofOld.process.ownPID])
    #expect(try ofOld.descriptors().contains { $0.remotePort == early.endpoint.port })
    [early, late].forEach { $0.process.stop() }
    _ = try sink.stop()
  }

  @Test func `a process that was replaced and has no master says by whom`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.servers, port: 4001)
    let first = try HAProxy(Self.relay, on: lab.proxy)
    defer { first.stop() }
    let early = try lab.hold("10.1.0.2", 3129, send: "a")
    let old = try #require(first.pid)
    let oldInHost = try #require(first.process.pidInHost)
    let second = try HAProxy(Self.relay, on: lab.proxy, arguments: ["-sf", "\(oldInHost)"])
    defer { second.stop() }
    let new = try #require(second.process.pidInHost)
    try waitUntil("the new process to answer") {
      try second.ask("/run/haproxy.sock", "show info").contains("\nPid: \(new)\n")
    }
    #expect(HAProxyLab.failure { try HAProxyLab.runtime(old).sessions() }?.code == .own(.replaced(by: new)))
    let runtime = try HAProxyLab.runtime(second.pid)
    #expect(runtime.process.commandLine.predecessors == [oldInHost])
    #expect(try runtime.sessions().isEmpty)
    early.process.stop()
    _ = try sink.stop()
  }

  @Test func `without operator level the error says which is needed`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let text = Self.common + "global\n  stats socket /run/haproxy.sock level user\nlisten l\n  bind 10.1.0.2:80\n"
    let haproxy = try HAProxy(text, on: lab.proxy)
    defer { haproxy.stop() }
    let runtime = try HAProxyLab.runtime(haproxy.pid)
    #expect(try runtime.info().pid == haproxy.process.pidInHost)
    let failure = HAProxyLab.failure { try runtime.sessions() }
    #expect(failure?.code == .own(.level(needed: .operator_)))
    #expect(failure?.description.contains("level operator") == true)
    #expect(HAProxyLab.failure { try runtime.descriptors() }?.code == .own(.level(needed: .operator_)))
  }

  @Test func `a stats socket that hangs costs no more than the deadline`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    let text = Self.common + "global\n  stats socket /run/haproxy.sock level admin\nlisten l\n  bind 10.1.0.2:80\n"
    let haproxy = try HAProxy(text, on: lab.proxy)
    defer { haproxy.stop() }
    // A stand-in takes the socket's place: HAProxy itself cannot be made to hang.
    let script = """
      import os, socket, time
      os.unlink("/run/haproxy.sock")
      s = socket.socket(socket.AF_UNIX); s.bind("/run/haproxy.sock"); s.listen(); print("ready", flush=True)
      kept = []
      while True: kept.append(s.accept())
      """
    let standIn = try lab.proxy.start(["python3", "-u", "-c", script])
    defer { standIn.stop() }
    try standIn.waitFor("ready")
    let runtime = try HAProxyLab.runtime(haproxy.pid, timeout: .milliseconds(500))
    let began = ContinuousClock.now
    #expect(HAProxyLab.failure { try runtime.snapshot() }?.code == .slow)
    #expect(ContinuousClock.now - began < .seconds(5))
    standIn.stop()
    #expect(HAProxyLab.failure { try runtime.sessions() }?.code == .absent)
  }

  @Test func `files are found from a relative path, a folder, a link, and before a change of root`() throws {
    let lab = try HAProxyLab()
    defer { lab.stop() }
    try lab.proxy.write("/srv/real/b.cfg", "backend b\n  server s \"10.2.0.2:${PORT-1}\"\n")
    try lab.proxy.write("/srv/real/a.cfg", "backend a\n  server s 10.2.0.2:1\n")
    try lab.proxy.write("/srv/real/c.conf", "this is not read\n")
    try lab.proxy.output(of: ["ln", "-s", "/srv/real", "/etc/haproxy/conf.d"])
    defer { _ = try? lab.proxy.run(["rm", "-r", "/srv/real"]) }
    let text =
      Self.common + """
        global
          chroot /var/lib/haproxy
          stats socket /run/haproxy.sock level operator
        listen l
          bind 10.1.0.2:80
          use_backend a if TRUE
          use_backend b

        """
    let haproxy = try HAProxy(
      text, on: lab.proxy, arguments: ["-C", "/etc/haproxy", "-f", "conf.d"], environment: ["PORT": "4711"])
    defer { haproxy.stop() }
    let process = try HAProxyProcess(reading: try #require(haproxy.pid), from: ProcessFiles())
    #expect(process.unreadable == [])
    #expect(
      process.configuration.files == [
        "/etc/haproxy/haproxy.cfg", "/etc/haproxy/conf.d/a.cfg", "/etc/haproxy/conf.d/b.cfg",
      ])
    #expect(process.configuration.server("s", in: "b")?.address.text == "10.2.0.2:4711")
    #expect(process.configuration.server("s", in: "b")?.place.description == "/etc/haproxy/conf.d/b.cfg:2")
    #expect(process.isRootedInMountNamespace)
    #expect(try HAProxyRuntime(process).sessions().isEmpty)
  }

  @Test func `what is not HAProxy is refused`() throws {
    #expect(
      HAProxyLab.failure { try HAProxyProcess(reading: getpid(), from: ProcessFiles()) }?.code == .own(.noProcess))
  }
}
