import Glibc
import Lab
import Testing

@testable import LinuxSystem

@Suite struct SocketInodeOwnersTests {
  @Test func `a tunnel device that may not be read is said`() throws {
    let root = try TemporaryFolder()
    try root.link("5/fd/3", to: "/dev/net/tun")
    try root.write("5/fdinfo/3", "iff:\ttun0\n")
    try root.link("5/ns/net", to: "net:[7]")
    try root.denying("5/fdinfo") {
      let owners = try SocketInodeOwners(reading: ProcessFiles(root: root.path))
      #expect(owners.tunnelDevices.isEmpty && owners.unreadTunnels.map(\.subject) == ["tunnel device"])
    }
    try root.denying("5/ns") {
      let owners = try SocketInodeOwners(reading: ProcessFiles(root: root.path))
      #expect(owners.tunnelDevices.map(\.interface) == ["tun0"] && owners.tunnelDevices[0].namespace == nil)
      #expect(owners.unreadTunnels.map(\.subject) == ["network namespace"])
    }
    try root.denying("5/fd") {
      let owners = try SocketInodeOwners(reading: ProcessFiles(root: root.path))
      #expect(owners.deniedProcesses == 1 && owners.failure == nil)
    }
  }

  @Test func `the sockets of this process are found by inode`() throws {
    let sockets = (0..<300).map { _ in socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) }
    defer { for fd in sockets { close(fd) } }
    let owners = try SocketInodeOwners()
    for fd in sockets {
      var status = Glibc.stat()
      #expect(fstat(fd, &status) == 0)
      #expect(owners.pids(holding: UInt64(status.st_ino)).contains(getpid()))
    }
    #expect(owners.pids(holding: .max) == [])
    #expect(owners.count >= 300)
    #expect(owners.readProcesses >= 1)
  }

  @Test func `several holders of one socket are ascending, and doubles count once`() throws {
    let root = try TemporaryFolder()
    for pid in [12, 3] {
      try root.link("\(pid)/fd/4", to: "socket:[77]")
      try root.link("\(pid)/fd/5", to: "socket:[77]")
      try root.link("\(pid)/fd/6", to: "socket:[18446744073709551616]")
      try root.link("\(pid)/fd/7", to: "socket:[]")
    }
    try root.write("13/stat", "no fd folder: it ended")
    let owners = try SocketInodeOwners(reading: ProcessFiles(root: root.path))
    #expect(owners.pidsByInode == [77: [3, 12]])
    #expect(owners.openFiles == 8)
    #expect(owners.readProcesses == 2)
  }

  @Test func `the owner of a made-up tunnel is found, with its namespace`() throws {
    let root = try TemporaryFolder()
    try root.link("5/fd/6", to: "/dev/net/tun")
    try root.write("5/fdinfo/6", "pos:\t0\nflags:\t0104002\nmnt_id:\t24\nino:\t1\niff:\ttun0\n")
    try root.link("5/fd/7", to: "/dev/net/tun")
    try root.write("5/fdinfo/7", "pos:\t0\niff:\t(null)\n")
    try root.link("5/ns/net", to: "net:[4026531840]")
    let devices = try SocketInodeOwners(reading: ProcessFiles(root: root.path)).tunnelDevices
    #expect(devices.map(\.interface) == ["tun0"])
    #expect(devices.first?.pid == 5)
    #expect(devices.first?.namespace?.namespace == 4_026_531_840)
  }

  static let canMakeTunnels = access("/dev/net/tun", R_OK) == 0 && Capabilities.effective().contains(.CAP_NET_ADMIN)

  @Test(.enabled(if: canMakeTunnels, "needs /dev/net/tun and CAP_NET_ADMIN"))
  func `the owner of a real tunnel is this process`() throws {
    let fd = open("/dev/net/tun", O_RDWR)
    try #require(fd >= 0)
    defer { close(fd) }
    // struct ifreq: 16 bytes of name, then flags IFF_TUN | IFF_NO_PI
    var request = [UInt8](repeating: 0, count: 40)
    request.replaceSubrange(0..<8, with: Array("hwtest%d".utf8))
    request[16] = 0x01
    request[17] = 0x10
    let TUNSETIFF: UInt = 0x4004_54CA
    try #require(ioctl(fd, TUNSETIFF, &request) == 0)
    let name = String(decoding: request.prefix(16).prefix { $0 != 0 }, as: UTF8.self)
    let device = try SocketInodeOwners().tunnelDevices.first { $0.interface == name }
    #expect(device?.pid == getpid())
    #expect(device?.namespace == ProcessFiles().networkNamespace(getpid()))
  }
}
