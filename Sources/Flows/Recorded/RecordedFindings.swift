/// What the recorded outputs and files of one place contain, such as the sockets that `ss` listed or the text of a
/// configuration.
///
/// A reader asks for its own type of finding, so the store needs to know none of the types.
public protocol RecordedFindings: Sendable {
  /// All findings of one type at this place, in the order in which they were read.
  func all<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>]

  /// All findings of one type at every place of the host, for facts that hold in every namespace (such as the name of a
  /// key).
  func everywhere<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>]

  /// A command that shows the line to a person; nil if a shell would misread its path.
  func command(showing source: EvidenceLine) -> String?
}

/// A program that is known from recorded evidence only.
public struct RecordedProgram: Sendable {
  public var process: Process
  /// The place of its sockets; nil if it is not known.
  public var place: Place?
  /// The findings of its place, or of its whole host if the place has none.
  public var findings: any RecordedFindings

  public init(_ process: Process, at place: Place?, findings: any RecordedFindings) {
    self.process = process
    self.place = place
    self.findings = findings
  }
}
