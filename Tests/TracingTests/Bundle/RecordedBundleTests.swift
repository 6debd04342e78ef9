import AddressSets
import Bundles
import Flows
import Foundation
import Programs
import Questions
import Testing
import TestNumbers
import Tracing

@Suite struct RecordedBundleTests {
  @Test func `what was recorded gives the same chain elsewhere, without what is secret`() async throws {
    // The Docker host's pasted outputs stand in for a live host.
    let folder = try BundleFolder(PastedStory.dockerHost)
    let live = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let recorder = RecordingVantage(live)
    let first = try await Tracer(recorder).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets())
    var interval = first.interval
    interval.flows[0].owner.process = Process(pid: 7, name: "app", command: ["app", "--password", "SEKRET"])
    var inventory = first.inventory
    inventory.containers[0].container.labels = ["com.docker.compose.project": "shop", "db": "SEKRET"]
    let record = BundleRecord(
      inventory: inventory, interval: interval, answers: await recorder.answers, sockets: [],
      files: [
        CollectedFile(
          container: "openvpn", path: "/etc/openvpn/server.conf",
          content: EvidenceText(Array("dev tun\n<key>\nSEKRET\n</key>\n".utf8), kind: .openvpn).content)
      ])
    let file = "\(folder.path)/out.tgz"
    try Data(record.archive()).write(to: URL(fileURLWithPath: file))
    let again = try #require(try EvidenceBundle(reading: file).vantages.first)
    let second = try await Tracer(again).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets())
    #expect(second.document.chains.map(\.source) == first.document.chains.map(\.source))
    #expect(second.document.chains.first?.hops.map(\.kind) == first.document.chains.first?.hops.map(\.kind))
    #expect(second.document.chains.first?.hops.last?.tunnel?.client == "tke-node1" && again.host == "s750")
    let kept = try await again.inventory().containers.first?.container.labels
    #expect(kept == ["com.docker.compose.project": "shop"])
    #expect(try await again.measure(seconds: 1).flows[0].owner.process?.command == ["app", "--password", "(left-out)"])
  }

  /// `before-0.2/gate` was recorded by the last version that wrote `headwater.answers/1`, on a host of its own: HAProxy between
  /// 203.0.113.77 and 10.8.1.3:3129, and a translated flow of the same client to port 4000. Flows of other hosts that shared
  /// the kernel were taken out of its interval.
  @Test func `a bundle from before 0.2 gives the chains that it gave then`() async throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("before-0.2").path
    let vantage = try #require(try EvidenceBundle(reading: folder).vantages.first)
    #expect(vantage.host == "gate" && vantage.notes.isEmpty, "\(vantage.notes)")
    let relayed = try await Tracer(vantage).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document
    let chain = try #require(relayed.chains.first)
    #expect(relayed.chains.count == 1 && chain.source.name == "203.0.113.77", "\(relayed.chains)")
    #expect(chain.hops.map(\.kind) == [.socket, .relay, .external])
    let relay = chain.hops.first { $0.kind == .relay }?.relay
    #expect(
      relay?.software == "haproxy" && relay?.configuration == "/run/haproxy.cfg:12" && relay?.backend == "service")
    let translated = try await Tracer(vantage).trace("10.8.1.3:4000", seconds: 1, sets: AddressSets()).document
    #expect(translated.chains.map(\.source.name) == ["203.0.113.77"])
    #expect(translated.chains.first?.hops.map(\.kind) == [.nat, .external])
    #expect(relayed.coverage.unknown == 0 && translated.coverage.unknown == 0)
  }

  /// A live host that refuses to look up translations.
  private struct Refusing: Vantage {
    let other: any Vantage
    var host: String { other.host }

    func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
      guard question is TranslationQuestion else { return try await other.ask(question) }
      throw VantageError(.denied, host: host, "\(question)", cause: "connection tracking was denied (CAP_NET_ADMIN)")
    }
  }

  @Test func `a question that was refused is refused by the bundle for the same reason`() async throws {
    let folder = try BundleFolder(PastedStory.dockerHost)
    let live = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let recorder = RecordingVantage(Refusing(other: live))
    let first = try await Tracer(recorder).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets())
    let place = try #require(first.interval.flows.first).namespace
    let asked = Flow(.tcp, from: try #require(Endpoint("192.0.2.1:1")), to: try #require(Endpoint("192.0.2.2:2")))
    await #expect(throws: VantageError.self) { _ = try await recorder.translation(of: asked, in: place) }
    let record = BundleRecord(
      inventory: first.inventory, interval: first.interval, answers: await recorder.answers, sockets: [], files: [])
    let file = "\(folder.path)/out.tgz"
    try Data(record.archive()).write(to: URL(fileURLWithPath: file))
    let again = try #require(try EvidenceBundle(reading: file).vantages.first)
    #expect(!again.notes.contains { $0.contains("answers.json") }, "\(again.notes)")
    // Also of a flow that nobody asked for, in the same place; nothing is known of another place.
    let (near, far) = (try #require(Endpoint("[2001:db8::1]:3")), try #require(Endpoint("[2001:db8::2]:4")))
    let other = Flow(.tcp, from: near, to: far)
    let denied = "connection tracking was denied (CAP_NET_ADMIN)"
    for (flow, place, cause) in [
      (asked, place, denied),
      (other, place, "this flow was not looked up when the bundle was made; others there were refused: \(denied)"),
      (asked, Place(namespace: 5), "the bundle has no answer to this question"),
    ] {
      let refused = await #expect(throws: VantageError.self) { _ = try await again.translation(of: flow, in: place) }
      #expect(refused?.cause == cause && (refused?.code == .denied) == cause.contains("denied"))
    }
    let second = try await Tracer(again).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document
    #expect(!second.coverage.reasons.contains { $0.contains("the bundle has no answer") }, "\(second.coverage.reasons)")
  }

  /// A record of a host whose answers are `json`.
  private func recorded(_ json: String, without: String? = nil) async throws -> BundleVantage {
    let story = try BundleFolder(PastedStory.dockerHost)
    let live = try #require(try EvidenceBundle(reading: story.path).vantages.first)
    let encoder = JSONEncoder()
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var files = [
      "db/host.json": #"{"name": "db"}"#, "db/inventory.json": try text(try await live.inventory()),
      "db/interval.json": try text(try await live.measure(seconds: 1)), "db/answers.json": json,
      "db/sockets.json": "[]",
    ]
    if let without { files["db/\(without)"] = "{\"torn\": " }
    let folder = try BundleFolder(files)
    return try #require(try EvidenceBundle(reading: folder.path).vantages.first)
  }

  @Test(arguments: [
    (#"{"schema": "headwater.answers/2", "answers": [], "refused": {"x": 1}}"#, "refused questions is no list"),
    (#"{"schema": "headwater.answers/2", "answers": [], "refused": "none"}"#, "refused questions is no list"),
    (#"{"schema": "headwater.answers/2", "answers": [], "refused": [5, {"cause": "x"}]}"#, "2 of its 2 refusals"),
    (#"{"schema": "headwater.answers/2", "answers": [1, {"question": 5}]}"#, "2 of its 2 answers"),
    (
      #"{"schema": "headwater.answers/2", "answers": [{"question": {"ask": "translation"}, "answers": [7]}]}"#,
      "1 of its answers cannot be read"
    ), (#"{"schema": "headwater.answers/2", "answers": 5}"#, "cannot be read"), ("[", "cannot be read"),
  ]) func `damage in a record is an error that nobody has to ask for`(_ json: String, _ words: String) async throws {
    let vantage = try await recorded(json)
    let told = vantage.remarks.filter { $0.isShown(isVerbose: false) }
    #expect(told.contains { $0.kind == .error && $0.text.contains(words) }, "\(vantage.remarks)")
    // The rest is evidence all the same.
    #expect(try await !vantage.measure(seconds: 1).flows.isEmpty)
  }

  @Test func `whole records have no errors, also without a list of refusals`() async throws {
    for json in [
      #"{"schema": "headwater.answers/2", "answers": []}"#,
      #"{"schema": "headwater.answers/2", "answers": [], "refused": []}"#,
      #"{"schema": "headwater.answers/2", "answers": [], "refused": null}"#,
    ] { #expect(try await recorded(json).remarks.filter { $0.kind == .error }.isEmpty) }
  }

  @Test func `what one flow was refused is not lent to others, unless it concerns them all`() async throws {
    let story = try BundleFolder(PastedStory.dockerHost)
    let live = try #require(try EvidenceBundle(reading: story.path).vantages.first)
    let place = try #require(try await live.measure(seconds: 1).flows.first?.namespace)
    let (near, far) = (try #require(Endpoint("192.0.2.1:1")), try #require(Endpoint("192.0.2.2:2")))
    let (asked, other) = (Flow(.tcp, from: near, to: far), Flow(.udp, from: near, to: far))
    let question = try TranslationQuestion(of: asked, in: place).wire.line
    let json =
      #"{"schema":"headwater.answers/2","answers":[],"refused":[{"question":"#
      + String(decoding: question, as: UTF8.self) + #","code":"failed","cause":"192.0.2.1:1 was torn"}]}"#
    let vantage = try await recorded(json)
    let own = await #expect(throws: VantageError.self) { _ = try await vantage.translation(of: asked, in: place) }
    #expect(own?.cause == "192.0.2.1:1 was torn" && own?.code == .failed)
    let lent = await #expect(throws: VantageError.self) { _ = try await vantage.translation(of: other, in: place) }
    #expect(lent?.cause == "the bundle has no answer to this question")
  }

  /// A live host whose every refusal names its flow.
  private struct Wordy: Vantage {
    let other: any Vantage
    var host: String { other.host }

    func ask<Q: Question>(_ question: Q) async throws -> Told<Q.Answer> {
      guard let asked = question as? TranslationQuestion else { return try await other.ask(question) }
      throw VantageError(.denied, host: host, "\(question)", cause: "\(asked.flow): not permitted")
    }
  }

  @Test func `refusals are counted by kind of question, whatever each of them says`() async throws {
    let story = try BundleFolder(PastedStory.dockerHost)
    let recorder = RecordingVantage(Wordy(other: try #require(try EvidenceBundle(reading: story.path).vantages.first)))
    let place = try #require(try await recorder.measure(seconds: 1).flows.first?.namespace)
    let far = try #require(Endpoint("[2001:db8::2]:443"))
    for port in 1...40 {
      let near = try #require(Endpoint("[2001:db8::1]:\(port)"))
      await #expect(throws: VantageError.self) {
        _ = try await recorder.translation(of: Flow(.tcp, from: near, to: far), in: place)
      }
    }
    let counts = await recorder.answers.refusalCounts
    #expect(counts.map(\.question) == ["translation"] && counts.map(\.count) == [40])
    #expect(counts.first?.causes.count == 40)
  }

  @Test func `a record that is torn is not taken for one that shows nothing`() async throws {
    let answers = #"{"schema": "headwater.answers/2", "answers": []}"#
    let sockets = try await recorded(answers, without: "sockets.json")
    let unlisted = await #expect(throws: VantageError.self) { _ = try await sockets.sockets() }
    #expect(unlisted?.cause.contains("sockets.json cannot be read") == true)
    // A host without its interval is left out, and that is said where others are there.
    var files = PastedStory.dockerHost
    files["db/host.json"] = #"{"name": "db"}"#
    files["db/interval.json"] = "{"
    let folder = try BundleFolder(files)
    let bundle = try EvidenceBundle(reading: folder.path)
    #expect(!bundle.vantages.contains { $0.host == "db" })
    #expect(bundle.notes.contains { $0.kind == .error && $0.text.contains("db is left out") }, "\(bundle.notes)")
    // A process that no record has may have been there.
    let whole = try await recorded(answers)
    await #expect(throws: VantageError.self) { _ = try await whole.process(ProcessID(pid: 31_999)) }
  }

  @Test func `what is no bundle is refused with a reason`() throws {
    let folder = try BundleFolder(["notes.txt": "we saw it again\n", "empty.txt": ""])
    #expect { try EvidenceBundle(reading: folder.path) } throws: { ($0 as? BundleError)?.code == .empty }
    #expect { try EvidenceBundle(reading: "\(folder.path)/missing") } throws: { ($0 as? BundleError)?.code == .absent }
    try folder.write("torn.tgz", "\u{1F}")
    try Data([0x1F, 0x8B, 8, 0, 0]).write(to: URL(fileURLWithPath: "\(folder.path)/torn.tgz"))
    #expect { try EvidenceBundle(reading: "\(folder.path)/torn.tgz") } throws: {
      ($0 as? BundleError)?.code == .malformed
    }
  }

  @Test func `a single pasted text is a bundle`() async throws {
    let text = try #require(PastedStory.dockerHost["s750/session.txt"])
    let folder = try BundleFolder(["incident.txt": text])
    let vantage = try #require(try EvidenceBundle(reading: "\(folder.path)/incident.txt").vantages.first)
    // The prompts name the host.
    #expect(vantage.host == "s750")
    let chain = try #require(
      try await Tracer(vantage).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document.chains.first)
    #expect(chain.source.name == "tke-node1")
  }

  @Test func `torn records and hostile texts cost only themselves`() async throws {
    var files = PastedStory.dockerHost
    files["s750/answers.json"] = "{\"schema\": 5"
    files["s750/noise.bin"] = String(decoding: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) }, as: UTF8.self)
    files["s750/loop.txt"] =
      "root@a:~# docker exec openvpn\nroot@a:~# nsenter -t x\n" + String(repeating: "src=", count: 50_000)
    let folder = try BundleFolder(files)
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let chain = try await Tracer(vantage).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document.chains.first
    #expect(chain?.source.name == "tke-node1")
    #expect(vantage.notes.contains { $0.contains("answers.json") })
  }

  @Test func `evidence that is torn or spoiled anywhere is read as far as it goes`() async throws {
    var files = PastedStory.dockerHost.merging(PastedStory.node) { first, _ in first }
    // Connections without a translation, too.
    files["s750/more.txt"] =
      "tcp 6 9 ESTABLISHED src=10.0.0.9 dst=10.0.7.248 sport=5 dport=22 src=10.0.7.248 dst=10.0.0.9 sport=22 dport=5\n"
      + "udp 17 9 src=172.16.248.22 dst=172.17.0.2 sport=5 dport=53 src=172.17.0.2 dst=172.16.248.22 sport=53 dport=5\n"
    var numbers = SeededNumbers(7)
    var chains = 0
    for _ in 0..<60 {
      let folder = try BundleFolder()
      for (name, text) in files {
        var bytes = Array(text.utf8)
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &numbers)))
        case 1:
          for _ in 0..<20 {
            bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = UInt8.random(in: 0...255, using: &numbers)
          }
        case 2:
          let start = Int.random(in: 0..<bytes.count, using: &numbers)
          bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 0..<200, using: &numbers)))
        default: break
        }
        try folder.write(name, String(decoding: bytes, as: UTF8.self))
      }
      for vantage in (try? EvidenceBundle(reading: folder.path).vantages) ?? [] {
        chains += try await Tracer(vantage).trace(nil, seconds: 1, sets: AddressSets()).document.chains.count
      }
    }
    #expect(chains > 60)
  }
}
