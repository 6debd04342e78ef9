internal import CLinux

/// Identifies a file's content: SHA-256 and length.
public struct FileDigest: Hashable, Sendable {
  /// The digest as 64 hexadecimal digits.
  public let hexadecimal: String
  /// The length in bytes.
  public let size: UInt64

  /// The digest of the file at `path`, read to its end.
  public init(of path: String) throws(SystemError) {
    let file = try Descriptor(reading: path)
    var digest = [UInt8](repeating: 0, count: 32)
    var size: UInt64 = 0
    try checked("read \(path)", hw_sha256(file.number, &digest, &size))  // sha256sum PATH
    hexadecimal = Self.text(digest)
    self.size = size
  }

  /// The digest of bytes in memory.
  public init(of bytes: [UInt8]) {
    var digest = [UInt8](repeating: 0, count: 32)
    hw_sha256_bytes(bytes, bytes.count, &digest)
    hexadecimal = Self.text(digest)
    size = UInt64(bytes.count)
  }

  private static func text(_ digest: [UInt8]) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
