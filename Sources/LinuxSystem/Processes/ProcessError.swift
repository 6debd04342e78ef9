/// Something about a process that could not be read. It distinguishes a process that is gone from one that may not be
/// examined.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// The process has ended, or never had the item (a zombie has no namespaces). If `/proc` hides other users'
    /// processes (`hidepid=2`), they look the same.
    case gone
    /// Ptrace access to the process is needed (ptrace(2)): as its user, or with CAP_SYS_PTRACE.
    case denied
    /// The kernel could not answer: too many open files, no memory, ….
    case failed
    /// The content does not have the kernel's form.
    case malformed
  }

  public let code: Code
  public let pid: Int32
  /// What was to be read: `network namespace`.
  public let subject: String
  /// The call that failed; nil if the content is wrong.
  public let cause: SystemError?

  /// - Parameter code: nil uses the code that `cause` stands for.
  init(_ subject: String, of pid: Int32, _ code: Code? = nil, cause: SystemError? = nil) {
    self.code = code ?? cause.map { Self.code(of: $0.errno) } ?? .malformed
    self.pid = pid
    self.subject = subject
    self.cause = cause
  }

  private static func code(of errno: Errno) -> Code {
    if errno.isAbsence { return .gone }
    return errno.isDenial ? .denied : .failed
  }

  /// `the network namespace of process 55 cannot be read (CAP_SYS_PTRACE)`.
  public var description: String {
    let what = "the \(subject) of process \(pid)"
    return switch code {
    case .gone: "process \(pid) has ended, or has no \(subject)"
    case .denied: "\(what) cannot be read (CAP_SYS_PTRACE)"
    case .failed: "\(what) cannot be read: \(cause.map { "\($0.errno)" } ?? "the kernel refused")"
    case .malformed: "\(what) is not as the kernel writes it"
    }
  }
}
