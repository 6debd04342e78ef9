import Fleet
import Foundation
import Lab
import Programs
import Testing

@Suite final class AddressSetFolderTests {
  private let home: String
  private var folder: AddressSetFolder { AddressSetFolder(environment: ["HOME": home], system: "\(home)/system") }

  init() throws {
    home = NSTemporaryDirectory() + "sets-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: home) }

  private func write(_ text: String, _ name: String) throws -> String {
    let path = "\(home)/\(name)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func `a set is kept, replaced and forgotten`() throws {
    let first = try write("192.0.2.0/24\n", "first.txt")
    let second = try write("198.51.100.0/24\n198.51.101.0/24\n", "second.txt")
    #expect(folder.all().sets.isEmpty)
    #expect(try folder.importFile(first, as: "office", now: 1_745_158_637).entries.count == 1)
    #expect(folder.all().sets["office"]?.source == "first.txt")
    #expect(try folder.importFile(second, as: "office", now: 1_745_158_700).entries.count == 2)
    let kept = try #require(folder.all().sets["office"])
    #expect(kept.prefixes.map(\.description) == ["198.51.100.0/24", "198.51.101.0/24"])
    #expect(kept.imported == 1_745_158_700)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(home)/.config/headwater/sets") == ["office.set"])
    #expect(try folder.forget("office"))
    #expect(try !folder.forget("office"))
    #expect(folder.all().sets.isEmpty && folder.all().notes.isEmpty)
  }

  @Test func `sets that may not be listed are said`() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("system")
    try folder.denying("system") {
      let sets = AddressSetFolder(environment: [:], system: "\(folder.path)/system")
      #expect(sets.all().notes == ["the sets in \(folder.path)/system could not be read: Permission denied"])
    }
    #expect(AddressSetFolder(environment: [:], system: "/nowhere").all().notes.isEmpty)
  }

  @Test func `a list that can't be read leaves the set as it was`() throws {
    _ = try folder.importFile(try write("192.0.2.0/24\n", "a"), as: "office", now: 0)
    #expect(throws: SettingsError.self) { try self.folder.importFile(try self.write("x\n", "b"), as: "office", now: 0) }
    #expect(throws: SettingsError.self) { try self.folder.importFile("\(self.home)/none", as: "office", now: 0) }
    #expect(folder.all().sets["office"]?.prefixes.count == 1)
  }

  @Test(arguments: ["", "../x", "a/b", "A", "a:b", ".a", "1.2.3.4", "-x", String(repeating: "a", count: 65)])
  func `odd names are refused`(name: String) throws {
    let path = try write("192.0.2.0/24\n", "a")
    #expect(throws: SettingsError.self) { try self.folder.importFile(path, as: name, now: 0) }
    #expect(try !folder.forget(name))
  }

  @Test func `a spoiled file is said, the others count, and the own one goes before the system's`() throws {
    _ = try folder.importFile(try write("192.0.2.0/24\n", "a"), as: "office", now: 0)
    try FileManager.default.createDirectory(atPath: "\(home)/system", withIntermediateDirectories: false)
    let own = "\(home)/.config/headwater/sets"
    try FileManager.default.copyItem(atPath: "\(own)/office.set", toPath: "\(home)/system/lab.set")
    _ = try write("garbage", "system/office.set")
    _ = try write("garbage", ".config/headwater/sets/bad.set")
    let (sets, notes) = folder.all()
    #expect(sets.keys.sorted() == ["lab", "office"])
    #expect(notes.count == 1 && notes[0].contains("bad.set"))
  }
}
