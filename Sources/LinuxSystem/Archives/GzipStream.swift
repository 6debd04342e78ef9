internal import CLinux

/// Expands gzip (RFC 1952) that comes in pieces, in memory that does not grow.
public struct GzipStream: ~Copyable {
  private let stream: OpaquePointer

  public init() throws(SystemError) {
    guard let stream = hw_gunzip_open() else { throw SystemError("expand gzip", Errno(12)) }
    self.stream = stream
  }

  deinit { hw_gunzip_close(stream) }

  /// Whether what came so far is whole: at the end of all pieces this must be true.
  public var isWhole: Bool { hw_gunzip_is_whole(stream) }

  /// Expands `bytes` and gives the result in pieces of at most 64 KiB, until `each` returns false.
  ///
  /// - Throws: `invalid` for something else or what is damaged; what was expanded before it has been given.
  public mutating func expand<Failure: Error>(
    _ bytes: [UInt8], _ each: (RawSpan) throws(Failure) -> Bool
  ) throws(Failure) -> SystemError? {
    var piece = [UInt8](repeating: 0, count: 65_536)
    var start = 0
    while true {
      var taken = 0
      let made = bytes.withUnsafeBytes { input in
        hw_gunzip_some(
          stream, input.baseAddress.map { $0 + start }, input.count - start, &taken, &piece, piece.count)
      }
      if made < 0 { return SystemError("expand gzip", Errno(-Int32(made))) }
      start += taken
      if made > 0 {
        let goesOn = try each(piece.span.bytes.extracting(0..<Int(made)))
        if !goesOn { return nil }
      } else if taken == 0 || start >= bytes.count {
        return nil
      }
    }
  }
}
