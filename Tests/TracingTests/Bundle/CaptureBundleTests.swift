import AddressSets
import Bundles
import Flows
import LinuxSystem
import Testing
import Tracing

/// Captures among the evidence of a bundle.
@Suite struct CaptureBundleTests {
  /// On 10.0.0.2: it asks for a name, connects there and gets 1000 bytes, and a client from outside connects to it.
  private static let capture: [UInt8] = {
    var capture = PastedCapture()
    capture.udp("10.0.0.2:5353", "10.0.0.53:53", [0])
    capture.udp("10.0.0.53:53", "10.0.0.2:5353", PastedCapture.answer("api.example.org", "192.0.2.80"))
    capture.tcp("10.0.0.2:40000", "192.0.2.80:443", flags: 2)
    capture.tcp("192.0.2.80:443", "10.0.0.2:40000", flags: 18)
    capture.tcp("10.0.0.2:40000", "192.0.2.80:443", PastedCapture.hello("api.example.org"))
    capture.tcp("192.0.2.80:443", "10.0.0.2:40000", [UInt8](repeating: 1, count: 1000))
    capture.tcp("198.51.100.7:50000", "10.0.0.2:8443", flags: 2)
    capture.tcp("10.0.0.2:8443", "198.51.100.7:50000", [UInt8](repeating: 1, count: 500))
    return capture.bytes
  }()
  private static let addresses = "eth0             UP             10.0.0.2/24 fe80::1/64\n"
  private static let sockets = """
    Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process
    tcp   ESTAB  0      0      10.0.0.2:40000     192.0.2.80:443    users:(("crawler",pid=77,fd=5))

    """

  private func vantage(_ files: [String: [UInt8]]) throws -> (BundleFolder, BundleVantage) {
    let folder = try BundleFolder()
    for (name, content) in files { try folder.write(name, content) }
    let vantages = try EvidenceBundle(reading: folder.path).vantages
    return (folder, try #require(vantages.first))
  }

  private func row(_ interval: Interval, _ text: String) throws -> FlowTraffic {
    try #require(interval.flows.first { "\($0.flow)" == text })
  }

  @Test func `a capture gives flows with bytes each way, within its window`() async throws {
    let (_, vantage) = try vantage(["web/eth0.pcap": Self.capture, "web/ip.txt": Array(Self.addresses.utf8)])
    let interval = try await vantage.measure(seconds: 1)
    #expect(interval.seconds == 7 && interval.started == "2025-04-20T14:57:17Z")
    #expect(interval.flows.count == 3 && vantage.recognised.map(\.kind).contains("pcap"))
    let own = try row(interval, "tcp 10.0.0.2:40000 -> 192.0.2.80:443")
    // IP and TCP headers have 20 bytes each.
    let hello = UInt64(PastedCapture.hello("api.example.org").count)
    #expect(
      own.role == .initiator && own.traffic == Traffic(bytesIn: 1080, bytesOut: 80 + hello, packetsIn: 2, packetsOut: 2)
    )
    #expect(own.owner.reason?.contains("collect ss -tunap") == true)
    let served = try row(interval, "tcp 10.0.0.2:8443 -> 198.51.100.7:50000")
    #expect(served.role == .responder && served.traffic.bytesOut == 540 && served.traffic.bytesIn == 40)
    #expect(try row(interval, "udp 10.0.0.2:5353 -> 10.0.0.53:53").role == .initiator)
  }

  @Test func `names and answers go with the interval, each with its place`() async throws {
    let (_, vantage) = try vantage(["web/eth0.pcap": Self.capture])
    let interval = try await vantage.measure(seconds: 1)
    let host = try #require(try await vantage.inventory().namespaces.first { $0.isHost })
    let name = try #require(interval.names?.first)
    #expect(
      interval.names?.count == 1 && name.name == "api.example.org" && name.kind == .tls && name.namespace == host.id)
    #expect("\(name.flow)" == "tcp 10.0.0.2:40000 -> 192.0.2.80:443" && name.time == 1_745_161_041)
    #expect(interval.answers?.map(\.question) == ["api.example.org"] && interval.answers?.first?.namespace == host.id)
    // Nobody listed the host's addresses; one takes part in all conversations.
    #expect(host.owns(.v4(0x0A00_0002)))
    #expect(try row(interval, "tcp 10.0.0.2:40000 -> 192.0.2.80:443").role == .initiator)
  }

  @Test func `the trace names the file, the first packet, and how to see them`() async throws {
    let (folder, vantage) = try vantage([
      "web/eth0.pcap": Self.capture, "web/ip.txt": Array(Self.addresses.utf8), "web/ss.txt": Array(Self.sockets.utf8),
    ])
    let document = try await Tracer(vantage).trace("192.0.2.80", seconds: 1, sets: AddressSets()).document
    let chain = try #require(document.chains.first)
    #expect(chain.source.name == "crawler" && chain.bytes > 1000 && document.seconds == 7)
    let evidence = try #require(chain.hops.flatMap(\.evidence).first { $0.source == "capture" })
    #expect(
      evidence.detail.hasPrefix("web/eth0.pcap: packet 3 is the first of 4 between 10.0.0.2:40000 and 192.0.2.80:443"))
    #expect(
      evidence.command
        == "tcpdump -nr \(folder.path)/web/eth0.pcap 'tcp and host 10.0.0.2 and host 192.0.2.80 and port 40000 and port 443'"
    )
  }

  @Test func `a capture in a container's folder is the container's`() async throws {
    let (_, vantage) = try vantage(["web/containers/app/eth0.pcap": Self.capture])
    let interval = try await vantage.measure(seconds: 1)
    #expect(interval.flows.count == 3 && interval.flows.allSatisfy { $0.namespaceName == "container app" })
    #expect(interval.names?.first?.namespace == interval.flows.first?.namespace)
  }

  @Test func `two captures of one place count a packet once, and what came later is added`() async throws {
    var later = PastedCapture(from: 1_745_162_000)
    later.tcp("192.0.2.80:443", "10.0.0.2:40000", [UInt8](repeating: 1, count: 60))
    let (_, vantage) = try vantage([
      "web/a.pcap": Self.capture, "web/b.pcap": Self.capture, "web/c.pcap": later.bytes,
      "web/ip.txt": Array(Self.addresses.utf8),
    ])
    let interval = try await vantage.measure(seconds: 1)
    #expect(interval.flows.count == 3)
    #expect(try row(interval, "tcp 10.0.0.2:40000 -> 192.0.2.80:443").traffic.bytesIn == 1180)
  }

  @Test func `a cut capture is used up to its end, and that is said`() async throws {
    let (_, vantage) = try vantage([
      "web/eth0.pcap": Array(Self.capture.dropLast(100)), "web/ip.txt": Array(Self.addresses.utf8),
    ])
    #expect(vantage.notes.contains { $0.contains("after packet 7") && $0.hasPrefix("web/eth0.pcap:") })
    #expect(try await vantage.measure(seconds: 1).flows.count == 3)
  }

  @Test func `what other outputs counted stays, and then there is no rate`() async throws {
    let tracked =
      "tcp 6 100 ESTABLISHED src=10.0.0.2 dst=192.0.2.80 sport=40000 dport=443 packets=9 bytes=9000 src=192.0.2.80 "
      + "dst=10.0.0.2 sport=443 dport=40000 packets=8 bytes=80000 [ASSURED] mark=0 use=1\n"
    let (_, vantage) = try vantage([
      "web/eth0.pcap": Self.capture, "web/ip.txt": Array(Self.addresses.utf8), "web/conntrack.txt": Array(tracked.utf8),
    ])
    let interval = try await vantage.measure(seconds: 1)
    #expect(try row(interval, "tcp 10.0.0.2:40000 -> 192.0.2.80:443").traffic.bytesIn == 80_000)
    #expect(interval.seconds == 0 && interval.flows.count == 3)
  }

  @Test func `one compressed capture alone is a bundle`() async throws {
    let folder = try BundleFolder()
    try folder.write("eth0.pcap.gz", try Gzip.compress(Self.capture))
    let vantage = try #require(try EvidenceBundle(reading: "\(folder.path)/eth0.pcap.gz").vantages.first)
    #expect(try await vantage.measure(seconds: 1).flows.count == 3)
  }

  @Test func `a capture with directions tells which end is the host's`() async throws {
    var capture = PastedCapture(host: "10.0.0.2")
    capture.tcp("198.51.100.7:50000", "10.0.0.2:8443", flags: 2)
    capture.tcp("10.0.0.2:8443", "198.51.100.7:50000", flags: 18)
    let (_, vantage) = try vantage(["web/any.pcap": capture.bytes])
    #expect(
      try row(try await vantage.measure(seconds: 1), "tcp 10.0.0.2:8443 -> 198.51.100.7:50000").role == .responder)
    // Without them either end could be.
    var silent = PastedCapture()
    silent.tcp("198.51.100.7:50000", "10.0.0.2:8443", flags: 2)
    let (_, other) = try self.vantage(["web/eth0.pcap": silent.bytes])
    let passing = try row(try await other.measure(seconds: 1), "tcp 198.51.100.7:50000 -> 10.0.0.2:8443")
    #expect(try await other.measure(seconds: 1).notes.contains { $0.contains("does not say which end") })
    #expect(passing.role == .forwarded && passing.owner.reason?.contains("collect ip address") == true)
  }
}
