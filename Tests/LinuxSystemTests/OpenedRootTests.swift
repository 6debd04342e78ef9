import Testing

@testable import LinuxSystem

@Suite struct OpenedRootTests {
  @Test func `links and dots stay inside the folder`() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/etc/secret", "inside")
    try folder.write("secret", "outside")
    for name in ["b", "a"] { try folder.write("root/etc/conf.d/" + name, "") }
    let links = [
      "absolute": "/etc/secret", "up": "../../../../etc/secret", "escape": "../secret", "loop": "/loop",
      "folder": "/etc/conf.d",
    ]
    for (name, target) in links { try folder.link("root/" + name, to: target) }
    let opened = try OpenedRoot(folder.path + "/root")
    for path in ["/etc/secret", "absolute", "/up", "../../etc/secret"] {
      #expect(String(decoding: try opened.read(path, limit: 100), as: UTF8.self) == "inside")
    }
    #expect(try opened.read("/etc/secret", limit: 2).count == 2)
    #expect(try opened.names(in: "/folder/") == ["a", "b"])
    func errno(_ path: String) -> Errno? {
      do throws(SystemError) {
        _ = try opened.read(path, limit: 100)
        return nil
      } catch {
        return error.errno
      }
    }
    #expect(errno("/escape") == .noSuchFile)
    #expect(errno("../secret") == .noSuchFile)
    #expect(errno("/loop") == Errno(40))  // ELOOP
    #expect(errno("/etc/secret\0x") == .invalid)
    #expect(errno(folder.path + "/secret") == .noSuchFile)
  }
}
