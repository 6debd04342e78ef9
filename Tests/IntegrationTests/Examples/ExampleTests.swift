import Flows
import Foundation
import Glibc
import Lab
import Testing

/// The bundles in `Examples/`: what a person without any privilege learns from them.
///
/// With `HEADWATER_EXAMPLES=FOLDER` the tests that make them anew put them there, and the pages show the outputs as they are
/// then (`make examples`).
@Suite(.requires(.built("headwater")), .serialized) struct ExampleTests {
  private static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Examples").standardizedFileURL.path

  /// Makes a bundle in a folder of its own, holds it against the story, and puts it where it was asked for.
  private func make(_ name: String, _ make: (EvidenceFolder) throws -> Void, check: (String) throws -> Void) throws {
    let temporary = try TemporaryFolder()
    let folder = EvidenceFolder(path: "\(temporary.path)/\(name)")
    try make(folder)
    guard chmod(temporary.path, 0o755) == 0 else { throw LabError("chmod \(temporary.path)") }
    try check(folder.path)
    if let destination = ProcessInfo.processInfo.environment["HEADWATER_EXAMPLES"], !destination.isEmpty {
      try folder.replace("\(destination)/\(name)")
    }
  }

  @Test(.requires(StoryAExample.requirements), .timeLimit(.minutes(4)))
  func `outputs collected while the first story happens tell it`() throws {
    try make("story-a", StoryAExample.make) { path in
      try StoryAExample.check(ExampleTrace(":3129", path))
      try ExampleTrace.checkContent(path)
    }
  }

  @Test(.requires(StoryBExample.requirements), .timeLimit(.minutes(4)))
  func `outputs collected while the second story happens name its containers`() throws {
    try make("story-b", { try StoryBExample.make(in: $0) }) { path in
      try StoryBExample.check(ExampleTrace("cloudflare", path))
      try ExampleTrace.checkContent(path)
    }
  }

  @Test func `the first story's example gives its whole chain to anybody, with files and lines`() throws {
    let path = "\(Self.examples)/story-a"
    try StoryAExample.check(ExampleTrace(":3129", path))
    try ExampleTrace.checkContent(path)
  }

  @Test func `without the node's routes its tunnel still leads on`() throws {
    let temporary = try TemporaryFolder()
    guard chmod(temporary.path, 0o755) == 0 else { throw LabError("chmod \(temporary.path)") }
    let path = "\(temporary.path)/story-a"
    try EvidenceFolder(path: "\(Self.examples)/story-a").replace(path)
    try FileManager.default.removeItem(atPath: "\(path)/tke/ip-route.txt")
    try StoryAExample.check(ExampleTrace(":3129", path), hasRoutes: false)
  }

  @Test func `the second story's example names containers and nginx to anybody`() throws {
    let path = "\(Self.examples)/story-b"
    try StoryBExample.check(ExampleTrace("cloudflare", path))
    try ExampleTrace.checkContent(path)
  }

  @Test func `the page beside the examples shows what the program prints`() throws {
    let page = ExamplePage(path: "\(Self.examples)/README.md")
    let current = try page.current(in: URL(fileURLWithPath: Self.examples).deletingLastPathComponent().path)
    if ProcessInfo.processInfo.environment["HEADWATER_EXAMPLES"]?.isEmpty == false {
      try Data(current.utf8).write(to: URL(fileURLWithPath: page.path))
    }
    let said = try String(contentsOfFile: page.path, encoding: .utf8)
    #expect(said == current)
    #expect(current.contains("198.51.100.77, through haproxy on tke and openvpn client tke-node1"))
    #expect(current.contains("container autospy on polling"))
  }

  @Test(arguments: ["trace", "logs", "sets"])
  func `a command's page shows what the program prints`(command: String) throws {
    let root = URL(fileURLWithPath: Self.examples).deletingLastPathComponent().path
    let page = ExamplePage(path: "\(root)/docs/commands/\(command).md")
    let current = try page.current(in: root)
    if ProcessInfo.processInfo.environment["HEADWATER_EXAMPLES"]?.isEmpty == false {
      try Data(current.utf8).write(to: URL(fileURLWithPath: page.path))
    }
    #expect(current.contains("```console\n$ headwater \(command)"))
    #expect(try String(contentsOfFile: page.path, encoding: .utf8) == current)
  }
}
