internal import LinuxSystem
public import Programs

/// A relay of which nothing could be read. `absent`: what it would be read from is not there.
public typealias RelayError = ProgramError<RelayRefusal>

/// What only a relay's process says.
public enum RelayRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// No such process, or it is another program.
  case noProcess

  public var description: String { "no such process, or it is another program" }
}
