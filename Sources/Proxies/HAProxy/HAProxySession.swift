public import Flows

/// One stream that HAProxy relays now, with the connections on both sides: `show sess all`.
public struct HAProxySession: Hashable, Sendable {
  /// The id for `show sess` and `shutdown session`: `0x55d0a2c3f000`.
  public var streamID: String
  /// The client as HAProxy sees it: the socket's peer, unless the bind line has `accept-proxy` or a rule sets another
  /// source. Nil for UNIX sockets and for streams that HAProxy starts itself.
  public var client: Endpoint?
  /// The address that the client connected to. Nil for UNIX sockets.
  public var acceptedOn: Endpoint?
  public var frontend: String
  /// The backend's name; nil until one is chosen (`<NONE>`).
  public var backend: String?
  /// The server's name; nil until one is chosen, or if HAProxy itself answers (`<none>`).
  public var server: String?
  /// HAProxy's own end of the connection to the server, or the client's address if `usesrc` says so. Nil while it is
  /// not connected.
  public var own: Endpoint?
  /// The server's end of the connection.
  public var target: Endpoint?
  /// HAProxy's file descriptor of each connection, for `/proc/PID/fd`. HTTP/2 streams share one.
  public var clientDescriptor: Int32?
  public var serverDescriptor: Int32?
  /// The bytes that passed so far. HTTP is counted in HAProxy's internal form, not as on the wire.
  public var bytes: Bytes?
  /// Seconds since the request began.
  public var age: Int?

  public struct Bytes: Hashable, Sendable {
    public var fromClient: UInt64
    public var fromServer: UInt64

    public init(fromClient: UInt64, fromServer: UInt64) {
      self.fromClient = fromClient
      self.fromServer = fromServer
    }
  }

  public init(streamID: String, frontend: String) {
    self.streamID = streamID
    self.frontend = frontend
  }

  /// Whether it is a session of HAProxy's own command line.
  public var isCommandLine: Bool { frontend == "GLOBAL" || frontend == "MASTER" }
}
