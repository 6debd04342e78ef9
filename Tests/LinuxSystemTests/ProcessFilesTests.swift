import Flows
import Glibc
import Lab
import Testing

@testable import LinuxSystem

/// Made-up trees stand in for processes that no test can make the kernel show, live ones for all others.
@Suite struct ProcessFilesTests {
  /// pid (comm) state ppid pgrp session tty tpgid flags … starttime(22) vsize
  static func stat(_ pid: Int32, _ name: String, parent: Int32, flags: Int = 0, ticks: Int = 500) -> String {
    "\(pid) (\(name)) S \(parent) 1 1 0 -1 \(flags) 1 2 3 4 5 6 7 8 20 0 1 0 \(ticks) 100 200\n"
  }

  @Test func `this process is read as it is`() throws {
    let files = ProcessFiles()
    let process = try #require(files.read(getpid()))
    #expect(
      process.executable == (try? SmallFile.linkTarget("/proc/self/exe")).map { String(decoding: $0, as: UTF8.self) })
    #expect(process.command == CommandLine.arguments)
    #expect(process.uid == geteuid())
    let started = try #require(process.startTime)
    #expect(started <= SystemClock.now() + 1)
    #expect(started > SystemClock.now() - 86400)
    #expect(process.parents?.first?.pid == getppid())
    #expect(files.isKernelThread(getpid()) == false)
    #expect(try files.allPIDs().contains(getpid()))
    #expect(files.networkNamespace(getpid()) != nil)
    #expect(!files.cgroupPaths(getpid()).isEmpty)
  }

  @Test func `a process that is gone is nil everywhere`() {
    let files = ProcessFiles()
    #expect(files.read(Int32.max) == nil)
    #expect(files.startTicks(Int32.max) == nil)
    #expect(files.networkNamespace(Int32.max) == nil)
    #expect(files.cgroupPaths(Int32.max) == [])
  }

  @Test func `what is gone and what is refused are told apart`() throws {
    let root = try TemporaryFolder()
    try root.write("55/stat", Self.stat(55, "squid", parent: 1))
    try root.write("55/cgroup", "0::/a\n")
    try root.write("55/environ", "A=B")
    try root.link("55/ns/net", to: "net:[4026531840]")
    let files = ProcessFiles(root: root.path)
    #expect(try files.networkNamespace(of: 55) == Place(namespace: 4_026_531_840))
    try root.denying("55/ns", "55/cgroup", "55/environ") {
      let refused = #expect(throws: ProcessError.self) { try files.networkNamespace(of: 55) }
      #expect(refused?.code == .denied)
      // The thread lost its rights over files only; who runs this as root has the other one.
      let reason = Capabilities.CAP_SYS_PTRACE.refusal("Permission denied")
      #expect(refused?.description == "the network namespace of process 55 cannot be read\(reason)")
      #expect(throws: ProcessError("cgroups", of: 55, cause: Self.denial("read \(root.path)/55/cgroup"))) {
        try files.cgroupPaths(of: 55)
      }
      #expect(throws: ProcessError.self) { try files.environment(of: 55) }
      // The old names know no more than that there is nothing to know.
      #expect(files.networkNamespace(55) == nil && files.cgroupPaths(55) == [])
    }
    let gone = #expect(throws: ProcessError.self) { try files.networkNamespace(of: 56) }
    #expect(gone?.code == .gone && gone?.description == "process 56 has ended, or has no network namespace")
    try root.write("57/stat", "57 (torn")
    #expect(throws: ProcessError("state", of: 57)) { try files.stat(of: 57) }
    #expect(throws: ProcessError("state", of: 57)) { try files.process(57) }
  }

  @Test func `a process is read as far as it may be, and says what was refused`() throws {
    let root = try TemporaryFolder()
    try root.write("1/stat", Self.stat(1, "init", parent: 0))
    try root.write("9/stat", Self.stat(9, "squid", parent: 1))
    try root.write("9/cmdline", "squid\0")
    try root.write("9/status", "Uid:\t0\t13\t0\t0\n")
    let files = ProcessFiles(root: root.path)
    #expect(try files.reading(9).unread.isEmpty, "a process without an executable has ended")
    try root.denying("9/cmdline", "9/status", "1") {
      let reading = try files.reading(9)
      #expect(reading.process.name == "squid" && reading.process.command == nil && reading.process.uid == nil)
      #expect(reading.unread.map(\.subject) == ["command line", "user", "state"])
      #expect(reading.unread.map(\.pid) == [9, 9, 1] && reading.unread.allSatisfy { $0.code == .denied })
      let all = files.readings([9, 1, 10])
      #expect(all.processes.keys.sorted() == [9])
      #expect(Set(all.unread.map(\.pid)) == [9, 1], "10 is gone: nothing was refused")
    }
    try root.write("stat", "btime 5\n")
    try root.denying("stat") {
      #expect(ProcessFiles(root: root.path).startTimesFailure == Self.denial("read \(root.path)/stat"))
    }
    #expect(ProcessFiles(root: root.path).startTimesFailure == nil)
  }

  private static func denial(_ operation: String) -> SystemError { SystemError(operation, .accessDenied) }

  @Test func `names of users that may not be read are not the same as none`() throws {
    let folder = try TemporaryFolder()
    try folder.write("passwd", "proxy:x:13:\n")
    try folder.denying("passwd") {
      let names = AccountNames(file: "\(folder.path)/passwd")
      #expect(names[13] == nil && names.failure == Self.denial("read \(folder.path)/passwd"))
    }
    #expect(AccountNames(file: "\(folder.path)/passwd")[13] == "proxy")
    #expect(AccountNames(file: "\(folder.path)/none").failure == nil)
  }

  @Test(arguments: ["a b", ") S 1 (", "a) R 5 (b", "line\nbreak", "()", ""])
  func `a hostile name does not shift the fields`(name: String) {
    let stat = ProcessStat(parsing: Array(Self.stat(7, name, parent: 3).utf8))
    #expect(stat?.name == name)
    #expect(stat?.parent == 3)
    #expect(stat?.startTicks == 500)
  }

  @Test func `a name that is not UTF-8 is shown with replacement characters`() {
    var line = Array(Self.stat(7, "x", parent: 3).utf8)
    line[3] = 0xFF
    #expect(ProcessStat(parsing: line)?.name == "\u{FFFD}")
  }

  @Test func `every truncated line is either refused or unharmed`() {
    let line = Array(Self.stat(7, "a) b", parent: 3).utf8)
    for count in 0..<line.count {
      let stat = ProcessStat(parsing: Array(line.prefix(count)))
      #expect(stat == nil || stat?.parent == 3)
    }
  }

  @Test func `a loop of parents ends`() throws {
    let root = try TemporaryFolder()
    for (pid, parent) in [(5, 6), (6, 7), (7, 6)] as [(Int32, Int32)] {
      try root.write("\(pid)/stat", Self.stat(pid, "p\(pid)", parent: parent))
    }
    #expect(ProcessFiles(root: root.path).read(5)?.parents?.map(\.pid) == [6, 7])
  }

  @Test func `a map of users is whole, or leaves users without a number`() {
    #expect(AccountNames.mapsEveryUser(Array("         0          0 4294967295\n".utf8)))
    #expect(AccountNames.mapsEveryUser(Array("0 0 1000\n1000 1000 4294966295\n".utf8)))
    for text in ["         0       1000          1\n", "0 100000 65536\n", "", "x"] {
      #expect(!AccountNames.mapsEveryUser(Array(text.utf8)), "\(text)")
    }
  }

  @Test func `a made-up process has start time, user and command from its files`() throws {
    let root = try TemporaryFolder()
    try root.write("stat", "cpu 1 2 3\nbtime 1000000\n")
    try root.write("9/stat", Self.stat(9, "squid", parent: 0, ticks: 500))
    try root.write("9/status", "Name:\tsquid\nUid:\t0\t13\t0\t0\n")
    try root.write("9/cmdline", "squid\0-N\0")
    try root.link("9/exe", to: "/usr/sbin/squid (deleted)")
    let accounts = AccountNames(parsing: Array("root:x:0:0\n:x:13:\nproxy:x:13:13:::\nsecond:x:13:\nbad\n".utf8))
    let process = try #require(ProcessFiles(root: root.path, accounts: accounts).read(9))
    #expect(process.startTime == 1_000_000 + 500 / Double(sysconf(Int32(_SC_CLK_TCK))))
    #expect(process.user == "proxy")
    #expect(process.command == ["squid", "-N"])
    #expect(process.executable == "/usr/sbin/squid")
    #expect(process.parents == [])
  }

  @Test func `a command line is cut at 64 KiB`() throws {
    let root = try TemporaryFolder()
    try root.write("9/stat", Self.stat(9, "x", parent: 0))
    try root.write("9/cmdline", [UInt8](repeating: 0x61, count: 1 << 20))
    #expect(ProcessFiles(root: root.path).read(9)?.command?.first?.utf8.count == 64 << 10)
  }

  @Test func `a kernel thread is known by its flag`() throws {
    let root = try TemporaryFolder()
    try root.write("2/stat", Self.stat(2, "kthreadd", parent: 0, flags: 0x0020_8040))
    #expect(ProcessFiles(root: root.path).isKernelThread(2) == true)
    #expect(ProcessFiles(root: root.path).read(2)?.command == nil)
  }
}
