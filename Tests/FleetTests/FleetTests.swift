import Fleet
import Foundation
import LinuxSystem
import Testing

@Suite struct FleetTests {
  /// Says something to the probe and hears it back.
  private func converse(_ connection: ProbeConnection) throws {
    guard let reading = connection.takeOutput(), let writing = connection.takeInput() else { throw Unexpected() }
    let output = FileHandle(fileDescriptor: reading.number, closeOnDealloc: false)
    let input = FileHandle(fileDescriptor: writing.number, closeOnDealloc: false)
    try input.write(contentsOf: Data("one\n".utf8))
    var text = ""
    while text.split(separator: "\n").count < 2 {
      let more = output.availableData
      if more.isEmpty { break }
      text += String(decoding: more, as: UTF8.self)
    }
    #expect(text == "{\"hello\":1}\nsaid one\n")
  }

  @Test func `the probe is copied once, and its own first line is not swallowed`() async throws {
    let stand = try StandIn(size: 3_000_000)
    for isFirst in [true, false] {
      let outcome = try #require(await stand.fleet(["a"]).connect().first)
      let connection = try outcome.result.get()
      #expect(connection.start.isCopied == isFirst)
      #expect(connection.start.place == stand.folder + "/homes/a/.cache/headwater")
      #expect(connection.start.check == .digest)
      try converse(connection)
    }
    let folder = stand.folder + "/homes/a/.cache/headwater"
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder)
        == ["headwater-probe-" + stand.probe.digest.hexadecimal])
    #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
  }

  @Test func `a home folder that does not exist is not made, and that is said`() async throws {
    let stand = try StandIn(before: #"HOME=$HOME/missing; export HOME"#)
    let connection = try #require(await stand.fleet(["a"]).connect().first).result.get()
    #expect(connection.start.place.hasPrefix(stand.folder + "/homes/a/tmp/headwater-"), "\(connection.start)")
    #expect(connection.start.notes.contains { $0.hasPrefix("there is no home folder ") }, "\(connection.start)")
    #expect(!FileManager.default.fileExists(atPath: stand.folder + "/homes/a/missing"))
    try converse(connection)
  }

  @Test func `a probe that was changed there is replaced`() async throws {
    let stand = try StandIn()
    _ = try await stand.fleet(["a"]).connect().first?.result.get()
    let path = stand.folder + "/homes/a/.cache/headwater/headwater-probe-" + stand.probe.digest.hexadecimal
    try "#!/bin/sh\necho bad\n".write(toFile: path, atomically: false, encoding: .utf8)
    let connection = try #require(await stand.fleet(["a"]).connect().first).result.get()
    #expect(connection.start.isCopied)
    try converse(connection)
  }

  @Test func `one that hangs, one that talks without end and one that fails cost the others nothing`() async throws {
    let stand = try StandIn(
      before: """
        case $host in
          hang) exec sleep 600;;
          chatter) exec yes;;
          refused) echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255;;
          cut) echo headwater-need arch=any uid=0 number=1 place=/; exit 255;;
          strange) echo "sh: exec: not found" >&2; exit 127;;
          motd) echo Welcome; echo "headwater-start nonsense";;
        esac
        """)
    stand.client.limits.start = 6
    let begin = ContinuousClock.now
    let outcomes = try await stand.fleet(["hang", "a", "chatter", "refused", "cut", "strange", "motd", "b"]).connect()
    // Those that hang, and talk, do so for ever; how busy this machine is decides how far above the limit it was.
    #expect(ContinuousClock.now - begin < .seconds(40))
    let codes = outcomes.map { outcome -> HostError.Code? in
      guard case .failure(let error) = outcome.result else { return nil }
      #expect(error.host == outcome.host.name)
      return error.code
    }
    #expect(codes == [.timedOut, nil, .notStarted, .refused, .brokenOff, .notStarted, nil, nil])
    for name in ["a", "motd", "b"] {
      try converse(#require(outcomes.first { $0.host.name == name }).result.get())
    }
    // The others were done before the one that hangs was given up, and all that did not get so far failed at once.
    let slowest = outcomes.max { $0.seconds < $1.seconds }
    #expect(slowest?.host.name == "hang", "\(outcomes.map { ($0.host.name, $0.seconds) })")
    // A connection that stands still is closed, so that the next command makes a new one.
    #expect(try String(contentsOfFile: stand.folder + "/closed", encoding: .utf8).contains("hang"))
  }

  /// Hosts where a user without rights logs in, and sudo never answers; `plain` has no `timeout` either.
  private func withHangingSudo() throws -> StandIn {
    let stand = try StandIn(
      before: """
        mkdir -p "$HOME/bin"
        printf '#!/bin/sh\\necho 1000\\n' >"$HOME/bin/id"
        printf '#!/bin/sh\\nexec sleep 600\\n' >"$HOME/bin/sudo"
        chmod 755 "$HOME/bin/id" "$HOME/bin/sudo"
        case $host in plain) printf '#!/bin/sh\\nexit 127\\n' >"$HOME/bin/timeout"; chmod 755 "$HOME/bin/timeout";; esac
        PATH=$HOME/bin:$PATH; export PATH
        """)
    return stand
  }

  @Test func `a sudo that hangs costs its rights and some seconds, not the host`() async throws {
    let stand = try withHangingSudo()
    stand.client.limits.start = 30
    let connection = try #require(await stand.fleet(["a"]).connect().first).result.get()
    #expect(connection.start.privileges == .user, "\(connection.start)")
    #expect(connection.start.notes.contains { $0.contains("sudo -n did not answer within 5 s") }, "\(connection.start)")
    try converse(connection)
  }

  @Test func `where nothing ends a sudo that hangs, the host is given up in time`() async throws {
    let stand = try withHangingSudo()
    stand.client.limits.start = 3
    let outcome = try #require(await stand.fleet(["plain"]).connect().first)
    guard case .failure(let error) = outcome.result else {
      Issue.record("\(outcome)")
      return
    }
    #expect(error.code == .timedOut, "\(error)")
  }

  @Test func `two hundred hosts are connected to, a few at a time`() async throws {
    let stand = try StandIn()
    let names = (0..<200).map { "h\($0)" }
    let begin = ContinuousClock.now
    let outcomes = try await stand.fleet(names).connect()
    let took = ContinuousClock.now - begin
    #expect(outcomes.map(\.host.name) == names)
    #expect(outcomes.allSatisfy { (try? $0.result.get().start.isCopied) == true })
    #expect(took < .seconds(60), "\(took)")
    outcomes.forEach { try? $0.result.get().end() }
  }

  @Test func `a cancelled task ends its programs and says so`() async throws {
    let stand = try StandIn(before: "echo $$ >>\"$HOME/pid\"; exec sleep 60")
    stand.client.limits.start = 30
    let fleet = try stand.fleet(["a", "b"])
    let task = Task { await fleet.connect() }
    let files = ["a", "b"].map { stand.folder + "/homes/\($0)/pid" }
    while !files.allSatisfy({ ((try? String(contentsOfFile: $0, encoding: .utf8)) ?? "").hasSuffix("\n") }) {
      try await Task.sleep(for: .milliseconds(5))
    }
    let begin = ContinuousClock.now
    task.cancel()
    let outcomes = await task.value
    // Not after the thirty seconds that a start may take.
    #expect(ContinuousClock.now - begin < .seconds(20))
    for outcome in outcomes {
      guard case .failure(let error) = outcome.result else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(error.code == .cancelled)
    }
    for file in files {
      let pid = try #require(Int32(String(contentsOfFile: file, encoding: .utf8).dropLast()))
      // Reaped: not even a zombie is left.
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
    }
  }

  @Test func `why a conversation broke off is said`() async throws {
    let stand = try StandIn()
    let connection = try #require(await stand.fleet(["a"]).connect().first).result.get()
    guard let reading = connection.takeOutput(), let writing = connection.takeInput() else { throw Unexpected() }
    try FileHandle(fileDescriptor: writing.number, closeOnDealloc: false).write(contentsOf: Data("break\n".utf8))
    let said = try reading.readToEnd()
    #expect(String(decoding: said, as: UTF8.self) == "{\"hello\":1}\n")
    let failure = connection.failure()
    #expect(failure.code == .brokenOff && failure.host == "a" && failure.detail.contains("Broken pipe"), "\(failure)")
  }

  @Test func `a probe for another machine is refused before it is sent`() async throws {
    let stand = try StandIn()
    let path = stand.folder + "/elf"
    // e_machine = EM_AARCH64 on x86_64, and the other way round
    var elf = [UInt8](repeating: 0, count: 64)
    elf.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
    #if arch(x86_64)
      elf[18] = 183
    #else
      elf[18] = 62
    #endif
    try Data(elf).write(to: URL(fileURLWithPath: path))
    let fleet = Fleet(try stand.fleet(["a"]).hosts, client: stand.client, probes: [try ProbeFile(path)])
    guard case .failure(let error) = try #require(await fleet.connect().first).result else { throw Unexpected() }
    #expect(error.code == .unsupported)
  }

  @Test func `forgetting removes the probe and its folder`() async throws {
    let stand = try StandIn()
    let fleet = try stand.fleet(["a"])
    _ = try await fleet.connect().first?.result.get()
    #expect(try await fleet.forget(fleet.hosts[0]).get() == 1)
    #expect(!FileManager.default.fileExists(atPath: stand.folder + "/homes/a/.cache/headwater"))
    #expect(try await fleet.forget(fleet.hosts[0]).get() == 0)
  }

  @Test func `a broken copy is not run`() async throws {
    // What arrives is not what was sent.
    let stand = try StandIn(before: #"sed -u s/said/paid/ | exec sh -c "$last"; exit $?"#)
    guard case .failure(let error) = try #require(await stand.fleet(["a"]).connect().first).result else {
      throw Unexpected()
    }
    #expect(error.code == .noPlace && error.detail.contains("not what was sent"), "\(error)")
    let left = try FileManager.default.contentsOfDirectory(atPath: stand.folder + "/homes/a/.cache/headwater")
    #expect(left.isEmpty)
  }

  @Test func `sockets of open connections lie in a folder that is this user's alone`() throws {
    let stand = try StandIn()
    let folder = stand.folder + "/run/headwater"
    #expect(stand.client.controlFolder == folder)
    let host = try stand.fleet(["a"]).hosts[0]
    #expect(stand.client.command(host, remote: "x").contains("ControlPath=\(stand.client.controlPath(host) ?? "")"))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    let other = SSHClient(environment: ["XDG_RUNTIME_DIR": stand.folder + "/run"])
    #expect(other.controlFolder != folder)
  }

  private struct Unexpected: Error {}
}
