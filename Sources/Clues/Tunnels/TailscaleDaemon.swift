public import LinuxSystem

/// `tailscaled`, asked over its UNIX socket. Read-only: nothing but one GET is sent, which needs no privilege beyond
/// reaching the socket.
///
/// Shell counterpart: `tailscale status --json`.
public struct TailscaleDaemon: Sendable {
  /// Where the socket is (paths/paths.go of Tailscale's source).
  public static let sockets = ["/var/run/tailscale/tailscaled.sock", "/run/tailscale/tailscaled.sock"]

  /// The root of the daemon's process: it may be a container's.
  public let root: RootFolder
  /// For connecting and for the answer, each.
  public let timeout: Duration

  public init(root: RootFolder, timeout: Duration = .seconds(2)) {
    self.root = root
    self.timeout = timeout
  }

  /// Every other machine of the network, ordered by key.
  public func peers() throws(TunnelError) -> [TailscalePeer] {
    let question = "ask Tailscale's peers"
    let stream = try root.connect(toFirstOf: Self.sockets, for: question, timeout: timeout)
    let operation = "\(question) at \(stream.peer)"
    var reader = HTTPResponseReader(bodyLimit: 16 << 20)
    do {
      // The host is what the daemon wants to see (client/tailscale/apitype).
      let request = "GET /localapi/v0/status HTTP/1.1\r\nHost: local-tailscaled.sock\r\nConnection: close\r\n\r\n"
      try stream.send(Array(request.utf8))
      while !reader.isComplete {
        let bytes = try stream.receive()
        if bytes.isEmpty { try reader.end() } else { try reader.receive(bytes) }
      }
    } catch let error as SystemError {
      throw TunnelError(error, operation)
    } catch let error as HTTPResponseReader.Malformation {
      throw TunnelError(.malformed, operation, cause: .http(error))
    } catch {
      throw TunnelError(.broken, operation, cause: "\(error)")
    }
    guard reader.status == 200 else {
      throw TunnelError(.own(.status(reader.status)), operation)
    }
    guard let peers = TailscalePeer.list(parsing: reader.body) else { throw TunnelError(.malformed, operation) }
    return peers
  }
}
