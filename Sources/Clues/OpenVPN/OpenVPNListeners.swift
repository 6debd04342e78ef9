internal import LinuxSystem

/// Who made the listening TCP sockets of a process' network namespace: `/proc/PID/net/tcp` and `tcp6` (proc(5)).
struct OpenVPNListeners {
  /// The users by port.
  private var users: [UInt16: Set<UInt32>] = [:]

  init(pid: Int32, proc: String) throws(SystemError) {
    for name in ["tcp", "tcp6"] {
      do throws(SystemError) {
        add(try Descriptor(reading: "\(proc)/\(pid)/net/\(name)").readToEnd(limit: 16 << 20))
      } catch  where error.errno.isAbsence {
        // A kernel without IPv6, or a process that has ended.
      }
    }
  }

  init(parsing content: [UInt8]) { add(content) }

  /// Whether something listens at `port`, and root made all of it.
  func areRoots(_ port: UInt16) -> Bool { users[port] == [0] }

  /// `sl local_address rem_address st tx:rx tr:when retrnsmt uid …`, numbers but the user in hexadecimal; 0A listens.
  private mutating func add(_ content: [UInt8]) {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 8)
      guard fields.count > 7, fields[3].elementsEqual("0A".utf8),
        let colon = fields[1].lastIndex(of: UInt8(ascii: ":")),
        let port = UInt16(String(decoding: fields[1][(colon + 1)...], as: UTF8.self), radix: 16),
        let user = UInt32(String(decoding: fields[7], as: UTF8.self))
      else { continue }
      users[port, default: []].insert(user)
    }
  }
}
