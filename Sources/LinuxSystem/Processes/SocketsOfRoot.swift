internal import CLinux

/// The sockets of a process that root created. A program that starts as root keeps them when it drops its rights.
///
/// A socket belongs to its creator while it lives (the user of its inode; fchown(2) to root needs root). An ordinary
/// user has none of root's unless root passes one on. So a program that holds root's listener at the port in a
/// configuration was started by root with that configuration.
public struct SocketsOfRoot: Hashable, Sendable {
  /// Local ports: of listening TCP sockets and of bound UDP sockets.
  public private(set) var tcp: Set<UInt16> = []
  public private(set) var udp: Set<UInt16> = []
  /// Whether there is any TCP or UDP socket, with any port.
  public private(set) var hasInternet = false
  /// The paths of listening UNIX sockets, as they were bound.
  public private(set) var paths: Set<String> = []

  /// The sockets of process `pid`; empty if it may not be examined.
  public init(of pid: Int32) {
    var inodes: Set<UInt64> = []
    // Sockets that can't be seen prove nothing; the caller then refuses.
    try? Directory.forEachLink("/proc/\(pid)/fd") { name, target in
      guard target.starts(with: "socket:".utf8) else { return }
      var inode: UInt64 = 0
      var maker: UInt32 = 0
      if hw_look_at_socket("/proc/\(pid)/fd/\(String(cString: name))", &inode, &maker), maker == 0 {
        inodes.insert(inode)
      }
    }
    guard !inodes.isEmpty else { return }
    for name in ["tcp", "tcp6", "udp", "udp6"] {
      addInternet(Self.content(pid, name), isTCP: name.hasPrefix("tcp"), inodes)
    }
    addPaths(Self.content(pid, "unix"), inodes)
  }

  /// The sockets in recorded texts.
  package init(tcp: String = "", udp: String = "", unix: String = "", inodes: Set<UInt64>) {
    addInternet(Array(tcp.utf8), isTCP: true, inodes)
    addInternet(Array(udp.utf8), isTCP: false, inodes)
    addPaths(Array(unix.utf8), inodes)
  }

  private static func content(_ pid: Int32, _ name: String) -> [UInt8] {
    // As above.
    (try? Descriptor(reading: "/proc/\(pid)/net/\(name)").readToEnd(limit: 64 << 20)) ?? []
  }

  /// Reads `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`, with addresses and state in
  /// hexadecimal; 0A is a listener (proc(5)).
  private mutating func addInternet(_ content: [UInt8], isTCP: Bool, _ inodes: Set<UInt64>) {
    for line in content.split(separator: 10) {
      let fields = line.split(separator: 32, maxSplits: 10)
      guard fields.count > 9, let inode = Decimal.number(fields[9]), inodes.contains(inode) else { continue }
      hasInternet = true
      guard let colon = fields[1].lastIndex(of: UInt8(ascii: ":")),
        let port = UInt16(String(decoding: fields[1][(colon + 1)...], as: UTF8.self), radix: 16), port > 0
      else { continue }
      if !isTCP { udp.insert(port) } else if fields[3].elementsEqual("0A".utf8) { tcp.insert(port) }
    }
  }

  /// Reads `Num RefCount Protocol Flags Type St Inode Path`; the flag 00010000 is a listener.
  private mutating func addPaths(_ content: [UInt8], _ inodes: Set<UInt64>) {
    for line in content.split(separator: 10) {
      let fields = line.split(separator: 32, maxSplits: 7)
      guard fields.count == 8, fields[3].elementsEqual("00010000".utf8), let inode = Decimal.number(fields[6]),
        inodes.contains(inode), fields[7].first == UInt8(ascii: "/")
      else { continue }
      paths.insert(String(decoding: fields[7], as: UTF8.self))
    }
  }
}
