/// A configuration or status file of a host, as it goes into a bundle: without secrets.
public struct CollectedFile: Hashable, Sendable, Codable, HostIndependent {
  /// The container that the file belongs to; nil for a file of the host.
  public var container: String?
  /// The path as the program that reads the file names it: `/etc/haproxy/haproxy.cfg`.
  public var path: String
  public var content: [UInt8]
  /// Why the file is missing, for people: `not read: …`; nil for a file that was read.
  public var unread: String?
  /// How many lines were emptied or shortened because they are not needed and may hold secrets.
  public var leftOut: Int

  /// A file that was read, with only the lines that are needed.
  public init(container: String?, path: String, content: [UInt8], leftOut: Int = 0) {
    self.container = container
    self.path = path
    self.content = content
    self.leftOut = leftOut
  }

  /// A file that could not be read, and why.
  public init(container: String?, unread: String) {
    self.container = container
    self.unread = unread
    path = ""
    content = []
    leftOut = 0
  }
}

extension CollectedFile {
  private enum CodingKeys: String, CodingKey { case container, path, text, hex, unread, leftOut }

  /// Decodes what `encode(to:)` wrote. The content has no secrets any more.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    container = try fields.decodeIfPresent(String.self, forKey: .container)
    path = try fields.decode(String.self, forKey: .path)
    leftOut = try fields.decodeIfPresent(Int.self, forKey: .leftOut) ?? 0
    unread = try fields.decodeIfPresent(String.self, forKey: .unread)
    if let text = try fields.decodeIfPresent(String.self, forKey: .text) {
      content = Array(text.utf8)
    } else {
      let digits = Array(try fields.decode(String.self, forKey: .hex).utf8)
      let pairs = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
        UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
      }
      guard digits.count.isMultiple(of: 2), pairs.count == digits.count / 2 else {
        throw DecodingError.dataCorruptedError(forKey: .hex, in: fields, debugDescription: "not hexadecimal")
      }
      content = pairs
    }
  }

  /// Encodes the content as text, or as hexadecimal digits if it is not valid UTF-8.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encodeIfPresent(container, forKey: .container)
    try fields.encode(path, forKey: .path)
    try fields.encode(leftOut, forKey: .leftOut)
    try fields.encodeIfPresent(unread, forKey: .unread)
    let text = String(decoding: content, as: UTF8.self)
    if Array(text.utf8) == content {
      try fields.encode(text, forKey: .text)
    } else {
      let digits = Array("0123456789abcdef".utf8)
      let hex = content.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
      try fields.encode(String(decoding: hex, as: UTF8.self), forKey: .hex)
    }
  }
}
