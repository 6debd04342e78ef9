public import Flows

/// Which socket events to report: those that meet every given condition.
public struct SocketEventFilter: Hashable, Sendable {
  /// Processes (not threads), by their pids in the reader's pid namespace; empty for all. Their children are not
  /// included.
  public var pids: Set<Int32>
  /// Network namespaces of the sockets; empty for all. The kernel reuses the number of a namespace that ended.
  public var namespaces: Set<Place>
  /// The local or remote port; nil for all. Events without a remote (`receive` on a socket that is not connected) are
  /// reported for sockets that had an event with this port.
  public var port: UInt16?
  /// The remote address, with the same exception; nil for all.
  public var remote: IPAddress?

  public init(
    pids: Set<Int32> = [], namespaces: Set<Place> = [], port: UInt16? = nil, remote: IPAddress? = nil
  ) {
    self.pids = pids
    self.namespaces = namespaces
    self.port = port
    self.remote = remote
  }
}
