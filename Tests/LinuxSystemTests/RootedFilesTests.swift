import Glibc
import Testing

@testable import LinuxSystem

@Suite struct RootedFilesTests {
  @Test func `absolute links and dots stay inside the root`() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/etc/name", "inside")
    try folder.write("etc/name", "outside")
    try folder.link("root/absolute", to: "/etc/name")
    try folder.link("root/up", to: "../../../../../../../../etc/name")
    try folder.link("root/folder", to: "/etc")
    try folder.link("root/escape", to: folder.path + "/etc/name")
    try folder.link("root/loop", to: "/loop")
    let files = RootedFiles(root: folder.path + "/root")
    for path in ["/etc/name", "etc/name", "/absolute", "/up", "/folder/name", "/../../etc/name"] {
      #expect(try files.read(path, limit: 100) == Array("inside".utf8), "\(path)")
    }
    #expect(try files.names(in: "/folder") == ["name"])
    #expect(try files.read("/etc/name", limit: 3) == Array("ins".utf8))
    for (path, errno) in [("/escape", ENOENT), ("/loop", ELOOP), ("/etc", EISDIR), ("/etc/name\0x", EINVAL)] {
      #expect(throws: SystemError.self, "\(path)") { try files.read(path, limit: 1) }
      do { _ = try files.read(path, limit: 1) } catch { #expect(error.errno.number == errno, "\(path)") }
    }
    #expect(throws: SystemError.self) { try files.names(in: "/etc/name") }
  }

  @Test func `what is no regular file is not opened`() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/x", "")
    #expect(mkfifo(folder.path + "/root/pipe", 0o600) == 0)
    defer { unlink(folder.path + "/root/pipe") }
    #expect(throws: SystemError.self) { try RootedFiles(root: folder.path + "/root").read("/pipe", limit: 1) }
    #expect(throws: SystemError.self) { try RootedFiles(root: "/").read("/dev/zero", limit: 1) }
  }

  @Test func `a process's files are those of its root`() throws {
    #expect(try RootedFiles(of: getpid()).read("/proc/self/comm", limit: 64).isEmpty == false)
  }
}
