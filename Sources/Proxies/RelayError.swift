internal import LinuxSystem
public import Programs

/// A relay of which nothing could be read. `absent`: what would be read does not exist.
public typealias RelayError = ProgramError<RelayRefusal>

/// Failures that only a relay's process has.
public enum RelayRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such process, or it is another program.
  case noProcess

  public var description: String { "no such process, or it is another program" }
}
