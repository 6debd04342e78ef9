/// A line of a file in a bundle: `s750/conntrack.txt:12`.
public struct EvidenceLine: Hashable, Sendable, CustomStringConvertible {
  /// The file's path within the bundle.
  public var file: String
  /// The line's number from 1; 0 for the file as a whole.
  public var line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  public var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// A value with the line it was read from.
public struct Evident<Value: Sendable>: Sendable {
  public var value: Value
  public var source: EvidenceLine

  public init(value: Value, source: EvidenceLine) {
    self.value = value
    self.source = source
  }
}
