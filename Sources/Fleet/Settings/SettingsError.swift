/// Why a settings file can't be read, understood or changed, and what to write instead.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The given file does not exist.
    case missing
    /// The file may not be read or written.
    case denied
    /// Others may write to the file or replace it.
    case untrusted
    /// The file's content is not valid.
    case malformed
  }

  public var code: Code
  public var file: String
  /// The line from 1; nil if the error concerns the whole file.
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
