internal import CLinux

/// Reads whole small files and links with one call each.
enum SmallFile {
  /// The first bytes of a file, at most `limit`, without trusting its size (files in /proc have none).
  static func read(_ path: String, limit: Int = 4096) throws(SystemError) -> [UInt8] {
    var count = 0
    var capacity = min(limit, 4096)
    while true {
      let content = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
        count = hw_read_file(path, buffer.baseAddress, capacity)
        used = max(0, count)
      }
      try checked("read \(path)", count)
      if count < capacity || capacity == limit { return content }
      capacity = min(limit, capacity * 8)
    }
  }

  /// The target of a symbolic link, as bytes, truncated at 4096.
  static func linkTarget(_ path: String) throws(SystemError) -> [UInt8] {
    var length = 0
    let target = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, used in
      length = buffer.withMemoryRebound(to: CChar.self) { hw_readlink(path, $0.baseAddress, $0.count) }
      used = max(0, length)
    }
    try checked("read link \(path)", length)
    return target
  }
}
