public import Flows

/// One network namespace of this host, with a way to enter it.
public struct NetworkNamespace: Hashable, Sendable, Codable {
  public var id: Place
  /// The lowest pids inside it, at most `NamespaceCatalog.pidLimit`; `processCount` is their total number.
  public var pids: [Int32]
  public var processCount: Int
  /// Its names, as `ip netns list` prints them.
  public var names: [String]
  /// The bind-mounted files that keep it alive: those of its names, and Docker's sandboxes.
  public var files: [String]
  /// A path that can be opened now: `/run/netns/x`, `/proc/PID/ns/net`.
  public var path: String
  /// Whether it is the namespace of pid 1; false for all if that could not be read.
  public var isHost: Bool
  /// Whether it is the namespace of this process.
  public var isOwn: Bool

  public init(
    id: Place, pids: [Int32] = [], processCount: Int = 0, names: [String] = [], files: [String] = [],
    path: String, isHost: Bool = false, isOwn: Bool = false
  ) {
    self.id = id
    self.pids = pids
    self.processCount = processCount
    self.names = names
    self.files = files
    self.path = path
    self.isHost = isHost
    self.isOwn = isOwn
  }
}
