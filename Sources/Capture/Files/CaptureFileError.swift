/// A capture file that cannot be read, or not to its end.
public struct CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// It is no capture.
    case other
    /// It ends in the middle of a packet or block.
    case truncated
    /// It contradicts itself.
    case malformed
    /// The compression is damaged.
    case compression
    /// The file cannot be opened or read.
    case unreadable
  }

  public let code: Code
  /// What is wrong, in a person's words.
  public let what: String
  /// Where, in bytes from the beginning, after expansion.
  public let offset: UInt64
  /// How many packets were read before it.
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
