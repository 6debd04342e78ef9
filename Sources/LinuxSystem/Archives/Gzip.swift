internal import CLinux

/// Compressed bytes in gzip's format (RFC 1952).
public enum Gzip {
  /// Whether the bytes begin as gzip does.
  public static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// What was compressed: `invalid` for something else or a torn text, `fileTooLarge` for more than `limit` bytes.
  public static func expand(_ bytes: [UInt8], limit: Int) throws(SystemError) -> [UInt8] {
    try run(bytes, limit, "expand gzip", hw_gunzip)
  }

  public static func compress(_ bytes: [UInt8]) throws(SystemError) -> [UInt8] {
    try run(bytes, .max, "compress", hw_gzip)
  }

  private struct Output {
    var bytes: [UInt8] = []
    let limit: Int
  }

  private static func run(
    _ bytes: [UInt8], _ limit: Int, _ operation: String,
    _ work: (UnsafeRawPointer?, Int, hw_bytes_sink?, UnsafeMutableRawPointer?) -> Int32
  ) throws(SystemError) -> [UInt8] {
    var output = Output(limit: limit)
    let result = withUnsafeMutablePointer(to: &output) { pointer in
      bytes.withUnsafeBytes { input in
        work(
          input.baseAddress, input.count,
          { context, piece, count in
            guard let context else { return false }
            let output = context.assumingMemoryBound(to: Output.self)
            guard count <= output.pointee.limit - output.pointee.bytes.count else { return false }
            output.pointee.bytes.append(contentsOf: UnsafeRawBufferPointer(start: piece, count: count))
            return true
          }, pointer)
      }
    }
    try checked(operation, result)
    return output.bytes
  }
}
