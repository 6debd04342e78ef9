internal import CLinux

/// Expands gzip (RFC 1952) that arrives in pieces, in constant memory. It reads several members one after the other,
/// and zeros behind them as padding.
///
/// Two errors are possible, and both are reported once, after the good part was delivered: the data is corrupt or no
/// gzip (`invalid`), or its end is missing (`endsEarly`).
public struct GzipStream: ~Copyable {
  /// Nil if memory could not be allocated; the first call of `expand` then reports that.
  private let gzip: OpaquePointer?
  private static let operation = "expand gzip"

  public init() { gzip = hw_gunzip_open() }

  deinit { hw_gunzip_close(gzip) }

  /// Expands `bytes` and passes the result to `each` in pieces of at most 64 KiB, until `each` returns false.
  ///
  /// - Returns: why it can't be expanded further; nil if there was no error so far.
  public mutating func expand<Failure: Error>(
    _ bytes: [UInt8], _ each: (RawSpan) throws(Failure) -> Bool
  ) throws(Failure) -> SystemError? {
    guard let gzip else { return SystemError(Self.operation, .noMemory) }
    var piece = [UInt8](repeating: 0, count: 65_536)
    var start = 0
    while true {
      var taken = 0
      let made = bytes.withUnsafeBytes { input in
        hw_gunzip_some(gzip, input.baseAddress.map { $0 + start }, input.count - start, &taken, &piece, piece.count)
      }
      if made < 0 { return SystemError(Self.operation, Errno(-Int32(made))) }
      start += taken
      if made > 0 {
        let goesOn = try each(piece.span.bytes.extracting(0..<Int(made)))
        if !goesOn { return nil }
      } else if taken == 0 || start >= bytes.count {
        return nil
      }
    }
  }

  /// Ends the stream; call it when no more bytes come.
  ///
  /// - Throws: `endsEarly` if the end is missing, or the last error of `expand`.
  public borrowing func end() throws(SystemError) {
    guard let gzip else { throw SystemError(Self.operation, .noMemory) }
    try checked(Self.operation, hw_gunzip_end(gzip))
  }
}
