/// What went wrong while a lab was built or used, in a person's words.
public struct LabError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
