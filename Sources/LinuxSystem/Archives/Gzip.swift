internal import CLinux

/// Whole texts in gzip's format (RFC 1952). `GzipStream` expands in pieces.
public enum Gzip {
  /// Whether the bytes begin like gzip.
  public static func isCompressed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The expanded bytes. Throws `invalid` for anything but gzip and for corrupt data, `endsEarly` if the end is
  /// missing, and `fileTooLarge` for more than `limit` bytes.
  public static func expand(_ bytes: [UInt8], limit: Int) throws(SystemError) -> [UInt8] {
    var stream = GzipStream()
    var content: [UInt8] = []
    var fits = true
    let failure = stream.expand(bytes) { (piece: RawSpan) throws(Never) in
      fits = piece.byteCount <= limit - content.count
      if fits { piece.withUnsafeBytes { content.append(contentsOf: $0) } }
      return fits
    }
    if !fits { throw SystemError("expand gzip", .fileTooLarge) }
    if let failure { throw failure }
    try stream.end()
    return content
  }

  public static func compress(_ bytes: [UInt8]) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    let result = withUnsafeMutablePointer(to: &content) { pointer in
      bytes.withUnsafeBytes { input in
        hw_gzip(
          input.baseAddress, input.count,
          { context, piece, count in
            guard let context else { return false }
            let piece = UnsafeRawBufferPointer(start: piece, count: count)
            context.assumingMemoryBound(to: [UInt8].self).pointee.append(contentsOf: piece)
            return true
          }, pointer)
      }
    }
    try checked("compress", result)
    return content
  }
}
