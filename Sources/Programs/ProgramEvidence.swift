/// The files of a program that are worth collecting, and what of them could not be read, and why.
public struct ProgramEvidence: Sendable {
  public var files: [ProgramFile]
  public var unread: [String]

  public init(_ files: [ProgramFile] = [], unread: [String] = []) {
    self.files = files
    self.unread = unread
  }
}

/// A file of a program that is worth collecting.
public struct ProgramFile: Sendable {
  /// Inside the program's own root.
  public var path: String
  /// Which of its lines are needed.
  public var kind: EvidenceText.Kind
  /// Its bytes now, read with the rights of the process that names it.
  public var content: @Sendable () throws -> [UInt8]

  public init(_ path: String, _ kind: EvidenceText.Kind, content: @escaping @Sendable () throws -> [UInt8]) {
    self.path = path
    self.kind = kind
    self.content = content
  }
}
