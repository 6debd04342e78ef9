public import Flows

/// A server's report on its clients: a status file, or the management interface's answer to `status`.
///
/// Reads versions 1, 2 and 3 as OpenVPN 2.3 to 2.7 write them (`multi_print_status` in its source's multi.c).
public struct OpenVPNStatus: Hashable, Sendable {
  /// A connected client.
  public struct Client: Hashable, Sendable {
    /// The certificate's common name; nil for a peer that has not authenticated yet (`UNDEF`).
    public var commonName: String?
    public var peer: OpenVPNPeer?
    /// The client's addresses in the VPN, in versions 2 and 3; version 1 has them only in `routes`.
    public var addresses: [IPAddress] = []
    /// Bytes on the wire, as the server counts them.
    public var bytesReceived: UInt64?
    public var bytesSent: UInt64?
    /// Seconds since the epoch. Version 1 has the server's local time; its zone is concluded from the file's own time,
    /// so it is an hour off if clocks were changed since.
    public var connectedSince: Double?
    public var user: String?
  }

  /// An address, or a network behind a client, with the client that it leads to.
  public struct Route: Hashable, Sendable {
    public enum Destination: Hashable, Sendable {
      case prefix(Prefix)
      /// In a bridged VPN: `aa:bb:cc:dd:ee:ff`, possibly with `@VLAN`.
      case hardware(String)
    }
    public var destination: Destination
    /// Whether the route was learned from traffic into a network behind the client, instead of being configured.
    public var isCached: Bool
    public var commonName: String?
    public var peer: OpenVPNPeer?
  }

  /// The version of the format: 1, 2 or 3.
  public var version: Int
  /// The program: `OpenVPN 2.6.14 x86_64-pc-linux-gnu …`; nil in version 1.
  public var program: String?
  /// When the server wrote it, in seconds since the epoch; in version 1 the time that was given to the parser,
  /// or else the server's local time, as if it were UTC.
  public var written: Double?
  public var clients: [Client] = []
  public var routes: [Route] = []
  /// Whether it ends with `END` and has no damaged line. A file is rewritten in place, line by line.
  public var isComplete = false

  /// The routes by destination: positions in `routes`, and in `clients` for their own addresses.
  var index = OpenVPNRouteIndex()

  init(version: Int) { self.version = version }

  /// Reads a whole file or answer.
  ///
  /// Throws `absent` if it is empty, `unsupported` for the statistics that a client writes (they have no clients), and
  /// `malformed` for anything else. Damaged lines are skipped.
  ///
  /// - Parameter modified: the file's time, in seconds since the epoch.
  public init(parsing content: [UInt8], modified: Double? = nil) throws(OpenVPNError) {
    var reader = OpenVPNStatusReader(modified: modified)
    self = try reader.read(content)
    index = OpenVPNRouteIndex(of: self)
  }
}
