import Foundation
import Glibc
import Lab
import Testing

@testable import LinuxSystem

@Suite struct FreshFileTests {
  private func write(_ path: String, _ text: String) throws {
    let file = try FreshFile(at: path)
    try file.write(Array(text.utf8))
    try file.finish()
  }

  private func errno(_ body: () throws -> Void) -> Int32? {
    do { try body() } catch { return (error as? SystemError)?.errno.number }
    return nil
  }

  private func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  @Test func `a file appears when it is whole, for its owner alone`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/out"
    do {
      let file = try FreshFile(at: path)
      try file.write([65])
      #expect(access(path, F_OK) != 0)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty, "nothing is left of it")
    try write(path, "first")
    try write(path, "second")
    var facts = stat()
    #expect(text(path) == "second" && stat(path, &facts) == 0 && facts.st_mode & 0o7777 == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
  }

  @Test func `what is planted in its place is not written to`() throws {
    let folder = try TemporaryFolder()
    try folder.write("victim", "old")
    try folder.link("link", to: "\(folder.path)/victim")
    try folder.link("dangling", to: "\(folder.path)/new")
    #expect(errno { try write("\(folder.path)/link", "x") } == ELOOP)
    #expect(errno { try write("\(folder.path)/dangling", "x") } == ELOOP)
    #expect(text("\(folder.path)/victim") == "old" && text("\(folder.path)/new") == nil)
    #expect(errno { try write(folder.path, "x") } == EISDIR && errno { try write("\(folder.path)/", "x") } == EISDIR)
    #expect(errno { try write("\(folder.path)/none/x", "x") } == ENOENT)
    // Planted after it was begun: the new one takes its place, and nothing goes through it.
    let file = try FreshFile(at: "\(folder.path)/late")
    try folder.link("late", to: "\(folder.path)/victim")
    try file.write(Array("new".utf8))
    try file.finish()
    #expect(text("\(folder.path)/victim") == "old" && text("\(folder.path)/late") == "new")
  }

  @Test(.requires(.root)) func `a FIFO of a stranger is not written to, a device is`() throws {
    let folder = try TemporaryFolder()
    try folder.makeFIFO("fifo")
    #expect(chown("\(folder.path)/fifo", 1000, 1000) == 0)
    #expect(errno { try write("\(folder.path)/fifo", "x") } == EPERM)
    #expect(errno { try write("/dev/null", "x") } == nil)
    var facts = stat()
    #expect(stat("/dev/null", &facts) == 0 && facts.st_mode & S_IFMT == S_IFCHR)
  }

  @Test(.requires(Requirement.host)) func `a full disk is named, and leaves what was there`() throws {
    let host = try TestHost("full")
    defer { host.stop() }
    try host.output(of: [
      "bash", "-ec", "mkdir /run/small; mount -t tmpfs -o size=64k none /run/small; echo old > /run/small/out",
    ])
    let path = "/proc/\(host.pid)/root/run/small/out"
    let result = #expect(throws: SystemError.self) { try write(path, String(repeating: "x", count: 1 << 20)) }
    #expect(result == SystemError("write \(path)", Errno(ENOSPC)))
    #expect(try host.output(of: ["sh", "-c", "cat /run/small/out; ls -A /run/small"]) == "old\nout\n")
  }

  @Test func `what only this user and root can have written is believed`() throws {
    let folder = try TemporaryFolder()
    try folder.write("etc/file", "x")
    let path = "\(folder.path)/etc/file"
    func distrust(_ path: String) -> TrustedFile.Distrust? {
      do { _ = try TrustedFile.read(path, limit: 10) } catch { return error as? TrustedFile.Distrust }
      return nil
    }
    #expect(try TrustedFile.read(path, limit: 10) == Array("x".utf8))
    #expect(chmod(path, 0o666) == 0)
    #expect(distrust(path)?.path == path && distrust(path)?.isOpenToAll == true && distrust(path)?.owner == nil)
    #expect(chmod(path, 0o644) == 0 && distrust(path) == nil)
    #expect(chmod("\(folder.path)/etc", 0o777) == 0)
    #expect(distrust(path)?.path == "\(folder.path)/etc")
    #expect(distrust(path)?.description == "\(folder.path)/etc can be written by everybody")
    #expect(chmod("\(folder.path)/etc", 0o1777) == 0 && distrust(path) == nil, "nobody can take it away there")
    #expect(chmod("\(folder.path)/etc", 0o755) == 0)
    try folder.link("link", to: path)
    #expect(distrust("\(folder.path)/link") == nil)
    #expect(throws: SystemError.self) { try TrustedFile.read("\(folder.path)/none", limit: 10) }
    #expect(throws: SystemError.self) { try TrustedFile.read("\(folder.path)/etc", limit: 10) }
    guard geteuid() == 0 else { return }
    #expect(lchown("\(folder.path)/link", 1000, 1000) == 0)
    #expect(distrust("\(folder.path)/link")?.owner == 1000, "they can make it lead elsewhere")
    #expect(chown(path, 1000, 1000) == 0)
    #expect(distrust(path)?.owner == 1000)
  }

  @Test func `the group that a distribution makes for each user is theirs alone`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "passwd",
      "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:\nbob:x:1001:100::/:\neve:x:1002:100::/:\nsue:x:1003:1003::\n")
    try folder.write("group", "root:x:0:\nalice:x:1000:\nusers:x:100:\nsue:x:1003:sue,bob\n")
    func group(_ user: UInt32) -> UInt32? {
      TrustedFile.ownGroup(of: user, accounts: "\(folder.path)/passwd", groups: "\(folder.path)/group")
    }
    #expect(group(1000) == 1000 && group(1001) == nil && group(1003) == nil && group(7) == nil && group(0) == 0)
  }
}
