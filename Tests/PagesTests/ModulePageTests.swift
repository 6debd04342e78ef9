import Foundation
import Testing

/// `ARCHITECTURE.md`, `docs/architecture.svg` and `docs/modules` against `Package.swift`.
@Suite struct ModulePageTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../..").standardizedFileURL.path

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(Self.root)/\(path)", encoding: .utf8)
  }

  /// What `Support/architecture` prints.
  private func architecture(_ option: String) throws -> String {
    let process = Foundation.Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "\(Self.root)/Support/architecture", option]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return text
  }

  /// What each target imports, by its name: `Flows, JSON`, or `nothing`.
  private func imports() throws -> [(name: String, imports: String)] {
    try architecture("--table").split(separator: "\n").map { line in
      let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
      try #require(parts.count == 2)
      return (parts[0], parts[1])
    }
  }

  private func isSwift(_ target: String) -> Bool {
    let files = FileManager.default.enumerator(atPath: "\(Self.root)/Sources/\(target)")?.allObjects as? [String]
    return files?.contains { $0.hasSuffix(".swift") } == true
  }

  private static let advice: Comment = "run make architecture"

  @Test(.enabled(if: hasPython, "needs python3")) func `the picture shows the targets as they are`() throws {
    #expect(try text("docs/architecture.svg") == architecture("--print"), Self.advice)
  }

  @Test(.enabled(if: hasPython, "needs python3")) func `every target is in ARCHITECTURE`() throws {
    let page = try text("ARCHITECTURE.md")
    for target in try imports() {
      #expect(page.contains("`\(target.name)`"), "\(target.name)")
    }
  }

  @Test(.enabled(if: hasPython, "needs python3")) func `every module has a page that says what it imports`() throws {
    for target in try imports() where isSwift(target.name) && !target.name.hasPrefix("headwater") {
      let page = try text("docs/modules/\(target.name).md")
      #expect(page.hasPrefix("# \(target.name)\n"))
      #expect(page.contains("\nImports: \(target.imports).\n"), "\(target.name): \(Self.advice)")
      #expect(page.contains("\n## Example\n\n```"), "\(target.name)")
    }
  }

  @Test func `the Swift examples of the pages are compiled and run`() throws {
    let examples = Self.lines(try text("Tests/PagesTests/ModuleExamples.swift"))
    let folder = "\(Self.root)/docs/modules"
    var count = 0
    for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      for block in try text("docs/modules/\(file)").components(separatedBy: "```swift\n").dropFirst() {
        let wanted = Self.lines(block.components(separatedBy: "```")[0]).filter { !$0.isEmpty }
        try #require(!wanted.isEmpty)
        let isThere = examples.indices.contains { examples[$0...].starts(with: wanted) }
        #expect(isThere, "the example of \(file) is not in ModuleExamples.swift")
        count += 1
      }
    }
    #expect(count >= 9)
  }

  /// Without indentation and empty lines.
  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  private static let hasPython = ["/usr/bin", "/usr/local/bin", "/bin"].contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/python3")
  }
}
