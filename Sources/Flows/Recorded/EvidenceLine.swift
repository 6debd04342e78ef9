/// A line of a bundle's file: `s750/conntrack.txt:12`.
public struct EvidenceLine: Hashable, Sendable, CustomStringConvertible {
  /// Within the bundle.
  public var file: String
  /// From 1; 0 for the file as a whole.
  public var line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  public var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// A value that was read, and where.
public struct Evident<Value: Sendable>: Sendable {
  public var value: Value
  public var source: EvidenceLine

  public init(value: Value, source: EvidenceLine) {
    self.value = value
    self.source = source
  }
}
