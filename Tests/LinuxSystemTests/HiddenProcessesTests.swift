import Glibc
import Lab
import Testing

@testable import LinuxSystem

/// Artificial folders stand in for a /proc that is mounted with `hidepid`.
@Suite struct HiddenProcessesTests {
  /// A folder whose mounts say that it is a /proc with these options.
  private static func folder(_ options: String, showsFirst: Bool = true) throws -> TemporaryFolder {
    let root = try TemporaryFolder()
    try root.write(
      "self/mountinfo",
      "20 1 0:4 / \(root.path) rw - proc proc rw\n21 1 0:5 / / rw - ext4 /dev/sda rw,hidepid=2\n"
        + "22 20 0:6 / \(root.path) rw,nosuid shared:7 - proc proc rw,\(options)\n")
    if showsFirst { try root.write("1/stat", ProcessFilesTests.stat(1, "init", parent: 0)) }
    return root
  }

  private static func text(
    _ options: String, _ capabilities: Capabilities = [], showsFirst: Bool = true
  ) throws -> String? {
    let root = try folder(options, showsFirst: showsFirst)
    return HiddenProcesses(in: root.path, capabilities: capabilities)?.description
  }

  @Test func `processes are hidden where the options say so and no right shows them`() throws {
    let two = "processes of others are hidden here (hidepid=2; CAP_SYS_PTRACE)"
    let four = "processes of others are hidden here (hidepid=4; CAP_SYS_PTRACE)"
    for option in ["hidepid=2", "hidepid=invisible", "gid=4294967294,hidepid=2"] {
      #expect(try Self.text(option) == two, "\(option)")
    }
    for option in ["hidepid=4", "hidepid=ptraceable", "hidepid=4,gid=\(getegid())"] {
      #expect(try Self.text(option) == four, "\(option)")
    }
    // At level 1 reading others' processes is refused, and each refusal says so itself.
    for option in ["relatime", "hidepid=0", "hidepid=off", "hidepid=1", "hidepid=noaccess", "hidepid=x", "nohidepid=2"]
    {
      #expect(try Self.text(option) == nil, "\(option)")
    }
    #expect(try Self.text("gid=\(getegid()),hidepid=2") == nil, "the group sees all")
  }

  @Test func `the right shows them unless it does not count here`() throws {
    for option in ["hidepid=2", "hidepid=4", "rw"] {
      #expect(try Self.text(option, .CAP_SYS_PTRACE) == nil, "\(option)")
    }
    #expect(
      try Self.text("hidepid=2", .CAP_SYS_PTRACE, showsFirst: false)
        == "processes of others are hidden here (hidepid=2)")
    #expect(try Self.text("rw", .CAP_SYS_PTRACE, showsFirst: false) == "processes of others are hidden here")
    #expect(HiddenProcesses(in: try TemporaryFolder().path, capabilities: []) == nil, "no kernel's folder")
  }

  @Test func `a hidden process is refused, and has not ended`() throws {
    let root = try Self.folder("hidepid=2", showsFirst: false)
    try root.write("55/stat", ProcessFilesTests.stat(55, "own", parent: 0))
    try root.link("55/fd/3", to: "socket:[77]")
    let files = ProcessFiles(root: root.path)
    let hidden = #expect(throws: ProcessError.self) { try files.process(56) }
    #expect(hidden?.code == .denied && hidden?.description.hasPrefix("process 56 is hidden (hidepid=2") == true)
    // One that is shown, and has no such item, does not have it.
    let without = #expect(throws: ProcessError.self) { try files.networkNamespace(of: 55) }
    #expect(without?.code == .gone)
    let listed = files.readings([55, 56])
    #expect(listed.processes.keys.sorted() == [55] && listed.unread.map(\.pid) == [56])
    #expect(throws: SystemError.self) { try files.socketInodes(56) }
    let owners = try SocketInodeOwners(reading: files)
    #expect(owners.pids(holding: 77) == [55])
    #expect(owners.blindness?.hasPrefix("processes of others are hidden here (hidepid=2") == true)
    let catalog = try NamespaceCatalog(reading: files, named: [], sandboxes: [])
    #expect(catalog.concealment?.hasPrefix("processes of others are hidden here (hidepid=2") == true)
    #expect(!files.showsWholeMachine)
  }

  @Test func `a pid namespace of its own is said, and is no refusal`() throws {
    func confinement(_ own: String?, first: String? = nil, numbers: String = "7") throws -> String? {
      let root = try Self.folder("rw")
      try root.write("self/status", "Name:\theadwater\nNStgid:\t7\nNSpid:\t\(numbers)\n")
      if let own { try root.link("self/ns/pid", to: own) }
      if let first { try root.link("1/ns/pid", to: first) }
      let files = ProcessFiles(root: root.path)
      #expect(files.hidden == nil)
      return files.confinement
    }
    let said = "this program runs in a pid namespace of its own: processes of the host outside it can't be seen"
    let (own, machine) = ("pid:[4026532201]", "pid:[4026531836]")
    #expect(try confinement(own) == said)
    #expect(try confinement(machine) == nil)
    for odd in [nil, "pid:[x]", "net:[4026532201]"] {
      #expect(try confinement(odd) == nil, "what can't be told is not claimed")
    }
    // A /proc of the namespace outside shows the processes there.
    #expect(try confinement(own, first: machine, numbers: "4711\t7") == nil)
    #expect(try confinement(own, first: "pid:[4026532100]", numbers: "4711\t7") == said)
    #expect(try confinement(own, numbers: "4711\t7") == nil)
  }

  @Test func `where nothing is hidden a missing process has ended`() throws {
    let root = try Self.folder("rw")
    let files = ProcessFiles(root: root.path)
    let gone = #expect(throws: ProcessError.self) { try files.process(56) }
    #expect(gone?.code == .gone)
    #expect(try files.socketInodes(56) == [])
    #expect(try SocketInodeOwners(reading: files).blindness == nil)
    #expect(!files.showsWholeMachine, "nothing says which pid namespace this is")
    try root.link("self/ns/pid", to: "pid:[4026531836]")
    #expect(files.showsWholeMachine)
  }

  @Test func `what a refusal names is only what is missing`() throws {
    let all = Capabilities.effective()
    #expect(all.refusal("Permission denied") == ": Permission denied")
    let lacking = Capabilities.CAP_NET_ADMIN.union(.CAP_BPF).subtracting(all)
    #expect(all.union(lacking).refusal("no") == (lacking.isEmpty ? ": no" : " (\(lacking))"))
    let root = try TemporaryFolder()
    try root.link("5/fd/3", to: "socket:[1]")
    // The thread loses its rights over others' files only.
    try root.denying("5/fd") {
      let text = try SocketInodeOwners(reading: ProcessFiles(root: root.path)).blindness
      #expect(text?.hasPrefix("the descriptors of 1 process may not be read (CAP_DAC_READ_SEARCH") == true)
      #expect(text?.contains("CAP_SYS_PTRACE") == !all.contains(.CAP_SYS_PTRACE))
    }
  }
}
