/// Why a capture file can't be read, or not to its end.
public struct CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The file is no capture.
    case other
    /// The file ends in the middle of a packet or block.
    case truncated
    /// The file's content is inconsistent.
    case malformed
    /// The compressed data is corrupt.
    case compression
    /// The file cannot be opened or read.
    case unreadable
  }

  public let code: Code
  /// What is wrong, in words for people.
  public let what: String
  /// The position of the error, in bytes from the start, after expansion.
  public let offset: UInt64
  /// How many packets were read before the error.
  public let packets: UInt64

  public init(_ code: Code, _ what: String, offset: UInt64 = 0, packets: UInt64 = 0) {
    self.code = code
    self.what = what
    self.offset = offset
    self.packets = packets
  }

  public var description: String {
    switch code {
    case .other, .unreadable: what
    case .truncated, .malformed, .compression: "\(what) at byte \(offset), after packet \(packets)"
    }
  }
}
