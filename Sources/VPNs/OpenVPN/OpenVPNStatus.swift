public import Flows

/// What a server says of its clients: a status file, or the answer of its management interface to `status`.
///
/// Versions 1, 2 and 3 as OpenVPN 2.3 to 2.7 write them (`multi_print_status` of its source's multi.c).
public struct OpenVPNStatus: Hashable, Sendable {
  /// A client that is connected.
  public struct Client: Hashable, Sendable {
    /// Nil for a peer that has not authenticated yet (`UNDEF`).
    public var commonName: String?
    public var peer: OpenVPNPeer?
    /// As far as the version tells them (2 and 3); those of version 1 are in `routes` alone.
    public var addresses: [IPAddress] = []
    /// As the server counts them, of what went over the wire.
    public var bytesReceived: UInt64?
    public var bytesSent: UInt64?
    /// Seconds since the epoch. In version 1 taken from the server's local time, whose zone is taken from the file's own
    /// time: an hour off if clocks were changed since.
    public var connectedSince: Double?
    public var user: String?
  }

  /// An address, or a network behind a client, and the client it leads to.
  public struct Route: Hashable, Sendable {
    public enum Destination: Hashable, Sendable {
      case prefix(Prefix)
      /// Of a bridged VPN: `aa:bb:cc:dd:ee:ff`, maybe with `@VLAN`.
      case hardware(String)
    }
    public var destination: Destination
    /// Learned from traffic into a network behind the client, not given to it.
    public var isCached: Bool
    public var commonName: String?
    public var peer: OpenVPNPeer?
  }

  /// 1, 2 or 3.
  public var version: Int
  /// `OpenVPN 2.6.14 x86_64-pc-linux-gnu …`; version 1 does not tell.
  public var program: String?
  /// When the server wrote it, in seconds since the epoch; in version 1 the time that was given to the parser.
  public var written: Double?
  public var clients: [Client] = []
  public var routes: [Route] = []
  /// Whether it ends with `END` and nothing in it is torn: a file is rewritten in place, line after line.
  public var isComplete = false

  /// The routes by their destination: indices of `routes`, and of `clients` for their own addresses.
  var index = OpenVPNRouteIndex()

  init(version: Int) { self.version = version }

  /// Reads a whole file or answer; `modified` is the file's time in seconds since the epoch.
  ///
  /// Throws `absent` for nothing at all, `unsupported` for the statistics that a client writes (no clients there), and
  /// `malformed` for anything else. Lines that are torn are passed over.
  public init(parsing content: [UInt8], modified: Double? = nil) throws(OpenVPNError) {
    var reader = OpenVPNStatusReader(modified: modified)
    self = try reader.read(content)
    index = OpenVPNRouteIndex(of: self)
  }
}
