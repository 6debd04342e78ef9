/// The UNIX stream sockets by which a program and others of its host come together. What goes through them is not counted.
public struct LocalDoors: Hashable, Sendable, Codable {
  /// The paths that it listens on, in order; `@` begins an abstract name.
  public var listens: [String]
  /// Who is connected to it through a socket that it accepted.
  public var callers: [Partner]
  /// Whom it is connected to through a socket that they accepted.
  public var called: [Partner]
  /// Why they could not be read; nil if they were.
  public var reason: String?

  /// A process at the other end, and the path of the socket between the two.
  public struct Partner: Hashable, Sendable, Codable {
    public var pid: Int32
    public var path: String
    public init(pid: Int32, path: String) {
      self.pid = pid
      self.path = path
    }
  }

  public init(listens: [String] = [], callers: [Partner] = [], called: [Partner] = [], reason: String? = nil) {
    self.listens = listens
    self.callers = callers
    self.called = called
    self.reason = reason
  }

  public var isEmpty: Bool { listens.isEmpty && callers.isEmpty && called.isEmpty && reason == nil }
}
