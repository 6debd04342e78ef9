/// Files in one file, as tar(1) writes them: ustar (POSIX.1-1988), and when reading GNU's and pax's long names too.
///
/// Only regular files count: links, devices and folders are passed over. A name that leads out of the archive (absolute,
/// or with `..`) is refused.
public struct TapeArchive: Sendable {
  public struct Entry: Hashable, Sendable {
    /// Relative, parted by `/`: `s750/conntrack.txt`.
    public var path: String
    public var content: [UInt8]
    public init(path: String, content: [UInt8]) {
      self.path = path
      self.content = content
    }
  }

  /// How much is taken in before the rest is refused.
  public struct Limits: Sendable {
    public var entries = 20_000
    /// Of one file, and of all together.
    public var fileBytes = 128 << 20
    public var totalBytes = 512 << 20
    public init() {}
  }

  /// An archive that is not read on.
  public struct ReadingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable { case malformed, tooLarge, unsafePath }
    public let code: Code
    public let operation: String
    public var description: String { operation }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry] = []) { self.entries = entries }

  static let block = 512

  /// The bytes of a name within a header's fixed field, up to a zero byte.
  static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// The parts of a path that stays inside; nil for one that does not, or that is a folder.
  static func safePath(_ path: String) -> String? {
    guard !path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count <= 4096 else { return nil }
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains("..") else { return nil }
    return parts.joined(separator: "/")
  }
}
