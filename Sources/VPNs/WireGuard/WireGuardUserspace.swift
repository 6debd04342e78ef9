public import Flows
public import LinuxSystem

/// A WireGuard device that a program runs on a tun device (`wireguard-go`, `boringtun`), asked over the program's UNIX
/// socket. Only `get=1` is sent.
///
/// Shell counterpart: `nsenter --mount --target PID wg show wg0 dump`.
public struct WireGuardUserspace: Sendable {
  /// The folders in which programs create their sockets (`wireguard-go`: ipc/uapi_linux.go; `boringtun`:
  /// device/api.rs).
  public static let folders = ["/var/run/wireguard", "/run/wireguard"]

  /// The root folder of the process that holds the tun device, which may be a container's.
  public let root: RootFolder
  /// The interface's name: `wg0`.
  public let interface: String
  /// The time for everything together.
  public let timeout: Duration

  public init(_ interface: String, root: RootFolder, timeout: Duration = .seconds(2)) {
    self.interface = interface
    self.root = root
    self.timeout = timeout
  }

  /// The device as the program reports it: peers, endpoints, prefixes, handshakes and bytes. The device's own public
  /// key is missing, because the program does not report it.
  public func device() throws(TunnelError) -> WireGuardDevice {
    guard !interface.isEmpty, interface.utf8.allSatisfy({ $0 != 0 && $0 != UInt8(ascii: "/") }) else {
      throw TunnelError(.absent, "query a WireGuard device", cause: "not an interface's name")
    }
    let question = "query WireGuard device \(interface)"
    let sockets = Self.folders.map { "\($0)/\(interface).sock" }
    let stream = try root.connect(toFirstOf: sockets, for: question, timeout: timeout)
    let operation = "\(question) at \(stream.peer)"
    var answer = WireGuardAnswer(for: interface)
    do {
      try stream.send(Array("get=1\n\n".utf8))
      while !answer.isComplete {
        var bytes = try stream.receive()
        if bytes.isEmpty { try answer.end() } else { try answer.receive(&bytes) }
      }
    } catch let error as SystemError {
      throw TunnelError(error, operation)
    } catch let error as WireGuardAnswer.Malformation {
      throw TunnelError(.malformed, operation, cause: "not a WireGuard answer: \(error)")
    } catch {
      throw TunnelError(.broken, operation, cause: "\(error)")
    }
    guard let number = answer.errorNumber else {
      throw TunnelError(.malformed, operation, cause: "an answer without errno")
    }
    guard number == 0 else {
      throw TunnelError(.own(.errno(Errno(number))), operation)
    }
    return answer.device
  }
}
