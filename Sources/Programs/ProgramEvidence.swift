/// The files of a program to collect, and which of them could not be read and why.
public struct ProgramEvidence: Sendable {
  public var files: [ProgramFile]
  public var unread: [String]

  public init(_ files: [ProgramFile] = [], unread: [String] = []) {
    self.files = files
    self.unread = unread
  }
}

/// A file of a program to collect.
public struct ProgramFile: Sendable {
  /// The file's path inside the program's own root.
  public var path: String
  /// The kind of file, which decides which lines are kept.
  public var kind: EvidenceText.Kind
  /// Reads the file now, with the rights of the process that names it.
  public var content: @Sendable () throws -> [UInt8]

  public init(_ path: String, _ kind: EvidenceText.Kind, content: @escaping @Sendable () throws -> [UInt8]) {
    self.path = path
    self.kind = kind
    self.content = content
  }
}
