import Bundles
import Foundation
import Testing

/// Access logs of a bundle: long ones are not held.
@Suite struct LongLogTests {
  private static func line(_ second: Int, _ host: String = "192.0.2.1") -> String {
    let clock = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
    return
      "\(host) - - [28/Nov/2026:\(clock.joined(separator: ":")) +0000] \"GET /x HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n"
  }

  @Test func `a long log stays in its file, and a short one, or a long text of something else, does not`() throws {
    let folder = "/tmp/headwater-logs-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let long = (0..<20_000).map { Self.line($0) }.joined()
    let mixed = String(repeating: "nothing that anybody knows, again and again\n", count: 30_000) + Self.line(1)
    let texts = ["long.log": long, "short.log": Self.line(1) + Self.line(2), "mixed.txt": mixed]
    for (name, text) in texts { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
    let logs = try EvidenceBundle.logs(reading: [folder]).flatMap(\.logs)
    let first = try #require(logs.first { $0.path == "long.log" })
    #expect(first.content.isEmpty && first.file == "\(folder)/long.log")
    let second = try #require(logs.first { $0.path == "short.log" })
    #expect(!second.content.isEmpty && second.file == nil)
    #expect(!logs.contains { $0.path == "mixed.txt" && $0.file != nil })
    // One file alone is the same.
    #expect(try EvidenceBundle.logs(reading: ["\(folder)/long.log"]).first?.logs.first?.file == "\(folder)/long.log")
  }
}
