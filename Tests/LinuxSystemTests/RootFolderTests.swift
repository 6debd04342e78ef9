import Foundation
import Lab
import Testing

@testable import LinuxSystem

@Suite struct RootFolderTests {
  private func text(_ root: RootFolder, _ name: String, limit: Int = 100) throws -> String {
    String(decoding: try root.read(name, limit: limit).bytes, as: UTF8.self)
  }

  /// Why a file can't be read; nil if it can.
  private func failure(_ root: RootFolder, _ name: String) -> Errno? {
    do throws(SystemError) {
      _ = try root.read(name)
      return nil
    } catch {
      return error.errno
    }
  }

  private static let loop = Errno(ELOOP)

  @Test func `links and dots stay inside the root`() throws {
    let folder = try TemporaryFolder()
    try folder.write("secret", "outside")
    try folder.write("etc/file", "outside")
    try folder.write("root/etc/file", "inside")
    let links = [
      "absolute": "/etc/file", "up": "../../../../../etc/file", "folder": "/etc", "away": "\(folder.path)/etc/file",
      "escape": "../secret", "loop": "/loop", "self": "self", "magic": "/proc/self/root/etc/passwd",
    ]
    for (name, target) in links { try folder.link("root/\(name)", to: target) }
    let root = RootFolder("\(folder.path)/root")
    for path in [
      "/etc/file", "etc/file", "/absolute", "absolute", "/up", "/../../etc/file", "../etc/file", "/folder/file",
    ] {
      #expect(try text(root, path) == "inside", "\(path)")
    }
    for path in ["/away", "/escape", "/magic", "/secret", "/../secret", "../secret", "\(folder.path)/secret", ""] {
      #expect(failure(root, path) == .noSuchFile, "\(path)")
    }
    for path in ["/loop", "/self"] { #expect(failure(root, path) == Self.loop, "\(path)") }
    #expect(try root.names(in: "/folder/") == ["file"])
    #expect(try root.names(in: "/../..") == (links.keys + ["etc"]).sorted())
  }

  @Test func `links of proc that jump elsewhere are refused`() throws {
    #expect(failure(.own, "/proc/self/root/etc/passwd") == Self.loop)
    #expect(failure(.own, "/proc/self/exe") == Self.loop)
    #expect(try RootFolder.own.read("/proc/self/stat").bytes.isEmpty == false, "a plain link leads on")
  }

  @Test func `a zero byte leads to no other file`() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "x")
    let root = RootFolder(folder.path)
    #expect(failure(root, "/file\0x") == .invalid)
    #expect(throws: SystemError.self) { try root.names(in: "/\0x") }
    #expect(throws: SystemError.self) { _ = try root.connect("/file\0x", timeout: .seconds(1)).peer }
    #expect(RootFolder("\(folder.path)\0x").failure?.errno == .invalid)
  }

  @Test func `only regular files are opened`() throws {
    let folder = try TemporaryFolder()
    try folder.write("etc/file", "x")
    try folder.makeFIFO("fifo")
    let root = RootFolder(folder.path)
    #expect(throws: SystemError("read \(folder.path)/fifo", .invalid)) { try root.read("/fifo") }
    #expect(failure(root, "/etc") == Errno(EISDIR) && failure(root, "/") == Errno(EISDIR))
    #expect(failure(.own, "/dev/null") == .invalid && failure(.own, "/dev/zero") == .invalid)
    #expect(failure(root, "/etc/file/x") == Errno(ENOTDIR))
    #expect(throws: SystemError("list \(folder.path)/etc/file", Errno(ENOTDIR))) { try root.names(in: "/etc/file") }
    #expect(throws: SystemError("list \(folder.path)/none", .noSuchFile)) { try root.names(in: "none") }
  }

  @Test(arguments: [0, 1, 6, 4094, 4095, 4096, 4097, 100_000]) func `what is over the limit is cut, and told`(
    size: Int
  ) throws {
    let folder = try TemporaryFolder()
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try folder.write("file", content)
    let root = RootFolder(folder.path)
    for limit in [0, 1, size - 1, size, size + 1, 1 << 20] where limit >= 0 {
      let file = try root.read("/file", limit: limit)
      #expect(file.bytes == Array(content.prefix(limit)) && file.isCut == (limit < size), "\(limit)")
    }
    #expect(try root.read("/file").bytes == content)
  }

  @Test func `files that do not tell their size are read to their end`() throws {
    let names = (0..<2000).map { "HEADWATER_TEST_VARIABLE_\($0)=x" }
    let host = Process()
    host.executableURL = URL(fileURLWithPath: "/bin/sleep")
    host.arguments = ["60"]
    host.environment = Dictionary(uniqueKeysWithValues: names.map { (String($0.dropLast(2)), "x") })
    try host.run()
    defer {
      kill(host.processIdentifier, SIGKILL)
      host.waitUntilExit()
    }
    var whole = try RootFolder.own.read("/proc/\(host.processIdentifier)/environ")
    try waitUntil("the program to have its environment", every: 1000) {
      whole = try RootFolder.own.read("/proc/\(host.processIdentifier)/environ")
      return !whole.bytes.isEmpty
    }
    let isWhole = Set(whole.bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }) == Set(names)
    #expect(isWhole && whole.bytes.count > 16384 && !whole.isCut)
    let start = try RootFolder.own.read("/proc/\(host.processIdentifier)/environ", limit: 10_000)
    #expect(start.bytes == Array(whole.bytes.prefix(10_000)) && start.isCut)
  }

  @Test func `a file's age, owner and mode are told`() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "x")
    #expect(chmod("\(folder.path)/file", 0o640) == 0)
    var times = [
      timespec(tv_sec: 1_700_000_000, tv_nsec: 500_000_000), timespec(tv_sec: 1_600_000_000, tv_nsec: 250_000_000),
    ]
    #expect(utimensat(AT_FDCWD, "\(folder.path)/file", &times, 0) == 0)
    let file = try RootFolder(folder.path).read("file")
    #expect(abs(file.modified - 1_600_000_000.25) < 1e-6 && file.mode == 0o640 && file.owner == geteuid())
  }

  @Test func `names are sorted by their bytes`() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "é", "a", "B", "e\u{301}", "10", "9", ".hidden"] { try folder.write("x/\(name)", "") }
    let sorted = [".hidden", "10", "9", "B", "a", "b", "e\u{301}", "é"]
    #expect(try RootFolder(folder.path).names(in: "x").map { Array($0.utf8) } == sorted.map { Array($0.utf8) })
  }

  @Test func `a socket is reached inside the root, however long its path is`() throws {
    let folder = try TemporaryFolder()
    let deep = Array(repeating: "folder", count: 30).joined(separator: "/")
    try folder.makeFolder("root/\(deep)")
    try folder.link("root/run", to: "/\(deep)")
    try folder.write("root/file", "")
    let place = open("\(folder.path)/root/\(deep)", O_DIRECTORY | O_CLOEXEC)
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer {
      close(place)
      close(listener)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: "/proc/self/fd/\(place)/s".utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0 && listen(listener, 1) == 0)
    let root = RootFolder("\(folder.path)/root")
    let stream = try root.connect("/run/s", timeout: .seconds(1))
    #expect(stream.peer == "\(folder.path)/root/run/s")
    let accepted = accept(listener, nil, nil)
    #expect(Glibc.write(accepted, "hello", 5) == 5)
    close(accepted)
    #expect(try stream.receive() == Array("hello".utf8))
    #expect(throws: SystemError("connect to \(folder.path)/root/run/none", .noSuchFile)) {
      _ = try root.connect("/run/none", timeout: .seconds(1)).peer
    }
    #expect(throws: SystemError("connect to \(folder.path)/root/file", .connectionRefused)) {
      _ = try root.connect("/file", timeout: .seconds(1)).peer
    }
  }

  @Test func `a root that is not there fails at every question`() throws {
    for root in [
      RootFolder("/nonexistent"), RootFolder(ofProcess: 0), RootFolder(ofMountNamespaceOf: 0),
      RootFolder("/etc/passwd"),
    ] {
      #expect(root.failure != nil)
      #expect(try root.workingDirectory() == nil)
      #expect(failure(root, "/etc/passwd") == root.failure?.errno)
      #expect(throws: SystemError.self) { try root.names(in: "/") }
      #expect(throws: SystemError.self) { _ = try root.connect("/run/s", timeout: .seconds(1)).peer }
    }
    #expect(RootFolder(ofProcess: 0).failure == SystemError("open /proc/0/root", .noSuchFile))
    #expect(RootFolder.own.failure == nil)
  }

  @Test func `the folder stays the same when another takes its name`() throws {
    let folder = try TemporaryFolder()
    try folder.write("root/file", "first")
    let root = RootFolder("\(folder.path)/root")
    #expect(rename("\(folder.path)/root", "\(folder.path)/old") == 0)
    try folder.write("root/file", "second")
    #expect(try text(root, "/file") == "first")
  }

  @Test func `a process has a root and a working directory`() throws {
    let own = RootFolder(ofProcess: getpid())
    #expect(try own.workingDirectory() == FileManager.default.currentDirectoryPath)
    #expect(try RootFolder("/").workingDirectory() == nil)
    #expect(try text(own, "/etc/hostname").isEmpty == false)
    #expect(failure(own, "/proc/self/comm") == Self.loop, "its /proc/self would be ours")
    #expect(try RootFolder.beforeChange(ofProcess: getpid()) == nil, "it has not changed its root")
    #expect(RootFolder("/proc/811/root").shown("/etc/x") == "/proc/811/root/etc/x")
    #expect(RootFolder("/proc/811/root").shown("etc/x") == "/proc/811/root/etc/x")
    #expect(RootFolder.own.shown("/etc/x") == "/etc/x" && RootFolder.own.shown("etc/x") == "/etc/x")
  }

  @Test func `a process that may not be looked at has no known root`() throws {
    let root = try TemporaryFolder()
    try root.write("7/stat", ProcessFilesTests.stat(7, "jailed", parent: 0))
    try root.link("7/ns/mnt", to: "mnt:[1]")
    try root.link("7/root", to: "/jail")
    try root.link("7/cwd", to: "/jail/work")
    #expect(try RootFolder.beforeChange(ofProcess: 7, processes: root.path) == nil, "nobody sees that tree")
    let folder = RootFolder(ofMountNamespaceOf: 7, processes: root.path)
    #expect(try folder.workingDirectory() == "/jail/work")
    try root.denying("7") {
      let error = #expect(throws: ProcessError.self) {
        try RootFolder.beforeChange(ofProcess: 7, processes: root.path)
      }
      let reason = Capabilities.CAP_SYS_PTRACE.refusal("Permission denied")
      #expect(error?.description == "the mount namespace of process 7 cannot be read\(reason)")
      #expect(throws: SystemError("read link \(root.path)/7/cwd", .accessDenied)) { try folder.workingDirectory() }
    }
    #expect(try RootFolder.beforeChange(ofProcess: 8, processes: root.path) == nil, "it has ended")
  }

  @Test(.requires(Requirement.host)) func `a process that changed its root is seen before and after`() throws {
    let host = try TestHost("jail")
    defer { host.stop() }
    try host.write("/run/jail/work/file", "after")
    try host.write("/run/before", "before")
    let script = """
      import os, time
      os.chroot("/run/jail"); os.chdir("/work"); print("ready"); time.sleep(60)
      """
    let process = try host.start(["python3", "-u", "-c", script])
    try process.waitFor("ready")
    let pid = try #require(process.pid)
    let now = RootFolder(ofProcess: pid)
    #expect(try now.workingDirectory() == "/work")
    #expect(try text(now, "/work/file") == "after" && failure(now, "/run/before") == .noSuchFile)
    let seen = try #require(try RootFolder.beforeChange(ofProcess: pid))
    let space = RootFolder(ofMountNamespaceOf: pid)
    for before in [seen, space] {
      #expect(try before.workingDirectory() == "/run/jail/work")
      #expect(try text(before, "/run/before") == "before" && failure(before, "/work/file") == .noSuchFile)
    }
    #expect(try text(RootFolder(seen.path), "/run/before") == "before", "its path is one of ours")
    #expect(failure(.own, "/run/before") == .noSuchFile, "nobody has moved into another namespace")
    process.stop()
    #expect(try text(now, "/work/file") == "after", "held open")
  }

  @Test func `open files of a process are read where no path leads to them`() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "content")
    let number = open("\(folder.path)/file", O_RDONLY | O_CLOEXEC)
    defer { close(number) }
    let files = ProcessFiles()
    #expect(try files.openFiles(getpid()).contains { $0 == (number, "\(folder.path)/file") })
    #expect(unlink("\(folder.path)/file") == 0)
    let start = try files.readOpenFile(number, of: getpid(), limit: 4)
    #expect(start.bytes == Array("cont".utf8) && start.isCut)
    #expect(try files.readOpenFile(number, of: getpid()).bytes == Array("content".utf8))
    var pipe: [Int32] = [0, 0]
    #expect(Glibc.pipe(&pipe) == 0)
    defer { pipe.forEach { close($0) } }
    #expect(throws: SystemError("open /proc/\(getpid())/fd/\(pipe[0])", .invalid)) {
      try files.readOpenFile(pipe[0], of: getpid())
    }
    #expect(throws: SystemError.self) { try files.openFiles(0) }
  }

  @Test func `erasing overwrites what was asked for`() throws {
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
    let folder = try TemporaryFolder()
    try folder.write("key", "secret")
    var file = try RootFolder(folder.path).read("/key")
    file.erase()
    #expect(file.bytes == [0, 0, 0, 0, 0, 0])
  }
}
