import Glibc
import LinuxSystem
import Testing

@Suite struct RootFolderTests {
  @Test func `links are resolved inside the root`() throws {
    let folder = try TemporaryFolder()
    try folder.write("secret", "outside")
    try folder.write("root/etc/file", "inside")
    try folder.link("root/absolute", to: "/etc/file")
    try folder.link("root/up", to: "../../../etc/file")
    try folder.link("root/away", to: "\(folder.path)/secret")
    try folder.link("root/loop", to: "loop")
    try folder.link("root/magic", to: "/proc/self/root/etc/passwd")
    let root = RootFolder("\(folder.path)/root")
    for path in ["/etc/file", "etc/file", "/absolute", "/up", "/../../etc/file"] {
      #expect(try root.read(path) == Array("inside".utf8))
    }
    for path in ["/away", "/loop", "/magic", "/secret", "/../secret", ""] {
      #expect(throws: SystemError.self) { try root.read(path) }
    }
    #expect(try root.names(in: "/") == ["absolute", "away", "etc", "loop", "magic", "up"])
    #expect(throws: SystemError("list \(folder.path)/root/none", .noSuchFile)) { try root.names(in: "/none") }
    #expect(throws: SystemError.self) { try RootFolder("/nonexistent").read("/etc/passwd") }
  }

  @Test func `only regular files of a size that was allowed are read`() throws {
    let folder = try TemporaryFolder()
    try folder.write("small", "12345")
    try folder.write("empty", "")
    let fifo = "\(folder.path)/fifo"
    #expect(mkfifo(fifo, 0o600) == 0)
    defer { unlink(fifo) }
    let root = RootFolder(folder.path)
    #expect(try root.read("/small", limit: 5) == Array("12345".utf8))
    #expect(throws: SystemError("read \(folder.path)/small", .fileTooLarge)) { try root.read("/small", limit: 4) }
    #expect(try root.read("/empty") == [])
    #expect(throws: SystemError("read \(fifo)", .invalid)) { try root.read("/fifo") }
    #expect(throws: SystemError.self) { try root.read("/") }
    #expect(throws: SystemError.self) { try RootFolder.own.read("/dev/null") }
    #expect(try RootFolder.own.read("/proc/self/stat").isEmpty == false, "files of /proc have no size")
  }

  @Test func `erasing overwrites what was asked for`() {
    var bytes: [UInt8] = [1, 2, 3, 4]
    Secrets.erase(&bytes, 1..<3)
    #expect(bytes == [1, 0, 0, 4])
    Secrets.erase(&bytes, 3..<100)
    #expect(bytes == [1, 0, 0, 0])
    Secrets.erase(&bytes)
    #expect(bytes == [0, 0, 0, 0])
    var none: [UInt8] = []
    Secrets.erase(&none)
    #expect(none.isEmpty)
  }
}
