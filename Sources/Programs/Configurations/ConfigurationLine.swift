/// Where a program got a setting from: a line of a configuration file, or an argument of its command line.
public struct ConfigurationLine: Hashable, Sendable, CustomStringConvertible {
  /// The file's path as the process names it, inside its own root; nil for the command line.
  public var file: String?
  /// The line's number from 1; for the command line the argument's number.
  public var line: Int

  public init(file: String?, line: Int) {
    self.file = file
    self.line = line
  }

  /// `/etc/haproxy/haproxy.cfg:22`, or `the command line`.
  public var description: String { file.map { "\($0):\(line)" } ?? "the command line" }
}
