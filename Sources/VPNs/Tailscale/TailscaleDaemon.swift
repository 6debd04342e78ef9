public import LinuxSystem
public import Programs

/// `tailscaled`, asked over its UNIX socket. Only one GET is sent, which needs no privilege besides access to the
/// socket.
///
/// Shell counterpart: `tailscale status --json`.
public struct TailscaleDaemon: Sendable {
  /// The default paths of the socket (paths/paths.go in Tailscale's source).
  public static let sockets = ["/var/run/tailscale/tailscaled.sock", "/run/tailscale/tailscaled.sock"]

  /// The root folder of the daemon's process, which may be a container's.
  public let root: RootFolder
  /// The paths of the socket, tried one after the other.
  public let sockets: [String]
  /// The time for connecting, and again for the answer.
  public let timeout: Duration

  public init(
    root: RootFolder, sockets: [String] = TailscaleDaemon.sockets, timeout: Duration = .seconds(2)
  ) {
    self.root = root
    self.sockets = sockets
    self.timeout = timeout
  }

  /// The current state of its network.
  public func status() throws(TunnelError) -> TailscaleStatus {
    let question = "list Tailscale's peers"
    let stream = try root.connect(toFirstOf: sockets, for: question, timeout: timeout)
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
    switch reader.status {
    case 200: break
    // ipn/localapi of Tailscale's source: "status access denied".
    case 401, 403:
      throw TunnelError(
        .denied, operation,
        cause:
          "HTTP status \(reader.status): it answers root and its operator only (run as root, or `tailscale set --operator`)"
      )
    default: throw TunnelError(.own(.status(reader.status)), operation)
    }
    guard let status = TailscaleStatus(parsing: reader.body) else { throw TunnelError(.malformed, operation) }
    return status
  }
}
