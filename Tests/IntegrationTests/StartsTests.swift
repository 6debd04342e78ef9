import Documents
import Flows
import Foundation
import Lab
import Testing

/// Who keeps starting short processes, and why that one runs.
@Suite(.requires(Requirement.host + [.program("wget"), .built("headwater")]), .serialized)
struct StartsTests {
  /// A host, one outside with a web server at port 8000, and what the host's programs fetch.
  private final class Lab {
    let host: TestHost
    private let outside: TestHost
    private let server: BackgroundProcess
    private let family: IPFamily

    init(_ family: IPFamily) throws {
      self.family = family
      host = try TestHost("host")
      outside = try TestHost("outside")
      try Wire(
        host.plug("eth0", "198.51.100.1/24", "fd00:51::1/64"), outside.plug("eth0", "198.51.100.9/24", "fd00:51::9/64"))
      server = try outside.start([
        "python3", "-u", "-m", "http.server", "8000", "--bind", family == .v4 ? "198.51.100.9" : "fd00:51::9",
        "--directory", "/run/lab",
      ])
      try waitUntil("a web server") {
        try host.run(["sh", "-c", fetch], timeout: .seconds(5), environment: [:], input: nil).status == 0
      }
    }

    var fetch: String {
      "wget -q -t 1 -T 5 -O /dev/null http://\(family == .v4 ? "198.51.100.9" : "[fd00:51::9]"):8000/traffic.py"
    }

    /// A trace of what is fetched `count` times more.
    func trace(of count: Int, starting: () throws -> Void = {}) throws -> TraceDocument {
      let trace = try Headwater(machine: host).start("trace", ":8000", "--json", "--for", Headwater.untilEnded)
      let before = fetched
      try starting()
      try waitUntil("\(count) more to be fetched") { fetched >= before + count }
      return try trace.end().document()
    }

    private var fetched: Int { server.errors.components(separatedBy: "\" 200").count - 1 }

    func stop() {
      server.stop()
      [host, outside].forEach { $0.stop() }
    }
  }

  /// The only chain whose source was started again and again.
  private func source(_ document: TraceDocument, _ count: Int) throws -> Chain.Source {
    let chains = document.chains.filter { $0.hops.last?.process?.name == "wget" }
    #expect(chains.count == 1, "\(document.chains.map(\.source.summary))")
    let chain = try #require(chains.first)
    // The first may have begun before, and the last may not have ended.
    #expect(chain.flows >= count - 1 && (chain.source.starts ?? 0) >= count - 1, "\(chain.source)")
    #expect(chain.hops.last?.process?.command?.first == "wget", "\(chain.hops)")
    return chain.source
  }

  @Test(arguments: IPFamily.allCases)
  func `a shell's loop is one chain that names the shell`(_ family: IPFamily) throws {
    let lab = try Lab(family)
    defer { lab.stop() }
    let script = "while :; do \(lab.fetch); sleep 0.1; done"
    let loop = try lab.host.start(["sh", "-c", script])
    let document = try lab.trace(of: 5)
    let source = try source(document, 5)
    loop.stop()
    #expect(source.startedBy?.name == "sh" && source.startedBy?.command == ["sh", "-c", script])
    #expect(source.summary.contains("times by `sh -c while :"), "\(source)")
  }

  @Test func `two scripts that one shell starts are two chains`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    try lab.host.write(
      "/run/one.py", "import urllib.request as u; u.urlopen('http://198.51.100.9:8000/traffic.py').read()")
    try lab.host.output(of: ["cp", "/run/one.py", "/run/two.py"])
    let document = try lab.trace(of: 4) {
      _ = try lab.host.output(
        of: ["sh", "-c", "for i in 1 2; do python3 /run/one.py $i; python3 /run/two.py $i; done; exit 0"])
    }
    let chains = document.chains.filter { $0.hops.last?.process?.name.hasPrefix("python3") ?? false }
    #expect(chains.map(\.flows) == [2, 2], "\(document.chains.map(\.source.summary))")
    #expect(chains.allSatisfy { $0.source.startedBy?.name == "sh" && $0.source.startedBy?.ended == true })
  }

  @Test func `what cron starts has the crontab's file and line`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    // Cron's own minute is too long for a test: this one forks as cron does, ten times as often.
    try lab.host.write("/run/poll.sh", "#!/bin/sh\n\(lab.fetch)\nexit 0\n", mode: "755")
    try lab.host.write(
      "/etc/cron.d/a-test", "# minutes\nMAILTO=\"\"\n0 3 * * * root /bin/nothing\n* * * * * root /run/poll.sh\n")
    try lab.host.output(of: ["cp", "/bin/dash", "/run/cron"])
    let cron = try lab.host.start(["/run/cron", "-c", "while :; do ( /bin/sh -c /run/poll.sh; : ); sleep 0.1; done"])
    let document = try lab.trace(of: 4)
    let source = try source(document, 4)
    cron.stop()
    #expect(source.startedBy?.configuration == "/etc/cron.d/a-test:4", "\(source)")
    #expect(source.startedBy?.reason == "by cron, /etc/cron.d/a-test:4" && source.summary.contains("it is run by cron"))
  }

  @Test func `a program that only calls itself cron or systemd is what it is`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    try lab.host.write("/etc/cron.d/a-test", "* * * * * root \(lab.fetch)\n")
    for name in ["cron", "systemd"] {
      let loop = try lab.host.start([
        "python3", "-c",
        """
        import ctypes, subprocess, sys, time
        ctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)
        while True: subprocess.run(sys.argv[2].split()); time.sleep(0.1)
        """, name, lab.fetch,
      ])
      let document = try lab.trace(of: 4)
      let source = try source(document, 4)
      loop.stop()
      #expect(source.startedBy?.name == name && source.startedBy?.reason == nil, "\(source)")
      #expect(source.startedBy?.command?.first == "python3", "\(source)")
    }
  }

  @Test func `a loop of another pid namespace is one chain, and nothing of it is called ended`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    let loop = try lab.host.start(["sh", "-c", "while :; do \(lab.fetch); sleep 0.1; done"])
    // As in a container with its own processes and the host's network
    let headwater = Headwater(machine: lab.host, prefix: ["unshare", "--pid", "--fork", "--mount-proc"])
    let document = try headwater.start("trace", ":8000", "--json", "--for", "6").document()
    loop.stop()
    let source = try source(document, 2)
    let process = document.chains.compactMap { $0.hops.last?.process }.first { $0.name == "wget" }
    #expect(process?.outside == true && process?.ended == nil, "\(document.chains.map(\.source.summary))")
    #expect(source.startedBy?.name == "sh" && source.startedBy?.pid == nil, "\(source)")
  }

  @Test func `processes of another pid namespace that were there before are not started again`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    let sink = try Traffic.serve(on: lab.host, port: 4000)
    let clients = try (0..<2).map { _ in
      try Traffic.start(.bulk(bytes: 40_000_000, rate: 400_000), from: lab.host, to: "127.0.0.1", port: 4000)
    }
    let headwater = Headwater(machine: lab.host, prefix: ["unshare", "--pid", "--fork", "--mount-proc"])
    let document = try headwater.start("trace", ":4000", "--json", "--for", "3").document()
    for client in clients { client.stop() }
    _ = try sink.stop()
    let summaries = document.chains.map(\.source.summary)
    #expect(summaries.count == 2 && summaries.allSatisfy { $0.contains("another pid namespace") }, "\(summaries)")
    #expect(document.chains.allSatisfy { $0.source.startedBy == nil && !$0.source.summary.contains("started") })
  }

  @Test func `what an SSH session left behind is not told as anybody else's`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    // As a shell of sshd does it, which has the client in its environment.
    _ = try lab.host.output(of: [
      "env", "SSH_CONNECTION=192.0.2.7 50000 198.51.100.1 22", "sh", "-c",
      "setsid sh -c 'for i in $(seq 200); do \(lab.fetch); sleep 0.1; done' >/dev/null 2>&1 & exit 0",
    ])
    let document = try lab.trace(of: 4)
    let source = try source(document, 4)
    #expect(source.startedBy?.name == "sh" && source.startedBy?.command?.count == 3, "\(source)")
    #expect(
      source.startedBy?.reason == "on its own, left behind by an SSH session of root from 192.0.2.7", "\(source)")
  }

  @Test(.requires(.cgroup2)) func `what a systemd timer starts has the timer, though its unit is gone`() throws {
    let lab = try Lab(.v4)
    defer { lab.stop() }
    try lab.host.output(of: ["mkdir", "-p", "/run/systemd/system"])
    try lab.host.write("/run/systemd/system/often.timer", "[Timer]\nOnUnitActiveSec=1\nUnit=a-poll.service\n")
    try lab.host.output(of: ["cp", "/bin/dash", "/run/systemd/systemd"])
    // As systemd does: a cgroup for each run, which is removed behind it.
    let group = "$root/system.slice/a-poll.service"
    let systemd = try lab.host.start([
      "/run/systemd/systemd", "-c",
      """
      root=$(findmnt -nt cgroup2 -o TARGET | head -1); mkdir -p $root/system.slice
      while :; do
        mkdir -p \(group)
        ( : > /dev/null; sh -c 'echo $$ > $0/cgroup.procs; \(lab.fetch); exit 0' \(group); : )
        until rmdir \(group); do sleep 0.01; done
        sleep 0.1
      done
      """,
    ])
    let document = try lab.trace(of: 4)
    let source = try source(document, 4)
    systemd.stop()
    #expect(source.startedBy?.configuration == "/run/systemd/system/often.timer", "\(source) \(systemd.errors)")
    #expect(source.startedBy?.reason == "by systemd timer often.timer (a-poll.service)")
  }
}

/// The same in containers.
@Suite(.requires(Requirement.docker + [.program("wget"), .built("headwater")]), .serialized)
struct ContainerStartsTests {
  @Test(arguments: [false, true])
  func `a container's loop is one chain, with the container's entrypoint or what restarts it`(restarts: Bool) throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let server = try lab.outside.start([
      "python3", "-u", "-m", "http.server", "8000", "--bind", lab.far, "--directory", "/run/lab",
    ])
    let fetch = "wget -q -t 1 -T 5 -O /dev/null http://\(lab.far):8000/traffic.py"
    let poller = try lab.daemon.docker.container(
      name: "poller",
      command: restarts ? ["sh", "-c", "\(fetch); exit 1"] : ["sh", "-c", "while :; do \(fetch); sleep 0.1; done"],
      options: restarts ? ["--restart", "always"] : ["--label", "com.docker.compose.project=shop"])
    func fetched() -> Int { server.errors.components(separatedBy: "\" 200").count - 1 }
    try waitUntil("the container to be busy") { fetched() >= 2 }
    let trace = try Headwater(machine: lab.host).start("trace", ":8000", "--json", "--for", Headwater.untilEnded)
    let before = fetched()
    try waitUntil("more to be fetched", timeout: .seconds(40)) { fetched() >= before + (restarts ? 2 : 5) }
    let document = try trace.end().document()
    server.stop()
    let chains = document.chains.filter { $0.hops.last?.process?.name == "wget" }
    #expect(chains.count == 1, "\(document.chains.map(\.source.summary))")
    let chain = try #require(chains.first)
    let starter = try #require(chain.source.startedBy, "\(chain.source)")
    #expect(chain.hops.last?.container?.id == poller.id)
    if restarts {
      #expect(
        starter.pid == nil && starter.reason?.hasPrefix("because container poller is restarted (policy always") == true)
    } else {
      #expect((chain.source.starts ?? 0) >= 4 && starter.name == "sh" && starter.command?.count == 3)
      #expect(starter.reason?.hasPrefix("by the entrypoint of container poller: sh -c while") == true, "\(starter)")
      #expect(starter.reason?.hasSuffix("Compose project shop") == true)
    }
  }

  @Test func `a container that came and went within the window has its name`() throws {
    let lab = try DockerLab()
    defer { lab.stop() }
    let server = try lab.outside.start([
      "python3", "-u", "-m", "http.server", "8000", "--bind", lab.far, "--directory", "/run/lab",
    ])
    let fetch = "until wget -q -t 1 -T 5 -O /dev/null http://\(lab.far):8000/traffic.py; do :; done"
    let trace = try Headwater(machine: lab.host).start("trace", ":8000", "--json", "--for", Headwater.untilEnded)
    try lab.host.output(of: [
      "docker", "run", "--rm", "--name", "brief", "--volume", "/usr:/usr:ro", "--label", "team=shop", "base", "sh",
      "-c", fetch,
    ])
    let document = try trace.end().document()
    server.stop()
    let chain = try #require(
      document.chains.first { $0.hops.last?.process?.name == "wget" }, "\(document.chains.map(\.source.summary))")
    let container = try #require(chain.hops.last?.container)
    #expect(container.name == "brief" && container.reason == nil && container.labels?["team"] == "shop", "\(container)")
  }
}
