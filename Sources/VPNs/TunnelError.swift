public import LinuxSystem
public import Programs

/// A question that a tunnel's program (`wireguard-go`, `tailscaled`) did not answer on its UNIX socket. `absent`: no socket
/// there, or nobody listens; the device may be another program's. `unsupported`: this kernel cannot open paths inside another
/// root (Linux 5.6 is needed).
public typealias TunnelError = ProgramError<TunnelRefusal>

/// The program says no.
public enum TunnelRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// `tailscaled`
  case status(Int)
  /// `wireguard-go`
  case errno(Errno)

  public var description: String {
    switch self {
    case .status(let status): "HTTP status \(status)"
    case .errno(let errno): "\(errno)"
    }
  }
}
