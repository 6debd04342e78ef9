import Documents
import Flows
import Foundation
import Lab
import Testing

/// A host that falls silent, or ends the conversation, while it counts.
@Suite(.requires(StoryA.requirements + [.built("headwater")]), .serialized)
struct HostFaultTests {
  enum Fault: String, CaseIterable, Sendable {
    case frozenProbe = "its probe is stopped"
    case frozenSession = "its sshd is stopped"
    case killedProbe = "its probe is killed"
    case droppedPackets = "its packets are dropped"
    case resetConnection = "its connection is reset"
  }

  private func make(_ fault: Fault, on server: SSHServer) throws {
    // Brackets: pgrep would find itself, or the shell that runs it.
    func end(_ pattern: String, _ signal: String) throws {
      try server.host.output(of: ["pkill", "-\(signal)", "-f", pattern])
    }
    switch fault {
    case .frozenProbe: try end("headwater-prob[e]-", "STOP")
    case .killedProbe: try end("headwater-prob[e]-", "KILL")
    case .frozenSession: try end("sshd.*: roo[t]", "STOP")
    case .droppedPackets: try server.drop()
    case .resetConnection: try server.reset()
    }
  }

  /// A trace of which `server` drops out while all count.
  private func trace(_ story: StoryA, _ fault: Fault, on server: SSHServer) throws -> (
    document: TraceDocument, result: CommandResult, took: Duration
  ) {
    let process = try story.start(["trace", ":3129", "--json", "--for", "10"])
    let begin = ContinuousClock.now
    try story.knock(.bulk(bytes: 500_000))
    try make(fault, on: server)
    let result = try process.wait(timeout: .seconds(60))
    return (try Headwater.decode(TraceDocument.self, result), result, ContinuousClock.now - begin)
  }

  @Test(arguments: Fault.allCases) func `the node costs only its own part when`(_ fault: Fault) throws {
    let story = try StoryA()
    defer { story.stop() }
    let (document, result, took) = try trace(story, fault, on: story.node)
    #expect(result.status == 4, "\(result.stderr)")
    #expect(result.stderr.contains("headwater: tke: "), "\(result.stderr)")
    for name in ["s750", "tke2"] { #expect(!result.stderr.contains("headwater: \(name): "), "\(result.stderr)") }
    // The window, the ten seconds for a question once, and some for a busy machine.
    #expect(took < .seconds(60), "\(took)")
    let chain = try #require(document.chains.first)
    #expect(chain.hops.map(\.kind).prefix(6) == [.socket, .host, .nat, .container, .nat, .tunnel], "\(chain)")
    if chain.hops.count == 6 {
      #expect(chain.source.kind == .vpnClient && chain.source.name == "tke-node1")
      #expect(chain.hops.last?.reason?.contains("tke (") == true, "\(String(describing: chain.hops.last?.reason))")
    } else {
      // What it had counted arrived before the connection was missed, and what its proxy did is a part of that.
      #expect([.droppedPackets, .resetConnection].contains(fault), "\(chain)")
      #expect(chain.source.name == "198.51.100.77", "\(chain)")
      #expect(chain.hops.last?.reason?.hasPrefix("tke stopped answering (") == true, "\(chain)")
    }
    #expect(chain.bytes > 500_000 && chain.share > 0.95)
  }

  @Test(arguments: [Fault.frozenProbe, .droppedPackets])
  func `the Docker host takes those behind it along when`(_ fault: Fault) throws {
    let story = try StoryA()
    defer { story.stop() }
    let (document, result, took) = try trace(story, fault, on: story.dockerHost)
    #expect(result.status == 4, "\(result.stderr)")
    #expect(result.stderr.contains("headwater: s750: "), "\(result.stderr)")
    // The node is reached through it: its probe alone is no part of that way.
    #expect(result.stderr.contains("headwater: tke: ") == (fault == .droppedPackets), "\(result.stderr)")
    #expect(took < .seconds(60), "\(took)")
    let chain = try #require(document.chains.first { $0.hops.first?.kind == .socket }, "\(document.chains)")
    #expect(chain.hops.first?.process?.name.hasPrefix("python3") == true)
    #expect(chain.hops[1].host == "s750")
    if chain.hops.map(\.kind) == [.socket, .host, .external] {
      #expect(chain.hops[1].certainty == .unknown, "\(chain)")
      #expect(chain.hops[1].reason?.contains("stopped answering") == true, "\(chain.hops[1])")
      #expect(chain.source.name == "10.0.7.248")
    } else {
      // What it had counted arrived, with the translations that it had seen.
      #expect(fault == .droppedPackets && chain.source.name == "198.51.100.77", "\(chain)")
      #expect(chain.hops.filter { $0.kind == .nat }.count == 2, "\(chain)")
    }
  }

  @Test func `a host that falls silent before anything is measured is named, and not waited for twice`() throws {
    let story = try StoryA()
    defer { story.stop() }
    // The connection and the probe's file are there for the second command, and its probe freezes at once.
    _ = try story.trace(":3129")
    let watch = try story.cloud.node.start([
      "sh", "-c", "while :; do pkill -STOP -f headwater-prob[e]-; done",
    ])
    defer { watch.stop() }
    let begin = ContinuousClock.now
    let (document, result) = try story.trace(":3129")
    #expect(ContinuousClock.now - begin < .seconds(90))
    #expect(result.status == 4 && result.stderr.contains("headwater: tke: "), "\(result.stderr)")
    #expect(document.chains.first?.source.name == "tke-node1")
  }
}
