/// What the recorded outputs and files of one place say: which sockets `ss` listed, a configuration's text.
///
/// Readers ask for their own kind of finding, so that what holds the findings need not know of any.
public protocol RecordedFindings: Sendable {
  /// Everything of one kind that was found at the place, in the order in which it was read.
  func all<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>]

  /// The same of every place of the host: what people call a key is true anywhere.
  func everywhere<Finding: Sendable>(_ type: Finding.Type) -> [Evident<Finding>]

  /// A command that shows a line to a person; nil if a shell would read its path otherwise.
  func command(showing source: EvidenceLine) -> String?
}

/// A program that is known by recorded evidence alone.
public struct RecordedProgram: Sendable {
  public var process: Process
  /// Where its sockets are; nil if that is not known.
  public var place: Place?
  /// Of its place, or of its host where its place has none.
  public var findings: any RecordedFindings

  public init(_ process: Process, at place: Place?, findings: any RecordedFindings) {
    self.process = process
    self.place = place
    self.findings = findings
  }
}
