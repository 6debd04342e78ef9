/// Why a history can't be opened, read or written.
public struct HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// There is no history in the folder.
    case missing
    /// The file may not be read or written.
    case denied
    /// The file is no history, or its content contradicts itself.
    case damaged
    /// A newer version of the program wrote it.
    case newer
    /// Another program uses it.
    case locked
    /// The file system has too little room.
    case full
    case failed
  }

  public let code: Code
  /// The path of the file.
  public let file: String
  /// What was attempted: `write 02:14`.
  public let operation: String
  public let cause: String

  public init(_ code: Code, _ file: String, _ operation: String, _ cause: String) {
    self.code = code
    self.file = file
    self.operation = operation
    self.cause = cause
  }

  public var description: String { "\(file): \(operation): \(cause)" }
}
