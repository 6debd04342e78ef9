public import Flows

/// Which socket events are wanted: those that meet every condition that is given.
public struct SocketEventFilter: Hashable, Sendable {
  /// Processes (not threads), by their numbers in the reader's pid namespace; empty: all. Their children are not
  /// included.
  public var pids: Set<Int32>
  /// Network namespaces of the sockets; empty: all. The kernel gives the number of a namespace that ended to another.
  public var namespaces: Set<Place>
  /// Local or remote. Events without a remote (`receive` on a socket that is not connected) are let through for
  /// sockets that had an event with this port.
  public var port: UInt16?
  /// The other end's address, with the same exception.
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
