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
    for (flow, place, cause) in [
      (asked, place, "connection tracking was denied (CAP_NET_ADMIN)"),
      (other, place, "connection tracking was denied (CAP_NET_ADMIN)"),
      (asked, Place(namespace: 5), "the bundle has no answer to this question"),
    ] {
      let refused = await #expect(throws: VantageError.self) { _ = try await again.translation(of: flow, in: place) }
      #expect(refused?.cause == cause && (refused?.code == .denied) == cause.contains("denied"))
    }
    let second = try await Tracer(again).trace("10.8.1.3:3129", seconds: 1, sets: AddressSets()).document
    #expect(!second.coverage.reasons.contains { $0.contains("the bundle has no answer") }, "\(second.coverage.reasons)")
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
