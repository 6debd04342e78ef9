/// Where something stands that a program was told: a line of a configuration file, or an argument.
public struct ConfigurationLine: Hashable, Sendable, CustomStringConvertible {
  /// As the process names it, in its own root; nil on the command line.
  public var file: String?
  /// From 1; on the command line the number of the argument.
  public var line: Int

  public init(file: String?, line: Int) {
    self.file = file
    self.line = line
  }

  /// `/etc/haproxy/haproxy.cfg:22`, `the command line`
  public var description: String { file.map { "\($0):\(line)" } ?? "the command line" }
}
