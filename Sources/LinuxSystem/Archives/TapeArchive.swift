/// Files in one archive, as tar(1) writes them: ustar (POSIX.1-1988), and on reading also the long names of GNU and
/// pax.
///
/// Only regular files are read; links, devices and folders are skipped. A name that leads out of the archive (absolute,
/// or with `..`) is rejected.
public struct TapeArchive: Sendable {
  public struct Entry: Hashable, Sendable {
    /// The relative path with `/` between components: `s750/conntrack.txt`.
    public var path: String
    public var content: [UInt8]
    public init(path: String, content: [UInt8]) {
      self.path = path
      self.content = content
    }
  }

  /// Limits beyond which an archive is rejected.
  public struct Limits: Sendable {
    public var entries = 20_000
    /// The limit for one file, and for all files together.
    public var fileBytes = 128 << 20
    public var totalBytes = 512 << 20
    public init() {}
  }

  /// Why an archive is not read to its end.
  public struct ReadingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case malformed, tooLarge, unsafePath }
    public let code: Code
    public let operation: String
    public var description: String { operation }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry] = []) { self.entries = entries }

  static let block = 512

  /// The text in a fixed field of a header, up to a zero byte.
  static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// The path if it stays inside the archive; nil if it leads out, or is that of a folder.
  static func safePath(_ path: String) -> String? {
    guard !path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count <= 4096 else { return nil }
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains("..") else { return nil }
    return parts.joined(separator: "/")
  }
}
