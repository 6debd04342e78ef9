internal import LinuxSystem
public import Programs

/// Something about an OpenVPN process that could not be read. `unsupported`: asking would have side effects on OpenVPN,
/// or this way of asking is not implemented.
public typealias OpenVPNError = ProgramError<OpenVPNRefusal>

/// Failures that only OpenVPN's management interface has.
public enum OpenVPNRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// It wants a password, and the one in its file is wrong.
  case wrongPassword
  /// It accepts the connection but sends nothing: another program is connected, or OpenVPN hangs.
  case busy

  public var description: String {
    switch self {
    case .wrongPassword: "it refuses the password in its own file"
    case .busy: "another program is connected to it, or it hangs"
    }
  }
}

extension OpenVPNError {
  /// The error of a system call on the object that `operation` names.
  init(named error: SystemError, _ operation: String) {
    self.init(Self.code(of: error.errno), operation, cause: .errno(error.errno))
  }
}
