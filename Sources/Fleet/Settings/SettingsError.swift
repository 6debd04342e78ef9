/// A settings file that can't be read, understood or changed: where, and what to write instead.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The file that was named is not there.
    case missing
    /// It can't be read or written.
    case denied
    /// Others may write it, or put another one into its place.
    case untrusted
    /// It is not what it should be.
    case malformed
  }

  public var code: Code
  public var file: String
  /// From 1; nil if it is about the whole file.
  public var line: Int?
  public var problem: String

  public init(_ code: Code, _ file: String, line: Int? = nil, _ problem: String) {
    self.code = code
    self.file = file
    self.line = line
    self.problem = problem
  }

  public var description: String { line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)" }
}
