internal import LinuxSystem
public import Programs

/// Something about an OpenVPN process that could not be read. `unsupported`: asking would change what OpenVPN does, or this
/// way is not known here.
public typealias OpenVPNError = ProgramError<OpenVPNRefusal>

/// What only OpenVPN's management interface says.
public enum OpenVPNRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// It wants a password, and the one in its file is not it.
  case wrongPassword
  /// It is connected but silent: another program is talking with it, or OpenVPN hangs.
  case busy

  public var description: String {
    switch self {
    case .wrongPassword: "it refuses the password in its own file"
    case .busy: "another program is connected to it, or it hangs"
    }
  }
}

extension OpenVPNError {
  /// From a call that failed on what `operation` names.
  init(named error: SystemError, _ operation: String) {
    self.init(Self.code(of: error.errno), operation, cause: .errno(error.errno))
  }
}
