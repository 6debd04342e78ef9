import Documents
import Flows
import Foundation
import Lab
import Testing

/// The first story, by packets: captured on the Docker host, in the container, in the middle of the connection.
@Suite(.requires(StoryA.requirements + [.built("headwater"), .program("tcpdump")]), .serialized)
struct StoryCaptureTests {
  @Test func `the source of the bytes is the VPN's client, live and in the file`() throws {
    let story = try StoryA()
    defer { story.stop() }
    let plan = story.plan
    let stranger = try story.startKnocking(.bulk(bytes: 60_000_000, rate: 3_000_000))
    defer { stranger.process.stop() }
    try stranger.process.waitFor("\"ready\"")
    let service = "\(plan.serviceAddress):\(plan.servicePort)"
    let host = story.host(.dockerHost)
    let captured = try host.run([
      Executables.path(), "capture", service, "--in", plan.container, "--for", "3", "-o", "/tmp/t.pcapng",
    ])
    let read = try host.run([Executables.path(), "pcap", "/tmp/t.pcapng", service])
    let source = "\(story.client.address(plan.familyInside)) (VPN client \(plan.vpnClient)) is the source of"
    for result in [captured, read] {
      #expect(result.status == 0 && result.stdout.contains(source), "\(result.stdout)\(result.stderr)")
    }
    // The container has the connection at both of its interfaces, before and behind NAT.
    #expect(read.stdout.contains("count once"), "\(read.stdout)")
    let lines = try host.output(of: ["bash", "-c", "tcpdump -nr /tmp/t.pcapng 2>&1 | grep -c ' > '"])
    #expect((Int(lines.filter(\.isNumber)) ?? 0) > 100)
    if ProcessInfo.processInfo.environment["HEADWATER_SHOW"] != nil { print(captured.stdout, read.stdout) }
  }
}
