internal import CLinux

/// The start of a regular file, and what stat(2) says of it.
public struct FileContent: Sendable {
  /// At most as many bytes as were asked for. They are in one place only, so that `erase` leaves nothing of them.
  public private(set) var bytes: [UInt8]
  /// Whether the file goes on behind `bytes`.
  public let isCut: Bool
  /// When its content last changed, in seconds since the epoch.
  public let modified: Double
  /// The user id as we see it.
  public let owner: UInt32
  /// Permission bits: `0o600`.
  public let mode: UInt32

  /// Overwrites what was read, for files that hold secrets. Copies made elsewhere stay.
  public mutating func erase() { Secrets.erase(&bytes) }

  /// Reads the open file `number` from where it stands. Its size is only a hint: files of /proc have none, others grow.
  init(reading number: Int32, _ facts: hw_file_facts, limit: Int, _ operation: String) throws(SystemError) {
    let limit = min(max(0, limit), 1 << 40)
    var bytes: [UInt8] = []
    // One more than is wanted tells whether there is more.
    var capacity = min(limit, max(Int(clamping: facts.size), 4095)) + 1
    while true {
      var result = 0
      var longer = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
        used = buffer.update(fromContentsOf: bytes)
        while used < capacity, let base = buffer.baseAddress {
          result = hw_read(number, base + used, capacity - used)
          if result <= 0 { break }
          used += result
        }
      }
      swap(&bytes, &longer)
      Secrets.erase(&longer)
      if result < 0 { Secrets.erase(&bytes) }
      try checked(operation, result)
      if bytes.count < capacity || capacity > limit { break }
      capacity = min(limit, capacity * 2) + 1
    }
    isCut = bytes.count > limit
    if isCut {
      Secrets.erase(&bytes, limit..<bytes.count)
      bytes.removeLast(bytes.count - limit)
    }
    self.bytes = bytes
    modified = Double(facts.modified_ns) / 1e9
    owner = facts.owner
    mode = facts.mode
  }
}
