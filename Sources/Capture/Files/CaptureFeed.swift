internal import LinuxSystem

/// Brings the pieces of a file, compressed or not, to a `CaptureReader`.
struct CaptureFeed: ~Copyable {
  private var reader = CaptureReader()
  private var stream: GzipStream?
  /// The first bytes, until there are enough to see whether they are compressed.
  private var first: [UInt8]? = []

  /// False if `each` wants no more.
  mutating func receive(
    _ bytes: [UInt8], _ each: (CapturedPacket, RawSpan) -> Bool
  ) throws(CaptureFileError) -> Bool {
    var bytes = bytes
    if let first {
      bytes = first + bytes
      guard bytes.count >= 2 else {
        self.first = bytes
        return true
      }
      self.first = nil
      if Gzip.isCompressed(bytes) { stream = try? GzipStream() }
    }
    guard stream != nil else { return try reader.receive(bytes.span.bytes, each) }
    var goesOn = true
    let problem = try stream?.expand(bytes) { (piece: RawSpan) throws(CaptureFileError) -> Bool in
      goesOn = try reader.receive(piece, each)
      return goesOn
    }
    if problem != nil, goesOn { throw reader.error(.compression, "the compression is damaged") }
    return goesOn
  }

  mutating func end() throws(CaptureFileError) {
    if let first { _ = try reader.receive(first.span.bytes) { _, _ in true } }
    try reader.end()
    if stream?.isWhole == false { throw reader.error(.compression, "the compressed file is cut off") }
  }
}
