import Foundation
import Testing

@testable import LinuxSystem

@Suite struct ProcessRootTests {
  /// A tree with a file, links out of it, and a socket's stand-in; beside it a file that must not be reached.
  private func withTree(_ body: (borrowing ProcessRoot) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("headwater-root-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let tree = folder.appendingPathComponent("tree")
    try FileManager.default.createDirectory(
      at: tree.appendingPathComponent("etc/vpn"), withIntermediateDirectories: true)
    try Data("outside".utf8).write(to: folder.appendingPathComponent("secret"))
    try Data("inside".utf8).write(to: tree.appendingPathComponent("etc/vpn/a.conf"))
    for (name, target) in [
      ("absolute", "/etc/vpn/a.conf"), ("up", "../../../../../secret"), ("loop", "/loop"),
      ("out", folder.appendingPathComponent("secret").path), ("folder", "/etc"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: tree.appendingPathComponent(name).path, withDestinationPath: target)
    }
    #expect(mkfifo(tree.appendingPathComponent("fifo").path, 0o600) == 0)
    try body(try ProcessRoot(path: tree.path))
  }

  @Test func `absolute links and paths stay inside`() throws {
    try withTree { root in
      for name in ["/etc/vpn/a.conf", "etc/vpn/a.conf", "/absolute", "/../../etc/vpn/a.conf", "/folder/vpn/a.conf"] {
        let file = try root.read(name)
        #expect(file.content == Array("inside".utf8) && !file.isCut, "\(name)")
      }
      for name in ["/up", "/out", "/../secret", "/loop", "/nothing", "/secret"] {
        let isRead = Self.canRead(root, name)
        #expect(!isRead, "\(name)")
      }
      let names = try root.names(in: "/folder")
      #expect(names == ["vpn"])
    }
  }

  @Test func `only regular files are opened, and no more is read than asked`() throws {
    try withTree { root in
      for name in ["/fifo", "/etc", "/etc/vpn/a.conf\0x"] {
        let isRead = Self.canRead(root, name)
        #expect(!isRead, "\(name)")
      }
      let part = try root.read("/etc/vpn/a.conf", limit: 3)
      #expect(part.content == Array("ins".utf8) && part.isCut)
      let whole = try root.read("/etc/vpn/a.conf", limit: 6)
      #expect(!whole.isCut)
      #expect(abs(part.modified - Date.now.timeIntervalSince1970) < 60)
    }
  }

  @Test func `a process has a root and a working directory`() throws {
    let own = try ProcessRoot(pid: ProcessInfo.processInfo.processIdentifier)
    let folder = own.workingDirectory
    #expect(folder == FileManager.default.currentDirectoryPath)
    let stat = try own.read("/proc/self/stat").content
    #expect(!stat.isEmpty)
    #expect(throws: SystemError.self) { _ = try ProcessRoot(pid: 0).path }
  }

  private static func canRead(_ root: borrowing ProcessRoot, _ name: String) -> Bool {
    (try? root.read(name).content) != nil
  }
}
