import Foundation
import Glibc
import Lab
import Testing

@testable import LinuxSystem

/// What a process names is read with the rights of that process.
@Suite(.requires([.root, .program("setpriv"), .program("python3")])) struct ForeignFilesTests {
  /// A program that runs as somebody.
  private final class Somebody {
    let process = Process()
    var pid: Int32 { process.processIdentifier }

    init(uid: Int, groups: [Int] = [], _ command: [String] = ["/bin/sleep", "60"]) throws {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      let list = groups.isEmpty ? ["--clear-groups"] : ["--groups", groups.map(String.init).joined(separator: ",")]
      let drops = uid == 0 ? [] : ["--inh-caps=-all"]
      process.arguments = ["--reuid", "\(uid)", "--regid", "\(uid)"] + list + drops + command
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      let pid = pid
      try waitUntil("the program to run", every: 1000) {
        // The kernel changes the program a moment before its words.
        let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
        return program?.hasSuffix("/setpriv") == false && !words.isEmpty
          && words.range(of: Data("setpriv".utf8)) == nil
      }
    }

    func stop() {
      kill(pid, SIGKILL)
      process.waitUntilExit()
    }
  }

  /// `/private` only root reads, `/public` everybody, `/of1000` user 1000 alone, `/group` root and group 4711; in `/home`
  /// user 1000 has what might lead there.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, mode, uid, gid) in [
      ("private", 0o600, 0, 0), ("public", 0o644, 0, 0), ("of1000", 0o600, 1000, 1000), ("group", 0o640, 0, 4711),
      ("deep/private", 0o600, 0, 0), ("deep/public", 0o644, 0, 0), ("closed/public", 0o644, 0, 0),
    ] as [(String, mode_t, uid_t, gid_t)] {
      try folder.write(name, name)
      #expect(chown("\(folder.path)/\(name)", uid, gid) == 0 && chmod("\(folder.path)/\(name)", mode) == 0)
    }
    #expect(chmod(folder.path, 0o755) == 0 && chmod("\(folder.path)/closed", 0o700) == 0)
    try folder.makeFolder("home")
    let links = [
      "private": "\(folder.path)/private", "up": "../private", "public": "../public", "folder": "../deep",
      "own": "../of1000", "shadow": "/etc/shadow", "environment": "/proc/self/environ", "chain": "up",
    ]
    for (name, target) in links { try folder.link("home/\(name)", to: target) }
    try folder.makeFIFO("home/fifo")
    #expect(link("\(folder.path)/private", "\(folder.path)/home/hard") == 0)
    #expect(link("\(folder.path)/public", "\(folder.path)/home/hardpublic") == 0)
    try folder.write("home/file", "file")
    for name in links.keys + ["fifo", "file"] { #expect(lchown("\(folder.path)/home/\(name)", 1000, 1000) == 0) }
    #expect(chown("\(folder.path)/home", 1000, 1000) == 0)
    try folder.link("rootlink", to: "\(folder.path)/private")
    return folder
  }

  private func errno(_ root: RootFolder, _ path: String) -> Int32 {
    do throws(SystemError) {
      _ = try root.read(path)
      return 0
    } catch {
      return error.errno.number
    }
  }

  @Test(arguments: [1000, 65534]) func `a stranger gets no more than they could read themselves`(_ uid: Int) throws {
    let folder = try folder()
    let somebody = try Somebody(uid: uid)
    defer { somebody.stop() }
    let root = RootFolder(ofProcess: somebody.pid)
    #expect(root.failure == nil && root.rights?.uid == UInt32(uid) && root.rights?.readsEverything == false)
    let home = "\(folder.path)/home"
    for path in [
      "\(folder.path)/private", "\(folder.path)/home/../private", "\(home)/private", "\(home)/up", "\(home)/chain",
      "\(home)/hard", "\(home)/folder/private", "\(home)/shadow", "\(folder.path)/group", "\(folder.path)/rootlink",
      "\(folder.path)/closed/public", "/etc/shadow", "//etc/../etc/shadow",
    ] {
      #expect(errno(root, path) == EACCES, "\(path)")
    }
    #expect(errno(root, "\(home)/own") == (uid == 1000 ? 0 : EACCES))
    #expect(errno(root, "\(home)/fifo") == EINVAL && errno(root, "/dev/zero") == EINVAL)
    for path in ["/proc/version", "/proc/1/stat", "/proc/\(somebody.pid)/environ", "/sys/kernel/notes"] {
      #expect([EINVAL, EACCES].contains(errno(root, path)), "\(path)")
    }
    #expect(errno(root, "/proc/self/environ") == ELOOP && errno(root, "\(home)/environment") == ELOOP)
    for path in [
      "\(folder.path)/public", "\(home)/public", "\(home)/folder/public", "\(home)/hardpublic", "\(home)/file",
      "\(home)/../home/./file",
    ] {
      #expect(errno(root, path) == 0, "\(path)")
    }
    #expect(throws: SystemError.self) { try root.names(in: "\(folder.path)/closed") }
    #expect(throws: SystemError.self) { try root.end(of: "\(home)/private", limit: 100) }
    #expect(try root.names(in: "\(home)/folder") == ["private", "public"])
    let refusal = #expect(throws: SystemError.self) { try root.read("\(home)/private") }
    #expect("\(try #require(refusal))".contains("with the rights of its process (pid \(somebody.pid), uid \(uid))"))
  }

  @Test func `groups count, and those that a program has given up do not`() throws {
    let folder = try folder()
    let member = try Somebody(uid: 1001, groups: [4, 4711])
    defer { member.stop() }
    #expect(errno(RootFolder(ofProcess: member.pid), "\(folder.path)/group") == 0)
    let other = try Somebody(uid: 1001, groups: [4])
    defer { other.stop() }
    #expect(errno(RootFolder(ofProcess: other.pid), "\(folder.path)/group") == EACCES)
  }

  @Test func `root's programs read what is theirs, but pass no link of a stranger who could not`() throws {
    let folder = try folder()
    let somebody = try Somebody(uid: 0)
    defer { somebody.stop() }
    let own = RootFolder(ofProcess: somebody.pid)
    #expect(own.rights?.readsEverything == true)
    for path in ["private", "public", "of1000", "group", "closed/public", "rootlink", "home/file", "home/own"] {
      #expect(errno(own, "\(folder.path)/\(path)") == 0, "\(path)")
    }
    for path in ["home/public", "home/folder/public", "home/hardpublic"] {
      #expect(errno(own, "\(folder.path)/\(path)") == 0, "\(path)")
    }
    for path in ["home/private", "home/up", "home/chain", "home/hard", "home/folder/private", "home/shadow"] {
      #expect(errno(own, "\(folder.path)/\(path)") == EACCES, "\(path)")
    }
    // A folder that anybody may write.
    #expect(chmod("\(folder.path)/home", 0o1777) == 0 && chown("\(folder.path)/home", 0, 0) == 0)
    #expect(errno(own, "\(folder.path)/home/hard") == EACCES && errno(own, "\(folder.path)/home/hardpublic") == 0)
  }

  @Test func `root without power over files is held to its modes`() throws {
    let folder = try folder()
    let weak = try Somebody(
      uid: 0, ["/usr/bin/setpriv", "--bounding-set", "-all", "--inh-caps=-all", "--", "/bin/sleep", "60"])
    let root = RootFolder(ofProcess: weak.pid)
    defer { weak.stop() }
    #expect(root.rights?.readsEverything == false)
    #expect(errno(root, "\(folder.path)/private") == 0 && errno(root, "\(folder.path)/of1000") == EACCES)
  }

  @Test func `a program that gives rights to whoever starts it vouches for nothing`() throws {
    let folder = try folder()
    let copy = "\(folder.path)/openvpn"
    try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: copy)
    #expect(chmod(copy, 0o4755) == 0)
    let somebody = try Somebody(uid: 65534, [copy, "60"])
    defer { somebody.stop() }
    let root = RootFolder(ofProcess: somebody.pid)
    #expect(root.failure?.errno == .accessDenied)
    #expect(errno(root, "\(folder.path)/private") == EACCES && errno(root, "\(folder.path)/public") == EACCES)
  }

  @Test func `words of a program that has become another one name nothing`() throws {
    let folder = try folder()
    let somebody = try Somebody(uid: 0)
    defer { somebody.stop() }
    let words = ["/bin/sleep", "60"]
    let own = RootFolder(ofProcess: somebody.pid, command: words)
    #expect(own.failure == nil && own.rights?.command == words)
    let other = RootFolder(ofProcess: somebody.pid, command: ["haproxy", "-f", "/etc/shadow"])
    #expect(other.failure?.errno == .tryAgain && errno(other, "\(folder.path)/public") == Errno.tryAgain.number)
  }

  @Test func `an open file counts only for one who may read it`() throws {
    let folder = try folder()
    try folder.write("written", "written by root's leave")
    #expect(chmod("\(folder.path)/written", 0o602) == 0)
    let script = """
      import os, sys, time
      os.open(sys.argv[1] + "/private", os.O_PATH)
      os.open(sys.argv[1] + "/public", os.O_RDONLY)
      os.open(sys.argv[1] + "/written", os.O_WRONLY)
      os.open("/proc/version", os.O_RDONLY)
      open(sys.argv[1] + "/home/ready", "w").close()
      time.sleep(60)
      """
    let somebody = try Somebody(uid: 1000, ["/usr/bin/python3", "-c", script, folder.path])
    defer { somebody.stop() }
    try waitUntil("the files to be open") { FileManager.default.fileExists(atPath: "\(folder.path)/home/ready") }
    let files = ProcessFiles()
    let open = try files.openFiles(somebody.pid)
    func number(_ name: String) throws -> Int32 { try #require(open.first { $0.path.hasSuffix(name) }).number }
    #expect(try files.readOpenFile(number("/public"), of: somebody.pid).bytes == Array("public".utf8))
    for name in ["/private", "/version", "/written"] {
      #expect(throws: SystemError.self, "\(name)") { try files.readOpenFile(number(name), of: somebody.pid) }
    }
    #expect(try !files.readOpenFile(number("/written"), of: somebody.pid, evenIfOnlyWritten: true).bytes.isEmpty)
    #expect(throws: SystemError.self) {
      try files.readOpenFile(number("/private"), of: somebody.pid, evenIfOnlyWritten: true)
    }
  }

  @Test func `a socket is reached by those who may, and by root where the program itself listens`() throws {
    let folder = try folder()
    // It makes its sockets as root and goes on as nobody.
    let script = """
      import os, socket, sys, time
      kept = []
      s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1] + "/own"); os.chmod(sys.argv[1] + "/own", 0o600)
      s.listen(8); kept.append(s)
      kept.append(socket.create_server(("127.0.0.1", 0)))
      u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); kept.append(u)
      os.setgroups([]); os.setgid(65534); os.setuid(65534)
      open("/tmp/" + os.path.basename(sys.argv[1]) + ".ready", "w").write(
        "%d %d" % (kept[1].getsockname()[1], u.getsockname()[1]))
      time.sleep(60)
      """
    let ready = "/tmp/\(URL(fileURLWithPath: folder.path).lastPathComponent).ready"
    defer { try? FileManager.default.removeItem(atPath: ready) }
    let server = try Somebody(uid: 0, ["/usr/bin/python3", "-c", script, folder.path])
    defer { server.stop() }
    var text = ""
    try waitUntil("the sockets") {
      text = (try? String(contentsOfFile: ready, encoding: .utf8)) ?? ""
      return text.contains(" ")
    }
    let ports = text.split(separator: " ").compactMap { UInt16($0) }
    let sockets = SocketsOfRoot(of: server.pid)
    #expect(sockets.tcp == [ports[0]] && sockets.udp == [ports[1]] && sockets.paths == ["\(folder.path)/own"])
    let own = RootFolder(ofProcess: server.pid)
    #expect(own.rights?.uid == 65534)
    #expect(try own.connect("\(folder.path)/own", timeout: .seconds(1)).peer.hasSuffix("/own"))
    let stranger = try Somebody(uid: 65534)
    defer { stranger.stop() }
    #expect(SocketsOfRoot(of: stranger.pid) == SocketsOfRoot(inodes: []))
    let root = RootFolder(ofProcess: stranger.pid)
    let refused = #expect(throws: SystemError.self) {
      _ = try root.connect("\(folder.path)/own", timeout: .seconds(1)).peer
    }
    #expect(refused?.errno == .accessDenied)
    #expect(chmod("\(folder.path)/own", 0o666) == 0)
    #expect(try root.connect("\(folder.path)/own", timeout: .seconds(1)).peer.hasSuffix("/own"))
  }

  @Test func `only what root alone can have written is read as root's`() throws {
    let folder = try folder()
    let nobody = try Somebody(uid: 65534)
    defer { nobody.stop() }
    let root = RootFolder(ofProcess: nobody.pid)
    // TemporaryFolder lies in /tmp, which everybody may write.
    #expect(throws: SystemError.self) { try root.readOfRoot("\(folder.path)/private") }
    let own = "/root/headwater-test-\(getpid())"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: own) }
    try Data("private".utf8).write(to: URL(fileURLWithPath: "\(own)/file"))
    #expect(chmod("\(own)/file", 0o600) == 0)
    #expect(try root.readOfRoot("\(own)/file").bytes == Array("private".utf8))
    #expect(chmod("\(own)/file", 0o620) == 0)
    #expect(throws: SystemError.self) { try root.readOfRoot("\(own)/file") }
    #expect(chmod("\(own)/file", 0o600) == 0 && chown("\(own)/file", 1000, 0) == 0)
    #expect(throws: SystemError.self) { try root.readOfRoot("\(own)/file") }
  }

  @Test func `sockets of root are told apart from those of others`() {
    let tcp = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:1D51 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
         1: 0100007F:1D52 00000000:0000 0A 00000000:00000000 00:00000000 00000000 65534        0 12 1 0 100 0 0 10 0
         2: 0100007F:1D53 0100007F:0001 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
         3: 00000000000000000000000001000000:1D54 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 14
      """
    let unix = """
      Num       RefCount Protocol Flags    Type St Inode Path
      0000000000000000: 00000002 00000000 00010000 0001 01 21 /run/haproxy/admin socket
      0000000000000000: 00000002 00000000 00000000 0001 03 22 /run/other
      0000000000000000: 00000002 00000000 00010000 0001 01 23 @abstract
      0000000000000000: 00000002 00000000 00010000 0001 01 24 /run/of-another
      """
    let sockets = SocketsOfRoot(tcp: tcp, udp: tcp, unix: unix, inodes: [11, 13, 14, 21, 22, 23])
    #expect(sockets.tcp == [0x1D51, 0x1D54] && sockets.udp == [0x1D51, 0x1D53, 0x1D54] && sockets.hasInternet)
    #expect(sockets.paths == ["/run/haproxy/admin socket"])
  }

  @Test func `a folder of logs leads past no stranger's link`() throws {
    let folder = try folder()
    #expect(throws: SystemError.self) { _ = try StreamedFile("\(folder.path)/home/private", as: .careful).path }
    #expect(try StreamFacts(of: "\(folder.path)/home/public", as: .careful).kind == .regular)
    #expect(try StreamFacts(of: "\(folder.path)/home/private", as: .own).kind == .regular)
    #expect(try Folder.names(in: "\(folder.path)/home/folder", as: .careful) == ["private", "public"])
    let nobody = try Somebody(uid: 65534)
    defer { nobody.stop() }
    let access = FileAccess.process(nobody.pid)
    for prefix in ["", "/proc/\(nobody.pid)/root"] {
      #expect(throws: SystemError.self) { _ = try StreamedFile("\(prefix)\(folder.path)/private", as: access).path }
      let file = try StreamedFile("\(prefix)\(folder.path)/public", as: access)
      #expect(file.facts.size == 6)
    }
  }
}
