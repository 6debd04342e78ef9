internal import CLinux

/// Expands gzip (RFC 1952) that comes in pieces, in memory that does not grow: members after one another, and zeros behind
/// them, which are padding.
///
/// Two things can be wrong with it, and both are said once what was good has been given: it is spoilt, or no gzip (`invalid`);
/// or its end is missing (`endsEarly`).
public struct GzipStream: ~Copyable {
  /// Nil if there is no memory, which the first bytes say.
  private let gzip: OpaquePointer?
  private static let operation = "expand gzip"

  public init() { gzip = hw_gunzip_open() }

  deinit { hw_gunzip_close(gzip) }

  /// Expands `bytes` and gives the result in pieces of at most 64 KiB, until `each` returns false.
  ///
  /// - Returns: why it can't be expanded further; nil if nothing is wrong so far.
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

  /// To be asked when no more bytes come.
  ///
  /// - Throws: `endsEarly` if its end is missing, or what `expand` said last.
  public borrowing func end() throws(SystemError) {
    guard let gzip else { throw SystemError(Self.operation, .noMemory) }
    try checked(Self.operation, hw_gunzip_end(gzip))
  }
}
