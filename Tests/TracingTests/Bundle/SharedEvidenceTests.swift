import AddressSets
import Bundles
import Documents
import Flows
import Foundation
import Questions
import Testing
import Tracing

/// Texts and captures that people really had, with what can be concluded from each.
@Suite(.enabled(if: SharedEvidence.isThere, "needs ../shared/cases/evidence"))
struct SharedEvidenceTests {
  private func trace(_ name: String, _ target: String? = nil) async throws -> TraceDocument {
    let vantages = try EvidenceBundle(reading: SharedEvidence.folder + name).vantages
    let vantage: any Vantage =
      vantages.count == 1
      ? try #require(vantages.first) : CombinedVantage(vantages.map { .init($0, publicAddresses: [:]) })
    return try await Tracer(vantage).trace(target, seconds: 1, sets: AddressSets()).document
  }

  @Test(arguments: ["captures/midstream-any.pcap", "captures/midstream-tun0.pcap", "captures"])
  func `in the middle of a connection the client is inferred, and both legs are one`(_ name: String) async throws {
    let document = try await trace(name)
    let chain = try #require(document.chains.first)
    #expect(document.chains.count == 1 && "\(chain.source)".contains("172.16.248.22"))
    #expect(chain.destination.endpoint == Endpoint("10.8.1.3:3129"))
    #expect(chain.hops.last?.certainty != .observed)
    if name.hasSuffix("any.pcap") {
      #expect(chain.hops.contains { $0.kind == .nat && $0.translated?.source.address == IPAddress("172.17.0.2") })
    }
  }

  @Test func `the author's evidence leads to the scanner`() async throws {
    let document = try await trace("story-a-author", "10.8.1.3:3129")
    let chain = try #require(document.chains.first { $0.source.name == "198.51.100.77" })
    #expect(chain.hops.contains { $0.relay?.frontend == "qcproxy" && $0.host == "tke" })
    #expect(chain.hops.contains { $0.tunnel?.client == "tke-node1" })
    #expect(chain.hops.contains { $0.container?.name == "openvpn" })
  }

  @Test func `the story's snippets lead to the container, and say what to collect`() async throws {
    let document = try await trace("story-a-snippets")
    let chain = try #require(document.chains.first)
    #expect(chain.hops.contains { $0.container?.name == "openvpn" })
    #expect(chain.hops.first?.translated?.source == Endpoint("10.0.7.248:40142"))
    #expect(
      document.coverage.reasons.contains {
        $0.contains("qcproxy") && $0.contains("10.12.32.13:3129") && $0.contains("10.8.1.3:3129")
      })
  }

  @Test(arguments: ["netstat_de", "netstat_names", "lsof_names"])
  func `squid is named, whatever the listing`(_ name: String) async throws {
    let chain = try #require(try await trace("varied/\(name)").chains.first)
    #expect(chain.destination.process?.name == "squid" && chain.destination.process?.pid == 811)
    let client = name == "netstat_de" ? "10.0.7.248" : "s750.local"
    #expect("\(chain.source)".contains(client))
  }

  @Test func `what nethogs knows no program for is a flow`() async throws {
    let document = try await trace("varied/nethogs_t")
    #expect(
      !document.chains.isEmpty && document.chains.allSatisfy { $0.destination.endpoint == Endpoint("10.8.1.3:3129") })
  }

  @Test func `containers are named by what docker printed`() async throws {
    #expect(try await trace("varied/dockerfmt").chains.first?.hops.contains { $0.container?.name == "openvpn" } == true)
    let first = try await trace("public/01-moby-8795")
    #expect(Set(first.chains.flatMap { $0.hops.compactMap(\.container?.name) }) == ["statsd-client", "metrics"])
    let pod = try await trace("public/03-k8s-38802")
    #expect(
      pod.chains.contains { chain in
        chain.hops.contains { $0.container?.name == "xmpp-2041" } && chain.hops.contains { $0.kind == .nat }
      })
    let mail = try await trace("public/09-netscan-mail")
    #expect(mail.chains.first?.hops.contains { $0.container?.name == "api" } == true)
    let names = try await trace("public/07-liukevin-netstat")
    #expect(names.chains.contains { chain in chain.hops.contains { $0.container?.name == "nginx" } })
  }

  @Test func `a session's descriptors pair its connections`() async throws {
    let chain = try #require(try await trace("public/05-haproxy-541").chains.first)
    #expect(
      chain.source.name == "203.0.113.9" && chain.hops.contains { $0.kind == .relay && $0.certainty == .observed })
  }

  @Test func `a hidden address is no reason to be silent`() async throws {
    let document = try await trace("public/12-til-635")
    #expect(
      document.chains.contains { chain in
        chain.hops.contains { $0.process?.name == "python3" && $0.process?.pid == 11067 }
      })
  }

  @Test func `what moves now comes first`() async throws {
    let document = try await trace("varied/old-bytes-win")
    #expect(document.chains.first?.source.name == "miner-now" && document.seconds == 1)
    #expect((document.chains.first?.bytes ?? 0) > 10_000_000)
  }
}

enum SharedEvidence {
  static let folder = "../shared/cases/evidence/"
  static let isThere = FileManager.default.fileExists(atPath: folder + "truth.txt")
}
