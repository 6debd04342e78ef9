import Glibc
import Lab
import Testing

@testable import LinuxSystem

@Suite struct NamespaceCatalogTests {
  @Test func `this process's namespace is in the catalog and can be opened`() throws {
    let catalog = try NamespaceCatalog()
    let own = try #require(catalog.namespaces.first { $0.isOwn })
    #expect(own.id == ProcessFiles().networkNamespace(getpid()))
    #expect(own.processCount >= own.pids.count)
    #expect(own.pids == own.pids.sorted())
    _ = try Descriptor(reading: own.path)
    #expect(catalog[own.id] == own)
  }

  @Test func `kernel threads tell the host's namespace where pid 1 is hidden`() throws {
    let root = try TemporaryFolder()
    try root.write("1/stat", ProcessFilesTests.stat(1, "init", parent: 0))
    try root.write("2/stat", ProcessFilesTests.stat(2, "kthreadd", parent: 0, flags: 0x0020_8040))
    try root.link("2/ns/net", to: "net:[7]")
    try root.link("30/ns/net", to: "net:[8]")
    let catalog = try NamespaceCatalog(reading: ProcessFiles(root: root.path), named: [], sandboxes: [])
    #expect(catalog.namespaces.map(\.id.namespace) == [7, 8])
    #expect(catalog.namespaces.map(\.isHost) == [true, false])
    #expect(catalog.namespaces.map(\.pids) == [[2], [30]])
  }

  @Test func `a namespace that may not be read is not the same as none`() throws {
    let root = try TemporaryFolder()
    for pid in 1...2 { try root.write("\(pid)/stat", ProcessFilesTests.stat(Int32(pid), "p", parent: 0)) }
    try root.link("1/ns/net", to: "net:[7]")
    try root.link("2/ns/net", to: "net:[7]")
    try root.link("self/ns/net", to: "net:[7]")
    try root.makeFolder("named")
    let names = "\(root.path)/named"
    try root.denying("1/ns", "self/ns", "named") {
      let catalog = try NamespaceCatalog(
        reading: ProcessFiles(root: root.path), named: [names], sandboxes: ["/nowhere"])
      #expect(catalog.namespaces.map(\.isHost) == [false] && catalog.namespaces.map(\.isOwn) == [false])
      #expect(
        catalog.unreadable.map(\.subject) == [
          "1 process", "the names in \(names)", "this process", "the host itself (process 1)",
        ])
      #expect(catalog.unreadable.allSatisfy { $0.errno == .accessDenied })
    }
  }

  @Test func `a process whose namespace may not be read is placed by its network's files`() throws {
    let root = try TemporaryFolder()
    for pid in [1, 40, 50] { try root.write("\(pid)/stat", ProcessFilesTests.stat(Int32(pid), "p", parent: 0)) }
    for process in ["1", "50", "self"] { try root.link("\(process)/ns/net", to: "net:[7]") }
    try root.link("40/ns/net", to: "net:[8]")
    try root.write("self/net/dev", "this network's")
    for process in ["1", "50"] { try root.link("\(process)/net/dev", to: "\(root.path)/self/net/dev") }
    try root.write("40/net/dev", "another's")
    try root.denying("1/ns", "40/ns") {
      let files = ProcessFiles(root: root.path)
      let catalog = try NamespaceCatalog(reading: files, named: [], sandboxes: [])
      #expect(catalog.namespaces.map(\.id.namespace) == [7])
      #expect(catalog.namespaces.map(\.isHost) == [true] && catalog.namespaces.map(\.pids) == [[1, 50]])
      #expect(files.hostNetworkNamespace?.namespace == 7)
      // Where the other one is, nobody may see: there may be more than these.
      #expect(catalog.unreadable.map(\.subject) == ["1 process"])
      #expect(catalog.concealment?.contains("Permission denied") == true)
    }
    #expect(try NamespaceCatalog(reading: ProcessFiles(root: root.path), named: [], sandboxes: []).concealment == nil)
  }

  /// Links to live namespaces stand in for bind mounts.
  @Test func `only files of network namespaces are names`() throws {
    let folder = try TemporaryFolder()
    try folder.link("named/blue", to: "/proc/self/ns/net")
    try folder.link("named/mounts", to: "/proc/self/ns/mnt")
    try folder.write("named/left-behind", "")
    try folder.link("named/dangling", to: "/nowhere")
    #expect(mkfifo("\(folder.path)/named/pipe", 0o644) == 0)
    defer { unlink("\(folder.path)/named/pipe") }
    try folder.link("sandboxes/1a2b", to: "/proc/self/ns/net")
    let catalog = try NamespaceCatalog(named: ["\(folder.path)/named"], sandboxes: ["\(folder.path)/sandboxes"])
    let own = try #require(catalog.namespaces.first { $0.isOwn })
    #expect(own.names == ["blue"])
    #expect(own.files == ["\(folder.path)/named/blue", "\(folder.path)/sandboxes/1a2b"])
    #expect(own.path == "\(folder.path)/named/blue")
    #expect(catalog.namespaces.allSatisfy { $0.isOwn || $0.names.isEmpty })
    #expect(catalog.namespace(named: "blue") == own)
    #expect(catalog.namespace(named: "\(folder.path)/sandboxes/1a2b") == own)
    #expect(catalog.unreadable.allSatisfy { !$0.subject.hasPrefix(folder.path) })
  }
}
