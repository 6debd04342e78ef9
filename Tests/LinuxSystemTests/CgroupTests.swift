import Glibc
import Lab
import Testing

@testable import LinuxSystem

@Suite struct CgroupTests {
  @Test func `a hybrid host has a v2 tree beside hierarchies`() {
    let text = """
      32 31 0:29 / /sys/fs/cgroup/cpu\\040x rw,relatime shared:1 master:2 - cgroup cgroup rw,cpu,cpuacct
      40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/x,name=systemd
      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
      garbage
      42 31 0:39 / /nodash rw a b c d

      """
    let mounts = CgroupMounts(mountinfo: Array(text.utf8), ownCgroups: [])
    #expect(mounts.unified == "/sys/fs/cgroup/unified")
    #expect(mounts.isHybrid)
    #expect(mounts.hierarchies.map(\.controllers) == [["cpu", "cpuacct"], ["name=systemd"]])
    #expect(mounts.hierarchies.first?.mountPoint == "/sys/fs/cgroup/cpu x")
    #expect(!mounts.isPartialView)
  }

  @Test func `a cgroup namespace is noticed`() {
    let text = "41 31 0:38 /../.. /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
    let own = CgroupPath.parse(Array("0::/../..\n".utf8))
    let mounts = CgroupMounts(mountinfo: Array(text.utf8), ownCgroups: own)
    #expect(mounts.isPartialView)
    #expect(mounts.isOutsideNamespaceRoot)
  }

  @Test func `a tree that may not be listed says so`() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("open/inner")
    try folder.makeFolder("closed/inner")
    var tree = CgroupTree(mountPoint: folder.path)
    try folder.denying("closed") {
      let inner = try FileIdentity(of: "\(folder.path)/open/inner").inode
      #expect(tree.path(ofID: inner) == "/open/inner")
      #expect(tree.failure == SystemError("list \(folder.path)/closed", .accessDenied))
    }
    tree.forget()
    #expect(tree.path(ofID: try FileIdentity(of: "\(folder.path)/closed/inner").inode) == "/closed/inner")
    #expect(tree.failure == nil)
    var none = CgroupTree(mountPoint: "/nowhere")
    #expect(none.path(ofID: 1) == nil && none.failure?.errno == .noSuchFile)
  }

  @Test func `mounts that may not be read are an error`() throws {
    let root = try TemporaryFolder()
    try root.write("self/mountinfo", "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
    #expect(try CgroupMounts(root: root.path).ownPath == nil, "a kernel without cgroups has no such file")
    try root.write("self/cgroup", "0::/own\n")
    #expect(try CgroupMounts(root: root.path).ownPath == "/own")
    try root.denying("self/cgroup") {
      #expect(throws: SystemError("read \(root.path)/self/cgroup", .accessDenied)) {
        try CgroupMounts(root: root.path)
      }
    }
  }

  @Test func `lines of cgroup keep colons in the path`() {
    let paths = CgroupPath.parse(Array("3:cpu,cpuacct:/a:b:c\n0::/x (deleted)\nx::/\n1:name=systemd:rel\n\n".utf8))
    #expect(paths.map(\.path) == ["/a:b:c", "/x"])
    #expect(paths.map(\.isUnified) == [false, true])
    #expect(paths.first?.controllers == ["cpu", "cpuacct"])
  }

  static let unified = (try? CgroupMounts())?.unified

  @Test(.enabled(if: unified != nil, "needs a mounted cgroup v2 tree")) func `a cgroup is found by its id`() throws {
    let mount = try #require(Self.unified)
    var tree = CgroupTree(mountPoint: mount)
    var status = Glibc.stat()
    #expect(stat(mount, &status) == 0)
    #expect(tree.path(ofID: UInt64(status.st_ino)) == "/")
    for entry in try Directory.list(mount) where entry.isDirectory {
      #expect(stat("\(mount)/\(entry.name)", &status) == 0)
      #expect(tree.path(ofID: UInt64(status.st_ino)) == "/\(entry.name)")
    }
    #expect(tree.path(ofID: .max) == nil)
  }
}
