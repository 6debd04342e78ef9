/// A line of a configuration file, as the process names the file (inside its own root).
public struct HAProxyPlace: Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// From 1.
  public var line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// `/etc/haproxy/haproxy.cfg:22`
  public var description: String { "\(file):\(line)" }
}

/// Something in a configuration that could not be understood; the rest of it is still there.
public struct HAProxyProblem: Hashable, Sendable, CustomStringConvertible {
  public var place: HAProxyPlace
  public var text: String

  public init(place: HAProxyPlace, text: String) {
    self.place = place
    self.text = text
  }

  public var description: String { "\(place): \(text)" }
}
