internal import CLinux

/// The beginning of a regular file, with its metadata from stat(2).
public struct FileContent: Sendable {
  /// The bytes, at most as many as were asked for. They exist only here, so that `erase` leaves no copy.
  public private(set) var bytes: [UInt8]
  /// Whether the file continues behind `bytes`.
  public let isCut: Bool
  /// When its content last changed, in seconds since the epoch.
  public let modified: Double
  /// The owner's user id, in this process's user namespace.
  public let owner: UInt32
  /// The permission bits: `0o600`.
  public let mode: UInt32

  /// Overwrites the bytes, for files that hold secrets. Copies made elsewhere stay.
  public mutating func erase() { Secrets.erase(&bytes) }

  /// Reads the open file `number` from its current position. Its size is only a hint: files in /proc have none, others
  /// grow.
  init(reading number: Int32, _ facts: hw_file_facts, limit: Int, _ operation: String) throws(SystemError) {
    let limit = min(max(0, limit), 1 << 40)
    var bytes: [UInt8] = []
    // One byte more than wanted shows whether there is more.
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
