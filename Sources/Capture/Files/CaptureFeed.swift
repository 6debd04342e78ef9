internal import LinuxSystem

/// Passes the pieces of a file, compressed or not, to a `CaptureReader`.
struct CaptureFeed: ~Copyable {
  private var reader = CaptureReader()
  private var stream: GzipStream?
  /// The first bytes, until they show whether the file is compressed.
  private var first: [UInt8]? = []

  /// Adds bytes; false if `each` wants no more.
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
      if Gzip.isCompressed(bytes) { stream = GzipStream() }
    }
    guard stream != nil else { return try reader.receive(bytes.span.bytes, each) }
    var goesOn = true
    let problem = try stream?.expand(bytes) { (piece: RawSpan) throws(CaptureFileError) -> Bool in
      goesOn = try reader.receive(piece, each)
      return goesOn
    }
    if let problem, goesOn { throw Self.error(problem, reader) }
    return goesOn
  }

  mutating func end() throws(CaptureFileError) {
    if let first { _ = try reader.receive(first.span.bytes) { _, _ in true } }
    // A damaged compressed file ends inside a packet for that reason.
    do throws(SystemError) { try stream?.end() } catch { throw Self.error(error, reader) }
    try reader.end()
  }

  private static func error(_ problem: SystemError, _ reader: CaptureReader) -> CaptureFileError {
    switch problem.errno {
    case .endsEarly: reader.error(.compression, "the compressed file is cut off")
    case .invalid: reader.error(.compression, "the compression is damaged")
    default: reader.error(.compression, "\(problem)")
    }
  }
}
