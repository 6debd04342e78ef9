import AddressSets
import Bundles
import Documents
import Flows
import Foundation
import Questions
import Testing
import Tracing

/// Bundles that somebody changed, gave twice, or mixed.
@Suite struct UnlikelyBundleTests {
  private let target = "10.8.1.3:3129"

  /// The files of a recording of the Docker host, at `path` in a bundle, changed by `change` (file name, text).
  private func record(
    _ path: String, name: String = "s750", started: String? = nil, change: (String, String) -> String = { $1 }
  ) async throws -> [String: String] {
    let story = try BundleFolder(PastedStory.dockerHost)
    let live = try #require(try EvidenceBundle(reading: story.path).vantages.first)
    let recorder = RecordingVantage(live)
    var interval = try await Tracer(recorder).trace(target, seconds: 1, sets: AddressSets()).interval
    var inventory = try await live.inventory()
    (interval.host, inventory.host, interval.seconds) = (name, name, 1)
    for index in interval.flows.indices { interval.flows[index].traffic = Traffic(bytesIn: 1000, bytesOut: 9000) }
    if let started { interval.started = started }
    let record = BundleRecord(
      inventory: inventory, interval: interval, answers: await recorder.answers, sockets: [], files: [])
    let archive = try BundleFolder()
    try archive.write("a.tgz", try record.archive())
    let tar = Foundation.Process()
    tar.executableURL = URL(filePath: "/usr/bin/tar")
    tar.arguments = ["-xzf", "\(archive.path)/a.tgz", "-C", archive.path]
    try tar.run()
    tar.waitUntilExit()
    var files: [String: String] = [:]
    for file in ["host.json", "inventory.json", "interval.json", "answers.json", "sockets.json"] {
      let text = try String(contentsOfFile: "\(archive.path)/\(name)/\(file)", encoding: .utf8)
      files["\(path)/\(file)"] = change(file, text)
    }
    return files
  }

  private func bytes(_ bundle: EvidenceBundle, _ target: String? = nil) async throws -> UInt64 {
    let combined = CombinedVantage(bundle.vantages.map { CombinedVantage.Member($0) })
    let tracer = Tracer(combined, asksAllHosts: true)
    return try await tracer.trace(target ?? self.target, seconds: 1, sets: AddressSets()).document.coverage.bytes
  }

  @Test(arguments: ["9223372036854775808", "18446744073709551615", "-5"])
  func `a count that nothing moves is no count`(_ count: String) async throws {
    let files = try await record("s750") { file, text in
      guard file == "interval.json",
        let key = text.firstRange(of: "\"bytes_in\":") ?? text.firstRange(of: "\"bytesIn\":")
      else { return text }
      let rest = text[key.upperBound...].drop { $0.isNumber }
      return text[..<key.upperBound] + count + rest
    }
    let folder = try BundleFolder(files)
    let vantages: [BundleVantage]
    do { vantages = try EvidenceBundle(reading: folder.path).vantages } catch {
      #expect("\(error)".contains("interval.json"))
      return
    }
    #expect(vantages.allSatisfy { $0.notes.contains { $0.contains("interval.json cannot be read") } })
  }

  @Test(arguments: ["headwater.interval/1", "headwater.bundle/1", "headwater.answers/2"])
  func `a record of another schema is not read as one of this`(_ schema: String) async throws {
    let files = try await record("s750") { _, text in text.replacing(schema, with: "headwater.other/7") }
    #expect(files.values.contains { $0.contains("headwater.other/7") })
    let folder = try BundleFolder(files)
    do {
      let bundle = try EvidenceBundle(reading: folder.path)
      let notes = bundle.vantages.flatMap(\.notes)
      #expect(notes.contains { $0.contains("headwater.other/7") }, "\(notes)")
    } catch { #expect("\(error)".contains("headwater.other/7"), "\(error)") }
  }

  @Test func `one host that was recorded twice is counted once`() async throws {
    let alone = try BundleFolder(try await record("a"))
    let once = try await bytes(try EvidenceBundle(reading: alone.path))
    #expect(once > 0)
    // The same recording again, under another name, and one that is older.
    for (name, started) in [("s750", nil), ("alias", nil), ("s750", "2001-01-01T00:00:00Z")] {
      let files = try await record("a").merging(try await record("b", name: name, started: started)) { one, _ in one }
      let folder = try BundleFolder(files)
      let bundle = try EvidenceBundle(reading: folder.path)
      #expect(try await bytes(bundle) == once, "\(name) \(started ?? "")")
      #expect(bundle.vantages.count == 1 && bundle.notes.count == 1, "\(bundle.notes)")
      #expect(bundle.vantages.first?.host == "s750")
    }
  }

  @Test func `a record that lies in another host's folder is not that host's`() async throws {
    var files = try await record("alpha", name: "alpha")
    let other = try await record("beta", name: "beta")
    files["alpha/interval.json"] = other["beta/interval.json"]
    let folder = try BundleFolder(files)
    do {
      let bundle = try EvidenceBundle(reading: folder.path)
      let notes = bundle.vantages.flatMap(\.notes) + bundle.notes.map(\.text)
      #expect(notes.contains { $0.contains("of beta") }, "\(notes)")
    } catch { #expect("\(error)".contains("of beta"), "\(error)") }
  }

  @Test(arguments: [
    // One listing in which two programs hold the socket, and two listings that name one each.
    #"users:(("systemd",pid=1,fd=3),("real",pid=200,fd=3))"#, #"users:(("old",pid=100,fd=3))"#,
  ])
  func `a socket that listings give to several programs is not told as one's alone`(_ users: String) async throws {
    func listing(_ users: String) -> String {
      """
      root@a:~# ss -tnpi
      State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      ESTAB 0 0 10.0.0.1:40000 198.51.100.9:443 \(users)
      \t cubic bytes_sent:1000 bytes_acked:1000 bytes_received:5

      """
    }
    let second = users.contains("old") ? listing(#"users:(("real",pid=200,fd=3))"#) : ""
    let folder = try BundleFolder(["a/ss.txt": listing(users) + second])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let chain = try #require(
      try await Tracer(vantage).trace(":443", seconds: 1, sets: AddressSets()).document.chains.first)
    let hop = try #require(chain.hops.last)
    #expect(hop.process?.name == "real" && hop.certainty == .inferred, "\(hop)")
    #expect(hop.evidence.contains { $0.detail.contains("2 processes hold this socket") }, "\(hop.evidence)")
  }

  @Test func `the busiest traffic of a bundle is that of all its hosts`() async throws {
    func host(_ name: String, _ address: String, _ bytes: Int) -> String {
      """
      root@\(name):~# ip addr
      2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP
          inet \(address)/24 scope global eth0
      root@\(name):~# ss -tnpi
      State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
      ESTAB 0 0 \(address):40000 198.51.100.1:443 users:(("app\(name)",pid=100,fd=3))
      \t cubic bytes_sent:\(bytes) bytes_acked:\(bytes) bytes_received:5000
      """
    }
    let folder = try BundleFolder([
      "alpha/all.txt": host("alpha", "10.0.0.1", 1_000_000), "beta/all.txt": host("beta", "10.0.0.2", 7_000_000),
    ])
    let bundle = try EvidenceBundle(reading: folder.path)
    let combined = CombinedVantage(bundle.vantages.map { CombinedVantage.Member($0) })
    let all = try await Tracer(combined, asksAllHosts: true).trace(nil, seconds: 1, sets: AddressSets()).document
    #expect(all.chains.map(\.source.name) == ["appbeta", "appalpha"])
  }
}
