import Foundation
import Lab
import Testing

@Suite(.requires(StoryB.requirements), .serialized) struct StoryBTests {
  @Test func `the polled site's log gets a line per second, from the edge's addresses alone`() throws {
    let story = try StoryB()
    defer { story.stop() }
    let before = try Self.polls(story).count
    let began = ContinuousClock.now
    try waitUntil("six more lines", timeout: .seconds(90), every: 50_000) { try Self.polls(story).count >= before + 6 }
    let seconds = Double((ContinuousClock.now - began).components.seconds)
    // A busy machine is late, and then makes up for a second or two.
    #expect(seconds >= 2, "six lines in \(seconds) s")
    // [21/Nov/2026:19:12:01 +0000] - 200 200 - GET https git.example.com "/api/…" [Client 172.68.22.5] …
    let line = try #require(try Self.polls(story).last)
    let edge = story.settings.edgeSources.first { line.contains("[Client \($0)]") }
    #expect(edge != nil, "\(line)")
    #expect(line.contains(#"] - 200 200 - GET https git.example.com "/api/v1/repos/alice/tools/commits" [Client "#))
    #expect(line.contains(#"[Length 2300] [Gzip -] [Sent-to git] "autospy/1.0" "-""#), "\(line)")
    // Nobody is in the log by their own address, not even the people.
    let lines = try story.settings.sites.flatMap { try story.proxy.log(of: $0.id) }
    #expect(lines.allSatisfy { line in story.settings.edgeSources.contains { line.contains("[Client \($0)]") } })
    #expect(lines.contains { $0.contains("Mozilla/5.0") } && lines.contains { $0.contains(#""mirror/1.0""#) })
    #expect(try story.neighbour.logs().split(separator: "\n") == [#"{"ready": true}"#])
  }

  @Test func `names, period and the upstream's form can be chosen`() throws {
    var settings = StoryB.Settings()
    settings.sites = [.init(id: 3, name: "code.example.net", upstream: "forge", port: 8000)]
    (settings.poller, settings.path, settings.period, settings.people) = ("watcher", "/", 0.5, 0)
    (settings.namesUpstreams, settings.edgeKeepsConnections, settings.neighbourPeriod) = (false, false, 60)
    settings.network = "172.28.5.0/24"
    let story = try StoryB(settings)
    defer { story.stop() }
    let before = try story.proxy.log(of: 3).count
    try waitUntil("ten more lines", timeout: .seconds(60), every: 50_000) {
      try story.proxy.log(of: 3).count >= before + 10
    }
    let line = try #require(try story.proxy.log(of: 3).last)
    #expect(line.contains(#"[Sent-to 172.28.5.3] "watcher/1.0""#), "\(line)")
  }

  private static func polls(_ story: StoryB) throws -> [String] {
    try story.proxy.log(of: 10).filter { $0.contains("autospy/1.0") }
  }
}
