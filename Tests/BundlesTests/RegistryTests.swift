import Foundation
import Proxies
import Questions
import Testing
import VPNs

@testable import AccessLogs
@testable import Bundles

/// A reader that no list names is one that nobody calls: every type that conforms to a trade's protocol, by the sources,
/// is one of the trade's list.
@Suite struct RegistryTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources")

  private struct File {
    /// Below `Sources`: `VPNs/OpenVPN/OpenVPNReader.swift`.
    var path: String
    var text: String
  }

  private func files() throws -> [File] {
    let names = try #require(FileManager.default.enumerator(atPath: Self.sources.path)).compactMap { $0 as? String }
    return try names.filter { $0.hasSuffix(".swift") }.sorted().map {
      File(path: $0, text: try String(contentsOf: Self.sources.appendingPathComponent($0), encoding: .utf8))
    }
  }

  /// The types that the sources declare with one of `protocols` among what they conform to: `struct X: A, B {`,
  /// `extension X: A {`.
  private func conforming(to protocols: [String]) throws -> Set<String> {
    var found: Set<String> = []
    for file in try files() {
      for line in file.text.split(separator: "\n") {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        guard let colon = line.firstIndex(of: ":"), line.hasSuffix("{"),
          let keyword = words.firstIndex(where: { ["struct", "enum", "class", "actor", "extension"].contains($0) }),
          keyword + 1 < words.count, keyword <= 2, !line.drop(while: { $0 == " " }).hasPrefix("//")
        else { continue }
        let inherited = line[colon...].split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        if !Set(inherited).isDisjoint(with: protocols) { found.insert(words[keyword + 1]) }
      }
    }
    return found
  }

  private func names(_ values: [Any]) -> Set<String> { Set(values.map { "\(type(of: $0))" }) }

  @Test func `every reader of tunnels is in the list`() throws {
    let found = try conforming(to: ["TunnelReader"])
    #expect(found.contains("OpenVPNReader") && found == names(TunnelReaders.all))
  }

  @Test func `every reader of relays is in the list`() throws {
    let found = try conforming(to: ["RelayReader", "CommandLineRelay"])
    #expect(found.contains("HAProxyReader") && found == names(RelayReaders.all))
  }

  @Test func `every pasted output is in the list`() throws {
    let found = try conforming(to: ["PastedOutput"])
    #expect(found.contains("ConntrackOutput") && found == names(PastedOutputs.all))
  }

  @Test func `every format of access logs is in the list`() throws {
    let found = try conforming(to: ["LogFormat"])
    #expect(found.contains("CombinedFormat") && found == names(LogFormats.all))
  }

  @Test func `every question is in the list that the probe reads by, and this host answers every one`() throws {
    let all = Set(Questions.all.map { "\($0)" })
    #expect(try conforming(to: ["Question"]) == all)
    #expect(try conforming(to: ["LocalQuestion"]) == all)
    #expect(try conforming(to: ["PastedQuestion"]).isSubset(of: all))
    let names = Questions.all.map { $0.name }
    #expect(Set(names).count == names.count)
  }

  @Test func `the wire's document names every question`() throws {
    let document = Self.sources.deletingLastPathComponent()
      .appendingPathComponent("docs/decisions/0008-the-probe-speaks-json-lines.md")
    let text = try String(contentsOf: document, encoding: .utf8)
    #expect(Questions.all.map { $0.name }.filter { !text.contains("`\($0)`") } == [])
  }

  @Test(arguments: ["Proxies", "VPNs"])
  func `a program's folder has its reader`(_ trade: String) throws {
    let readers = names(TunnelReaders.all).union(names(RelayReaders.all))
    let all = try files().filter { $0.path.hasPrefix("\(trade)/") && $0.path.split(separator: "/").count > 2 }
    let folders = Dictionary(grouping: all) { String($0.path.split(separator: "/")[1]) }
    #expect(folders.count > 2)
    for (folder, files) in folders {
      let own = files.filter { file in readers.contains { file.text.contains("struct \($0): ") } }
      #expect(!own.isEmpty, "\(trade)/\(folder) has no reader that a list names")
    }
  }

  @Test func `nobody's word or name is another's`() {
    let types = TunnelReaders.all.filter { $0.limitation == nil }.map(\.type)
    #expect(Set(types).count == types.count)
    let software = RelayReaders.all.map(\.software)
    #expect(Set(software).count == software.count)
    let programs = RelayReaders.all.flatMap(\.programs.names)
    #expect(Set(programs).count == programs.count)
    let holders = TunnelReaders.all.flatMap(\.programs.names)
    #expect(Set(holders).count == holders.count)
    #expect(Set(LogFormats.names).count == LogFormats.names.count)
    let outputs = PastedOutputs.all.map(\.name)
    #expect(Set(outputs).count == outputs.count)
  }
}
