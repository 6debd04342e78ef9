internal import CLinux

/// The metadata from stat(2) of a file that is read as a stream.
public struct StreamFacts: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case regular, folder, pipe, other }

  public let device: UInt64
  public let inode: UInt64
  /// The size in bytes.
  public let size: UInt64
  /// When its content last changed, in seconds since the epoch.
  public let modified: Double
  public let kind: Kind

  /// The file that `path` leads to, with links followed. Below `/proc/PID/root` links never lead out of it.
  public init(of path: String) throws(SystemError) {
    var facts = hw_stream_facts()
    guard !path.utf8.contains(0) else { throw SystemError("read \(path)", .invalid) }
    try checked("read \(path)", hw_path_facts(path, &facts))
    self.init(facts)
  }

  /// The file of an open descriptor.
  init(of descriptor: borrowing Descriptor, _ path: String) throws(SystemError) {
    var facts = hw_stream_facts()
    try checked("read \(path)", hw_descriptor_facts(descriptor.number, &facts))
    self.init(facts)
  }

  init(_ facts: hw_stream_facts) {
    device = facts.device
    inode = facts.inode
    size = facts.size
    modified = Double(facts.modified_ns) / 1e9
    kind =
      switch Int(facts.kind) {
      case Int(HW_REGULAR): .regular
      case Int(HW_FOLDER): .folder
      case Int(HW_PIPE): .pipe
      default: .other
      }
  }

  /// Whether both are the same file.
  public func isSame(as other: StreamFacts) -> Bool { device == other.device && inode == other.inode }
}

/// A file of any size that is read from start to end. It may grow meanwhile, and it may be compressed; then it is
/// expanded on a separate thread.
public struct StreamedFile: ~Copyable {
  public let path: String
  private let descriptor: Descriptor
  private let opened: hw_stream_facts
  private var expansion: OpaquePointer?

  /// Opens a regular file or a pipe; `-` is standard input. Throws `EISDIR` for a folder and `EINVAL` for devices and
  /// sockets, which are not opened.
  ///
  /// - Parameter access: whose rights are used.
  public init(_ path: String, as access: FileAccess = .own) throws(SystemError) {
    let (number, facts) = try Self.open(path, access)
    self.path = path
    descriptor = Descriptor(owning: number)
    opened = facts
    expansion = nil
  }

  private static func open(_ path: String, _ access: FileAccess) throws(SystemError) -> (Int32, hw_stream_facts) {
    var facts = hw_stream_facts()
    if let file = try access.open(path, HW_READ) {
      try checked("read \(path)", hw_descriptor_facts(file.number, &facts))
      return (file.release(), facts)
    }
    guard path == "-" else {
      guard !path.utf8.contains(0) else { throw SystemError("open \(path)", .invalid) }
      return (try checked("open \(path)", hw_open_stream(path, &facts)), facts)
    }
    guard hw_was_open(0) else { throw SystemError("read standard input, which is closed", .badDescriptor) }
    let number = try checked("read standard input", hw_duplicate(0))
    try checked("read standard input", hw_descriptor_facts(number, &facts))
    return (number, facts)
  }

  deinit { if let expansion { hw_expansion_end(expansion) } }

  /// The file's metadata when it was opened.
  public var facts: StreamFacts { StreamFacts(opened) }

  /// The file's current metadata.
  public borrowing func currentFacts() throws(SystemError) -> StreamFacts {
    var facts = hw_stream_facts()
    try checked("read \(path)", hw_descriptor_facts(descriptor.number, &facts))
    return StreamFacts(facts)
  }

  /// How many of a file's first bytes show whether and how it is compressed.
  public static let headLength = 4

  /// Whether a file that begins with `head` is compressed: gzip, zstd, xz or bzip2.
  public static func isCompressed(_ head: ArraySlice<UInt8>) -> Bool {
    let starts: [[UInt8]] = [[0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58]]
    if starts.contains(where: { head.starts(with: $0) }) { return true }
    return head.starts(with: [0x42, 0x5A, 0x68]) && head.count > 3 && (0x31...0x39).contains(head[head.startIndex + 3])
  }

  /// From now on `read` returns the expanded content (gzip, zstd, xz or bzip2, according to `head`).
  ///
  /// - Parameter head: bytes of the file that were already read.
  public mutating func expand(after head: [UInt8]) throws(SystemError) {
    expansion = head.withUnsafeBytes { hw_expansion_begin(descriptor.number, $0.baseAddress, $0.count) }
    if expansion == nil { throw SystemError("expand \(path)", .tryAgain) }
  }

  /// How many bytes of the compressed file were read; nil if it is not expanded.
  public var compressedBytes: UInt64? { expansion.map { hw_expansion_taken($0) } }

  /// Reads into `buffer` and returns the number of bytes, 0 at the end. Throws `invalid` for corrupt data and
  /// `endsEarly` if the end is missing, after the good part was delivered.
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    if let expansion {
      return try checked("expand \(path)", hw_expansion_read(expansion, buffer.baseAddress, buffer.count))
    }
    return try checked("read \(path)", hw_read(descriptor.number, buffer.baseAddress, buffer.count))
  }

  /// Whether `read` would not block; false after `seconds` of silence. It is for pipes and terminals, on which nothing
  /// may arrive for long.
  public borrowing func isReady(within seconds: Double) -> Bool {
    guard expansion == nil, facts.kind != .regular else { return true }
    return Readiness.wait(readable: descriptor.number, seconds: seconds)
  }

  /// Reads at `offset` of a file that is not expanded, independently of the position of `read`. It returns fewer bytes
  /// than asked for only at the end.
  public borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(SystemError) -> Int {
    var count = 0
    while count < buffer.count, let base = buffer.baseAddress {
      let length = try checked(
        "read \(path)", hw_read_at(descriptor.number, base + count, buffer.count - count, offset + UInt64(count)))
      if length == 0 { break }
      count += length
    }
    return count
  }

  /// Moves the position of `read` to `offset`.
  public mutating func seek(to offset: UInt64) throws(SystemError) {
    try checked("seek in \(path)", hw_seek(descriptor.number, offset))
  }
}

/// Lists folders.
public enum Folder {
  /// The names in a folder except `.` and `..`, sorted by their bytes.
  public static func names(in path: String) throws(SystemError) -> [String] {
    guard !path.utf8.contains(0) else { throw SystemError("list \(path)", .invalid) }
    return try names(in: Descriptor(owning: try checked("list \(path)", hw_find_path(path))), path)
  }

  static func names(in folder: borrowing Descriptor, _ path: String) throws(SystemError) -> [String] {
    do throws(SystemError) {
      return try Directory.list("/proc/self/fd/\(folder.number)").map(\.name)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw SystemError("list \(path)", error.errno)
    }
  }
}

/// The time zone of this host.
public enum LocalZone {
  /// The seconds by which local time is ahead of UTC when local clocks show `localSeconds`, counted as if they showed
  /// UTC.
  public static func offset(atLocal localSeconds: Int64) -> Int64 { Int64(hw_zone_offset(localSeconds)) }
}
