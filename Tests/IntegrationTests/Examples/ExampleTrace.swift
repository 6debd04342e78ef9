import Documents
import Flows
import Foundation
import Glibc
import Lab
import Testing

/// What the program says of a bundle, asked as a user without any privilege.
struct ExampleTrace {
  let document: TraceDocument
  let bundle: String

  init(_ target: String, _ bundle: String) throws {
    self.bundle = bundle
    let text = try ExamplePage.run("headwater trace \(target) --bundle '\(bundle)' --json", in: "/")
    guard let answer = try? Headwater.decoder.decode(TraceDocument.self, from: Data(text.utf8)) else {
      throw LabError("no document: \(text)")
    }
    document = answer
  }

  /// A line of the bundle that an evidence names: `s750/conntrack.txt:3`.
  struct Citation {
    let file: String
    let number: Int
    let text: String
  }

  /// The lines that a hop's evidence names, read from the files.
  func citations(of hop: Hop) throws -> [Citation] {
    try hop.evidence.flatMap { evidence in
      try evidence.detail.split { " ()".contains($0) }.compactMap { word -> Citation? in
        // `s750/conntrack.txt:3`, in a sentence with a colon behind it
        let parts = word.split(separator: ":", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].contains("/"), let number = Int(parts[1]), number > 0 else { return nil }
        let text = try String(contentsOfFile: "\(bundle)/\(parts[0])", encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard number <= lines.count else { throw LabError("\(evidence.detail): there are \(lines.count) lines") }
        if let command = evidence.command {
          #expect(command == "sed -n \(number)p \(bundle)/\(parts[0])", "\(evidence)")
        }
        return Citation(file: String(parts[0]), number: number, text: String(lines[number - 1]))
      }
    }
  }

  /// That one of the lines a hop names is of `file`, and contains all of `words`.
  func expect(_ hop: Hop, cites file: String, with words: String...) throws {
    try expect(hop, cites: file, with: words)
  }

  func expect(_ hop: Hop, cites file: String, with words: [String]) throws {
    let found = try citations(of: hop)
    #expect(
      found.contains { line in line.file == file && words.allSatisfy(line.text.contains) },
      "\(hop.kind): \(hop.evidence) should name a line of \(file) with \(words)")
  }

  /// That a bundle is small, and holds no secret and nothing of the machine that it was made on.
  static func checkContent(_ path: String) throws {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let machine = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var bytes = 0
    for file in try FileManager.default.subpathsOfDirectory(atPath: path) {
      guard let content = FileManager.default.contents(atPath: "\(path)/\(file)") else { continue }
      bytes += content.count
      let text = String(decoding: content, as: UTF8.self)
      for secret in ["PRIVATE KEY", "hwlab", "/tmp/hw", FileManager.default.currentDirectoryPath] {
        #expect(!text.contains(secret), "\(file) has \(secret)")
      }
      if machine.count > 3 { #expect(!text.contains(machine), "\(file) names \(machine)") }
    }
    #expect(bytes > 1000 && bytes < 200_000, "\(path) has \(bytes) bytes")
  }
}
