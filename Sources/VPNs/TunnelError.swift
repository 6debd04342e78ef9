public import LinuxSystem
public import Programs

/// A question that a tunnel's program (`wireguard-go`, `tailscaled`) did not answer on its UNIX socket. `absent`: there
/// is no socket, or nobody listens; the device may belong to another program. `unsupported`: this kernel can't open
/// paths inside another root (Linux 5.6 is needed).
public typealias TunnelError = ProgramError<TunnelRefusal>

/// An error that the program itself reported.
public enum TunnelRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// From `tailscaled`: an HTTP status.
  case status(Int)
  /// From `wireguard-go`: an error number.
  case errno(Errno)

  public var description: String {
    switch self {
    case .status(let status): "HTTP status \(status)"
    case .errno(let errno): "\(errno)"
    }
  }
}
